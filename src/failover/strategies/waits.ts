import type { Failure } from '../../core/failure.ts';
import type { FailoverDecision, FailoverState } from '../../core/strategy.ts';
import { backoffMs } from '../backoff.ts';
import { FAILURE_RULES } from '../table.ts';

export const STOP: FailoverDecision = { action: 'stop' };

/** Whether the deployment may be tried again after this failure; the provider's own word wins over the kind. */
export function mayRepeat(failure: Failure): boolean {
  if (FAILURE_RULES[failure.kind].repeat === 'no') return false;
  return failure.shouldRetry !== false;
}

/**
 * How long to wait before an attempt is repeated: what the provider asks, else backoff. Undefined where that is longer
 * than `retryAfterCapMs` or than what is left of the call's deadline.
 */
export function waitBeforeRepeat(state: FailoverState): number | undefined {
  const asked = state.soonestRetryAfterMs;
  const afterMs = asked ?? backoffMs(state.rounds, state.retry, state.random);
  const capMs = asked === undefined ? state.remainingMs : Math.min(state.retry.retryAfterCapMs, state.remainingMs);
  return afterMs <= capMs ? afterMs : undefined;
}
