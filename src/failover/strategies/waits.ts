import type { Failure } from '../../core/failure.ts';
import type { FailoverDecision, FailoverState } from '../../core/strategy.ts';
import { backoffMs } from '../backoff.ts';
import { FAILURE_RULES } from '../table.ts';

export const STOP: FailoverDecision = { action: 'stop' };

/** Whether the deployment may be tried again after this failure; the provider's own word wins over the kind. */
export function mayRepeat({ kind, shouldRetry }: Failure): boolean {
  if (kind === 'aborted') return false;
  return shouldRetry ?? FAILURE_RULES[kind].repeat !== 'no';
}

/** Whether the request itself is at fault, so that no candidate that failed before is worth another attempt. */
export function isFinal(failure: Failure): boolean {
  return FAILURE_RULES[failure.kind].others === 'none' && !mayRepeat(failure);
}

/**
 * How long to wait before an attempt is repeated: what the provider asked (`askedMs`), else backoff. Undefined if that
 * is longer than `retryAfterCapMs` or than what is left of the call's deadline. `repeats`: those before this one.
 */
export function waitBeforeRepeat(state: FailoverState, askedMs: number | undefined, repeats: number): number | undefined {
  const afterMs = askedMs ?? backoffMs(repeats, state.retry, state.random);
  const capMs = askedMs === undefined ? state.remainingMs : Math.min(state.retry.retryAfterCapMs, state.remainingMs);
  return afterMs <= capMs ? afterMs : undefined;
}
