import { aborted, type Failure } from '../../core/failure.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Hedge } from '../../core/policies.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import { asksForWork } from '../record/asks-for-work.ts';
import type { Runtime } from '../runtime.ts';
import { Attempt } from './attempt.ts';
import type { AttemptAnswer } from './attempt-answer.ts';
import { send } from './send.ts';
import { releaseSlot, type Slot } from './slot.ts';

/** An attempt under way. */
interface RunningAttempt {
  readonly attempt: Attempt;
  readonly outcome: Promise<Outcome<AttemptAnswer>>;
}

/** What came of one attempt or two: the first that answered, else the first failure; `losers` are all that lost by themselves. */
export interface HedgeResult {
  readonly outcome: Outcome<AttemptAnswer>;
  readonly losers: readonly { readonly attempt: Attempt; readonly failure: Failure }[];
}

/**
 * One attempt, and where the model hedges a second one at another deployment when the first has no content by then.
 * The first to commit wins; the other is ended at once, and both are accounted for.
 */
export function attemptWithHedge(
  slot: Slot,
  context: AttemptableCall,
  second: () => Promise<Slot | undefined>,
): Promise<HedgeResult> {
  const first = start(slot, context);
  // Work that goes on by itself is not ended by losing a race, and a body is read by one at a time.
  const { call } = context;
  const { hedge } = call.modelPlan;
  const isSole = hedge !== undefined && (call.upload !== undefined || asksForWork(call));
  const afterMs = isSole ? undefined : hedgeAfterMs(hedge, slot, context.runtime);
  if (afterMs === undefined) return first.outcome.then((outcome) => alone(first, outcome));
  return hedged(first, afterMs, second, context);
}

async function hedged(
  first: RunningAttempt,
  afterMs: number,
  second: () => Promise<Slot | undefined>,
  context: AttemptableCall,
): Promise<HedgeResult> {
  const early = await withinMs(first.outcome, afterMs, context);
  if (early !== undefined) return alone(first, early);
  const started = await startSecond(first, second, context);
  return started === undefined ? alone(first, await first.outcome) : firstToCommit(first, started);
}

/** The second attempt, unless the first has ended meanwhile or nothing can be had. */
async function startSecond(
  first: RunningAttempt,
  second: () => Promise<Slot | undefined>,
  context: AttemptableCall,
): Promise<RunningAttempt | undefined> {
  let firstEnded = false;
  const ended = first.outcome.then(() => {
    firstEnded = true;
    return undefined;
  });
  // What the second would have needed is no reason to fail the first.
  const acquiring = second().then(
    (slot) => {
      if (slot === undefined || !firstEnded) return slot;
      releaseSlot(slot, context.runtime);
      return undefined;
    },
    () => undefined,
  );
  const slot = await Promise.race([acquiring, ended]);
  return slot && start(slot, context);
}

function start(slot: Slot, { call, record, runtime }: AttemptableCall): RunningAttempt {
  const attempt = new Attempt(call, slot, record, runtime);
  const { channels } = runtime.events;
  if (!channels.active) return { attempt, outcome: send(attempt, call, runtime) };
  const outcome = channels.withinAttempt(call.requestId, record.attempts.length, () => send(attempt, call, runtime));
  return { attempt, outcome };
}

function hedgeAfterMs(hedge: Hedge | undefined, slot: Slot, runtime: Runtime): number | undefined {
  if (hedge === undefined) return undefined;
  return hedge.kind === 'after' ? hedge.afterMs : runtime.health.firstTokenPercentileMs(slot.deployment.id, hedge.percentile);
}

function alone({ attempt }: RunningAttempt, outcome: Outcome<AttemptAnswer>): HedgeResult {
  return { outcome, losers: outcome.ok ? [] : [{ attempt, failure: outcome.failure }] };
}

/** The outcome if it comes within the time, else undefined. */
function withinMs(
  outcome: Promise<Outcome<AttemptAnswer>>,
  afterMs: number,
  { runtime }: AttemptableCall,
): Promise<Outcome<AttemptAnswer> | undefined> {
  return new Promise((resolve) => {
    const timer = runtime.clock.setTimeout(() => resolve(undefined), afterMs);
    // `send` never rejects: its failures are outcomes.
    outcome.then((early) => {
      timer.cancel();
      resolve(early);
    });
  });
}

async function firstToCommit(first: RunningAttempt, second: RunningAttempt): Promise<HedgeResult> {
  const tagged = (running: RunningAttempt, other: RunningAttempt) =>
    running.outcome.then((outcome) => ({ running, other, outcome }));
  const leader = await Promise.race([tagged(first, second), tagged(second, first)]);
  if (leader.outcome.ok) {
    await discard(leader.other);
    return { outcome: leader.outcome, losers: [] };
  }
  const losers = [{ attempt: leader.running.attempt, failure: leader.outcome.failure }];
  const outcome = await leader.other.outcome;
  if (!outcome.ok) losers.push({ attempt: leader.other.attempt, failure: outcome.failure });
  return { outcome, losers };
}

const LOST_RACE = 'another deployment answered first';

/** Ends the loser and waits until it is accounted for, which takes no longer than its cancellation. */
async function discard({ attempt, outcome }: RunningAttempt): Promise<void> {
  attempt.cancellation.cancel(LOST_RACE);
  const end = await outcome;
  if (!end.ok || (end.value.kind !== 'stream' && end.value.kind !== 'chunks')) return;
  // It committed in the same moment.
  end.value.open.stream.items.cancel();
  attempt.fail(aborted(LOST_RACE));
}
