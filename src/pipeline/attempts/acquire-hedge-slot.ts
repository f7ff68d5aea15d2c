import type { Walk } from '../../failover/walk.ts';
import type { Admission } from '../../ledger/ledger.ts';
import { boundOutput } from '../admission/bound-output.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import { acquireSlot, type Slot } from './slot.ts';

/**
 * What a hedged second attempt needs: another candidate with room now, an attempt left, and room for a second estimate
 * in every budget. It waits in no queue, and if anything is missing there is no hedge.
 */
export async function acquireHedgeSlot(walk: Walk, context: AttemptableCall): Promise<Slot | undefined> {
  const { call, estimate, record, runtime } = context;
  const [deployment] = walk.rest();
  if (deployment === undefined || record.attempts.length >= call.modelPlan.retry.maxAttempts) return undefined;
  if (runtime.pacing.isFull(deployment)) return undefined;
  const admission = await runtime.ledger.reserveFurther(call, estimate);
  if (!admission.admitted) return undefined;
  if (admission.reservation) record.account.cover(admission.reservation);
  if (call.cancellation.cancelled || record.ended) return undefined;
  const slot = await acquireSlot({ deployment, walk, attemptable: clampedBy(admission, context) });
  return 'refusedBy' in slot ? undefined : slot;
}

/** The context of an attempt that was admitted with less output than the call's own. */
function clampedBy(admission: Admission & { admitted: true }, context: AttemptableCall): AttemptableCall {
  const { maxOutputTokens } = admission;
  if (maxOutputTokens === undefined) return context;
  const { call, estimate } = context;
  return { ...context, call: boundOutput(call, admission, estimate), estimate: estimate.clampedTo(maxOutputTokens) };
}
