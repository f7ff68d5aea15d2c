import type { KeptAnswer } from '../../cache/kept-answer.ts';
import type { Recall } from '../../cache/response-cache.ts';
import { chain, type MaybePromise } from '../../core/maybe-promise.ts';
import { CacheMiss } from '../record/cache-miss.ts';
import { forbiddenDeployments, mayForbid } from './authorise-call.ts';
import type { GuardedCall } from './guard-input.ts';

/**
 * An answer that the call need not ask a provider for. It is looked for after the guards, which the key is made behind,
 * and before anything is estimated or reserved. A call that is the same as one under way waits here for its answer.
 */
export function recall(guarded: GuardedCall): MaybePromise<KeptAnswer | undefined> {
  const { call, active } = guarded;
  const { cache } = active.runtime;
  if (cache === undefined || call.plan.cache === undefined) return undefined;
  const forbidden = mayForbid(call) ? forbiddenDeployments(call) : undefined;
  // Who may use none of them is refused, whatever is kept.
  if (forbidden?.length === call.modelPlan.deployments.length) return undefined;
  return chain(cache.recall(call, forbidden), take, guarded);
}

function take(found: Recall | undefined, { call, active: { record } }: GuardedCall): KeptAnswer | undefined {
  if (found?.kind === 'lead') record.missed(new CacheMiss(found.lead));
  // What was found while the call was cancelled is passed on at the end of its record.
  if (call.cancellation.cancelled) throw call.cancellation.reason;
  return found?.kind === 'kept' ? found.answer : undefined;
}
