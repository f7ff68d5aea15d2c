import type { RetryPolicy } from '../core/policies.ts';
import type { Random } from '../core/random.ts';

/** Exponential backoff with full jitter: anything from 0 to the doubled delay, so that retries of many callers spread. */
export function backoffMs(round: number, retry: Pick<RetryPolicy, 'minDelayMs' | 'maxDelayMs'>, random: Random): number {
  const ceilingMs = Math.min(retry.maxDelayMs, retry.minDelayMs * 2 ** Math.min(round, 30));
  return Math.round(random() * ceilingMs);
}
