import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import { sleep } from '../../core/sleep.ts';
import type { FailoverDecision } from '../../core/strategy.ts';
import { eventBase } from '../../events/event-base.ts';
import { FAILURE_RULES } from '../../failover/table.ts';
import type { Walk } from '../../failover/walk.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import { toEventFailure } from '../record/to-event-failure.ts';

/** Whether no strategy is asked any more: the call has ended, or its request cannot be made a second time. */
export function isOver(failure: Failure, { cancellation, upload }: Call): boolean {
  return cancellation.cancelled || failure.isFinal === true || upload?.canBeSent === false;
}

/** What the model's strategy says to a failure. */
export function nextDecision(failure: Failure, walk: Walk, attemptable: AttemptableCall): FailoverDecision {
  const { call, runtime } = attemptable;
  const deployment = walk.lastTried;
  const decision = call.modelPlan.failover.decide({
    failure,
    attempts: walk.attempts,
    attemptsAtDeployment: deployment ? walk.attemptsAt(deployment) : 0,
    untriedCandidates: walk.untried,
    repeatableCandidates: walk.repeatable,
    soonestRetryAfterMs: walk.soonestRetryAfterMs,
    otherCredentials: deployment ? otherCredentials(failure, deployment, attemptable) : 0,
    rounds: walk.rounds,
    retry: call.modelPlan.retry,
    remainingMs: call.deadlineMs - runtime.clock.monotonicMs(),
    retryBudgetLeft: deployment ? runtime.retryBudget.left(deployment.id) : true,
    random: runtime.random,
  });
  return decision ?? { action: 'stop' };
}

/** Credentials that are not cooling; the one that failed is among them only if its failure cooled nothing. */
function otherCredentials(failure: Failure, deployment: Deployment, { call, runtime }: AttemptableCall): number {
  if (FAILURE_RULES[failure.kind].cool?.scope !== 'credential') return 0;
  const { credentials } = runtime.accountOf(call.plan, deployment.provider);
  return credentials.size > 1 ? credentials.usableCount : 0;
}

/** Waits as long as the decision says and tells which attempt comes next. Rejects with the reason of a cancellation. */
export async function followDecision(
  decision: Exclude<FailoverDecision, { action: 'stop' }>,
  failure: Failure,
  walk: Walk,
  { call, runtime }: AttemptableCall,
): Promise<void> {
  const from = walk.lastTried;
  walk.follow(decision);
  const { afterMs } = decision;
  if (afterMs > 0) await sleep(afterMs, runtime.clock, call.cancellation);
  const to = walk.current();
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
