import type { Clock } from '../../core/clock.ts';
import { aborted } from '../../core/failure.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Walk } from '../../failover/walk.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import { asksForWork } from '../record/asks-for-work.ts';
import { acquireHedgeSlot } from './acquire-hedge-slot.ts';
import { Attempt } from './attempt.ts';
import type { AttemptAnswer } from './attempt-answer.ts';
import { send } from './send.ts';
import { releaseSlot, type Slot } from './slot.ts';

/** An attempt under way; it never rejects: its failures are outcomes. */
interface RunningAttempt {
  readonly attempt: Attempt;
  readonly outcome: Promise<Outcome<AttemptAnswer>>;
}

/**
 * What comes of an attempt. If the model hedges, a second one starts at another deployment when the first has no content by
 * then: the first to commit wins, the other is ended at once, and both are accounted for. The walk is told of all that failed
 * by themselves.
 */
export function attemptWithHedge(slot: Slot, walk: Walk, context: AttemptableCall): Promise<Outcome<AttemptAnswer>> {
  const first = start(slot, context);
  const afterMs = hedgeAfterMs(slot, context);
  if (afterMs === undefined) return first.outcome.then((outcome) => noted(outcome, first, walk));
  return hedged(first, afterMs, walk, context);
}

async function hedged(
  first: RunningAttempt,
  afterMs: number,
  walk: Walk,
  context: AttemptableCall,
): Promise<Outcome<AttemptAnswer>> {
  const early = await withinMs(first.outcome, afterMs, context.runtime.clock);
  if (early !== undefined) return noted(early, first, walk);
  const second = await startSecond(first, walk, context);
  return second === undefined ? noted(await first.outcome, first, walk) : firstToCommit(first, second, walk);
}

function noted(outcome: Outcome<AttemptAnswer>, { attempt }: RunningAttempt, walk: Walk): Outcome<AttemptAnswer> {
  if (!outcome.ok) walk.noteFailure(attempt.deployment, outcome.failure);
  return outcome;
}

/** The second attempt, unless the first has ended meanwhile or nothing can be had. */
async function startSecond(first: RunningAttempt, walk: Walk, context: AttemptableCall): Promise<RunningAttempt | undefined> {
  let firstEnded = false;
  const ended = first.outcome.then(() => {
    firstEnded = true;
    return undefined;
  });
  // What the second would have needed is no reason to fail the first.
  const acquiring = acquireHedgeSlot(walk, context).then(
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

/** Undefined if there is to be no second one. */
function hedgeAfterMs({ deployment }: Slot, { call, runtime }: AttemptableCall): number | undefined {
  const { hedge } = call.modelPlan;
  // Work that goes on by itself is not ended by losing a race, and a body is read by one at a time.
  if (hedge === undefined || call.upload !== undefined || asksForWork(call)) return undefined;
  return hedge.kind === 'after' ? hedge.afterMs : runtime.health.firstTokenPercentileMs(deployment.id, hedge.percentile);
}

/** The outcome if it comes within the time, else undefined. */
function withinMs(
  outcome: RunningAttempt['outcome'],
  afterMs: number,
  clock: Clock,
): Promise<Outcome<AttemptAnswer> | undefined> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(undefined), afterMs);
    outcome.then((early) => {
      timer.cancel();
      resolve(early);
    });
  });
}

async function firstToCommit(first: RunningAttempt, second: RunningAttempt, walk: Walk): Promise<Outcome<AttemptAnswer>> {
  const tagged = (running: RunningAttempt, other: RunningAttempt) =>
    running.outcome.then((outcome) => ({ running, other, outcome }));
  const { running, other, outcome } = await Promise.race([tagged(first, second), tagged(second, first)]);
  if (!outcome.ok) {
    const last = await other.outcome;
    noted(outcome, running, walk);
    return noted(last, other, walk);
  }
  await discard(other);
  return outcome;
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
