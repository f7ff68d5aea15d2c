import type { CandidateOrder } from '../../core/candidate-order.ts';
import type { Estimate } from '../../ledger/ledger.ts';
import type { AdmittedCall } from '../active-call.ts';
import type { Fallbacks } from './fallbacks.ts';

/** A call that knows where it may go: what its attempts work with. */
export interface AttemptableCall extends AdmittedCall {
  /** What its further attempts ask for, if that is more than the call holds room for. */
  readonly furtherEstimate?: Estimate | undefined;
  /** The deployments that the call goes to first. */
  readonly candidates: CandidateOrder;
  readonly fallbacks: Fallbacks;
}
