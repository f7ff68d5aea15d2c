import type { Call } from '../core/call.ts';
import type { Failure } from '../core/failure.ts';
import type { Usage } from '../core/usage.ts';

/**
 * Whether an attempt used tokens, or gave an answer that may cost without any, and no price is known for it: its cost is
 * missing in every sum. Not so a failure without usage, nor a call that costs nothing.
 */
export function isUnpriced(call: Call, failure: Failure | undefined, usage: Usage, costNanoUsd: number | undefined): boolean {
  if (costNanoUsd !== undefined) return false;
  return usage.inputTokens + usage.outputTokens > 0 || (failure === undefined && call.cost !== 'free');
}
