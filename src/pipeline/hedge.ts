import { aborted, type Failure } from '../core/failure.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Hedge } from '../core/plan.ts';
import { Attempt } from './attempt.ts';
import type { AttemptHold } from './attempt-hold.ts';
import type { AttemptsContext } from './attempts-context.ts';
import { asksForWork } from './background.ts';
import { abandonHold } from './hold.ts';
import type { Runtime } from './runtime.ts';
import { send } from './send.ts';
import type { Sent } from './sent.ts';

/** An attempt under way. */
interface Racer {
  readonly attempt: Attempt;
  readonly outcome: Promise<Outcome<Sent>>;
}

/** What a race came to: the first that answered, else the first failure; `failed` are all that lost by themselves. */
export interface RaceEnd {
  readonly outcome: Outcome<Sent>;
  readonly failed: readonly { readonly attempt: Attempt; readonly failure: Failure }[];
}

/**
 * One attempt, and where the model hedges a second one at another deployment when the first has no content by then.
 * The first to commit wins; the other is ended at once, and both are accounted for.
 */
export function race(
  hold: AttemptHold,
  context: AttemptsContext,
  second: () => Promise<AttemptHold | undefined>,
): Promise<RaceEnd> {
  const first = start(hold, context);
  // Work that goes on by itself is not ended by losing a race, and a body is read by one at a time.
  const { call } = context;
  const { hedge } = call.modelPlan;
  const isSole = hedge !== undefined && (call.upload !== undefined || asksForWork(call));
  const afterMs = isSole ? undefined : hedgeAfterMs(hedge, hold, context.runtime);
  if (afterMs === undefined) return first.outcome.then((outcome) => soleEnd(first, outcome));
  return hedged(first, afterMs, second, context);
}

async function hedged(
  first: Racer,
  afterMs: number,
  second: () => Promise<AttemptHold | undefined>,
  context: AttemptsContext,
): Promise<RaceEnd> {
  const early = await withinMs(first.outcome, afterMs, context);
  if (early !== undefined) return soleEnd(first, early);
  const started = await startSecond(first, second, context);
  return started === undefined ? soleEnd(first, await first.outcome) : raceEnd(first, started);
}

/** The second attempt, unless the first has ended meanwhile or nothing can be had. */
async function startSecond(
  first: Racer,
  second: () => Promise<AttemptHold | undefined>,
  context: AttemptsContext,
): Promise<Racer | undefined> {
  let firstEnded = false;
  const ended = first.outcome.then(() => {
    firstEnded = true;
    return undefined;
  });
  // What the second would have needed is no reason to fail the first.
  const held = second().then(
    (hold) => {
      if (hold === undefined || !firstEnded) return hold;
      abandonHold(hold, context);
      return undefined;
    },
    () => undefined,
  );
  const hold = await Promise.race([held, ended]);
  return hold && start(hold, context);
}

function start(hold: AttemptHold, { call, record, runtime }: AttemptsContext): Racer {
  const attempt = new Attempt(call, hold, record, runtime);
  return { attempt, outcome: send(attempt, call, runtime) };
}

function hedgeAfterMs(hedge: Hedge | undefined, hold: AttemptHold, runtime: Runtime): number | undefined {
  if (hedge === undefined) return undefined;
  return hedge.kind === 'after' ? hedge.afterMs : runtime.health.firstTokenPercentileMs(hold.deployment.id, hedge.percentile);
}

function soleEnd({ attempt }: Racer, outcome: Outcome<Sent>): RaceEnd {
  return { outcome, failed: outcome.ok ? [] : [{ attempt, failure: outcome.failure }] };
}

/** The outcome if it comes within the time, else undefined. */
function withinMs(
  outcome: Promise<Outcome<Sent>>,
  afterMs: number,
  { runtime }: AttemptsContext,
): Promise<Outcome<Sent> | undefined> {
  return new Promise((resolve) => {
    const timer = runtime.clock.setTimeout(() => resolve(undefined), afterMs);
    // `send` never rejects: its failures are outcomes.
    outcome.then((early) => {
      timer.cancel();
      resolve(early);
    });
  });
}

async function raceEnd(first: Racer, second: Racer): Promise<RaceEnd> {
  const tagged = (racer: Racer, other: Racer) => racer.outcome.then((outcome) => ({ racer, other, outcome }));
  const leader = await Promise.race([tagged(first, second), tagged(second, first)]);
  if (leader.outcome.ok) {
    await discard(leader.other);
    return { outcome: leader.outcome, failed: [] };
  }
  const failed = [{ attempt: leader.racer.attempt, failure: leader.outcome.failure }];
  const outcome = await leader.other.outcome;
  if (!outcome.ok) failed.push({ attempt: leader.other.attempt, failure: outcome.failure });
  return { outcome, failed };
}

const LOST_RACE = 'another deployment answered first';

/** Ends the loser and waits until it is accounted for, which takes no longer than its cancellation. */
async function discard({ attempt, outcome }: Racer): Promise<void> {
  attempt.cancellation.cancel(LOST_RACE);
  const end = await outcome;
  if (!end.ok || (end.value.kind !== 'stream' && end.value.kind !== 'chunks')) return;
  // It committed in the same moment.
  end.value.open.stream.items.cancel();
  attempt.fail(aborted(LOST_RACE));
}
