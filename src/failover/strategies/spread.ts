import type { FailoverDecision, FailoverState, FailoverStrategy } from '../../core/strategy.ts';
import { FAILURE_RULES } from '../table.ts';
import { isFinal, STOP, waitBeforeRepeat } from './waits.ts';

/** Walks the candidates, one attempt each and no wait between them; starts over, with backoff, when all have failed. */
export const spread: FailoverStrategy = {
  name: 'spread',
  decide(state: FailoverState): FailoverDecision {
    const rule = FAILURE_RULES[state.failure.kind];
    if (state.attempts >= state.retry.maxAttempts) return STOP;
    if (rule.otherCredential && state.otherCredentials > 0) return { action: 'retry', afterMs: 0 };
    if (state.untriedCandidates > 0) return { action: 'next', afterMs: 0 };
    if (state.repeatableCandidates === 0 || isFinal(state.failure)) return STOP;
    const afterMs = waitBeforeRepeat(state, state.soonestRetryAfterMs, state.rounds);
    return afterMs === undefined ? STOP : { action: 'next', afterMs };
  },
};
