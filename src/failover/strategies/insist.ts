import type { FailoverDecision, FailoverState, FailoverStrategy } from '../../core/strategy.ts';
import { FAILURE_RULES } from '../table.ts';
import { mayRepeat, STOP, waitBeforeRepeat } from './waits.ts';

/** Uses up a deployment's attempts, with backoff, before it goes on to the next candidate. */
export const insist: FailoverStrategy = {
  name: 'insist',
  decide(state: FailoverState): FailoverDecision {
    const rule = FAILURE_RULES[state.failure.kind];
    if (state.attempts >= state.retry.maxAttempts) return STOP;
    if (rule.otherCredential && state.otherCredentials > 0) return { action: 'retry', afterMs: 0 };
    const afterMs = mayInsist(state)
      ? waitBeforeRepeat(state, state.failure.retryAfterMs, state.attemptsAtDeployment - 1)
      : undefined;
    if (afterMs !== undefined) return { action: 'retry', afterMs };
    return state.untriedCandidates > 0 ? { action: 'next', afterMs: 0 } : STOP;
  },
};

function mayInsist(state: FailoverState): boolean {
  if (!mayRepeat(state.failure) || !state.retryBudgetLeft) return false;
  if (state.attemptsAtDeployment >= state.retry.attemptsPerDeployment) return false;
  // A rate limit is waited out only if there is nowhere else to go.
  return FAILURE_RULES[state.failure.kind].repeat === 'yes' || state.untriedCandidates === 0;
}
