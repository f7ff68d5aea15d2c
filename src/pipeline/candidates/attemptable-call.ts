import type { Deployment } from '../../core/deployment.ts';
import type { Estimate } from '../../ledger/ledger.ts';
import type { AdmittedCall } from '../active-call.ts';
import type { Fallbacks } from './fallbacks.ts';

/** A call that knows where it may go: what its attempts work with. */
export interface AttemptableCall extends AdmittedCall {
  /** What its further attempts ask for, where that is more than the call holds room for. */
  readonly furtherEstimate?: Estimate | undefined;
  /** The deployments that the call goes to first, in their order. */
  readonly candidates: readonly Deployment[];
  readonly fallbacks: Fallbacks;
}
