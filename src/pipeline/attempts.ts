import pRetry from 'p-retry';
import type { Deployment } from '../core/deployment.ts';
import type { Failure } from '../core/failure.ts';
import { sleep } from '../core/sleep.ts';
import type { FailoverDecision } from '../core/strategy.ts';
import { finalError } from '../errors/final-error.ts';
import { RateLimitedError } from '../errors/rate-limited-error.ts';
import { FAILURE_RULES } from '../failover/table.ts';
import { Walk } from '../failover/walk.ts';
import { denialError } from './admission.ts';
import type { AttemptsContext } from './attempts-context.ts';
import { eventBase } from './call-record.ts';
import { widen } from './candidates.ts';
import { toEventFailure } from './event-failure.ts';
import { race } from './hedge.ts';
import { holdFor, type Refused, reserveHedge } from './hold.ts';
import type { Sent } from './sent.ts';
import { keptAnswer } from './withheld.ts';

/** Carries a failure through the retry loop. */
class AttemptFailed extends Error {
  override readonly name = 'AttemptFailed';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Tries candidates until one answers or the failures are final; throws the call's final error. */
export function attemptUntilDecided(candidates: readonly Deployment[], context: AttemptsContext): Promise<Sent> {
  const { call, record, runtime } = context;
  const walk = new Walk(candidates, call.modelPlan.retry, {
    clock: runtime.clock,
    retryBudget: runtime.retryBudget,
    earlier: record.attempts,
  });
  const retries = Math.max(0, call.modelPlan.retry.maxAttempts - 1 - walk.attempts);
  return attemptNext(walk, context).catch((error: unknown) => {
    if (!(error instanceof AttemptFailed)) throw error;
    return repeatUntilDecided(error, retries, walk, context);
  });
}

/** The loop, which is told of the first failure as if it had made that attempt: most calls never come to it. */
async function repeatUntilDecided(first: AttemptFailed, retries: number, walk: Walk, context: AttemptsContext): Promise<Sent> {
  const { call, record } = context;
  let decision: FailoverDecision = { action: 'stop' };
  let kept: Sent | undefined;
  try {
    return await pRetry((attempt) => (attempt === 1 ? Promise.reject(first) : attemptNext(walk, context)), {
      retries,
      factor: 1,
      minTimeout: 0,
      maxTimeout: 0,
      randomize: false,
      maxRetryTime: Number.POSITIVE_INFINITY,
      unref: true,
      shouldConsumeRetry: () => true,
      shouldRetry: () => decision.action !== 'stop',
      onFailedAttempt: async ({ error }) => {
        decision = { action: 'stop' };
        if (!(error instanceof AttemptFailed)) return;
        kept = keptAnswer(error.failure) ?? kept;
        decision = decide(error.failure, walk, context);
        await follow(decision, error.failure, walk, context);
      },
    });
  } catch (error) {
    if (!(error instanceof AttemptFailed)) throw error;
    if (call.cancellation.cancelled) throw call.cancellation.reason;
    // A filtered answer is an answer, where no fallback has another.
    if (kept !== undefined) return kept;
    const { attempts, skipped } = record.route();
    throw finalError(error.failure, first.failure, { attempts, skipped, retryAfterMs: walk.retryAfterMs });
  }
}

/** One attempt at the next candidate that can be had now; throws `AttemptFailed` with its failure. */
async function attemptNext(walk: Walk, context: AttemptsContext): Promise<Sent> {
  for (let refused: Refused | undefined; ; ) {
    const deployment = walk.take();
    if (deployment === undefined) {
      await waitForRoom(refused, walk, context);
      continue;
    }
    const holding = holdFor(deployment, walk, context);
    const hold = holding instanceof Promise ? await holding : holding;
    if ('refusedBy' in hold) {
      refused = soonest(refused, hold);
      walk.passOver(hold.retryAfterMs);
      continue;
    }
    const isRepeat = walk.attemptsAt(deployment) > 0;
    if (isRepeat) context.runtime.retryBudget.spend(deployment.id);
    else context.runtime.retryBudget.earn(deployment.id);
    const { outcome, failed } = await race(hold, context, () => reserveHedge(walk, context));
    for (const { attempt, failure } of failed) walk.failed(attempt.deployment, failure);
    if (outcome.ok) return outcome.value;
    throw new AttemptFailed(outcome.failure);
  }
}

/** Every candidate is refused: goes on to a fallback, or waits for the first to have room, where that is soon enough, else throws. */
async function waitForRoom(refused: Refused | undefined, walk: Walk, context: AttemptsContext): Promise<void> {
  const { call, fallbacks, runtime } = context;
  const last = walk.lastFailure;
  if (last) throw new AttemptFailed(last);
  walk.add(fallbacks.next('default'));
  if (walk.untried > 0) return;
  const by: Refused = refused ?? { refusedBy: `model '${call.model}'`, retryAfterMs: 0, final: true };
  if (by.denial && !(by.denial.reason === 'budget' && by.denial.rateLimit)) throw denialError(by.denial);
  const remainingMs = call.deadlineMs - runtime.clock.monotonicMs();
  if (by.final || by.retryAfterMs > remainingMs) throw new RateLimitedError(by.refusedBy, Math.ceil(by.retryAfterMs));
  await sleep(by.retryAfterMs, runtime.clock, call.cancellation);
  walk.reconsider();
}

/** The refusal to wait for: one whose wait may help before one that is final. */
function soonest(left: Refused | undefined, right: Refused): Refused {
  if (left === undefined) return right;
  if (left.final !== right.final) return left.final ? right : left;
  return right.retryAfterMs < left.retryAfterMs ? right : left;
}

function decide(failure: Failure, walk: Walk, context: AttemptsContext): FailoverDecision {
  const { call, runtime } = context;
  if (call.cancellation.cancelled || failure.isFinal || call.upload?.canBeSent === false) return { action: 'stop' };
  if (walk.untried === 0) widen(walk, failure, context);
  const deployment = walk.lastTried;
  const state = {
    failure,
    attempts: walk.attempts,
    attemptsAtDeployment: deployment ? walk.attemptsAt(deployment) : 0,
    untriedCandidates: walk.untried,
    repeatableCandidates: walk.repeatable,
    soonestRetryAfterMs: walk.soonestRetryAfterMs,
    otherCredentials: deployment ? otherCredentials(failure, deployment, context) : 0,
    rounds: walk.rounds,
    retry: call.modelPlan.retry,
    remainingMs: call.deadlineMs - runtime.clock.monotonicMs(),
    retryBudgetLeft: deployment ? runtime.retryBudget.left(deployment.id) : true,
    random: runtime.random,
  };
  return call.modelPlan.failover.decide(state) ?? { action: 'stop' };
}

/** Credentials that are not cooling; the one that failed is among them only where its failure cooled nothing. */
function otherCredentials(failure: Failure, deployment: Deployment, { call, runtime }: AttemptsContext): number {
  if (FAILURE_RULES[failure.kind].cool?.scope !== 'credential') return 0;
  const { credentials } = runtime.accountOf(call.plan, deployment.provider);
  return credentials.size > 1 ? credentials.usableCount : 0;
}

async function follow(
  decision: FailoverDecision,
  failure: Failure,
  walk: Walk,
  { call, runtime }: AttemptsContext,
): Promise<void> {
  if (decision.action === 'stop') return;
  const from = walk.lastTried;
  walk.follow(decision);
  const { afterMs } = decision;
  if (afterMs > 0) await sleep(afterMs, runtime.clock, call.cancellation);
  const to = walk.take();
  if (from === undefined || to === undefined) return;
  const base = eventBase(call, runtime.clock.now());
  if (to.id === from.id) {
    runtime.events.emit('retry', () => ({
      type: 'retry',
      ...base,
      deployment: to.id,
      failure: toEventFailure(failure, call),
      afterMs,
    }));
  } else {
    runtime.events.emit('failover', () => ({
      type: 'failover',
      ...base,
      from: from.id,
      to: to.id,
      failure: toEventFailure(failure, call),
    }));
  }
}
