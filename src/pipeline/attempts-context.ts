import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Estimate } from '../ledger/ledger.ts';
import type { CallRecord } from './call-record.ts';
import type { Fallbacks } from './fallbacks.ts';
import type { Runtime } from './runtime.ts';

/** What the attempts of a call work with. */
export interface AttemptsContext {
  readonly call: Call;
  /** What the call holds room for. */
  readonly estimate: Estimate;
  /** What its further attempts ask for, where that is more. */
  readonly furtherEstimate?: Estimate | undefined;
  readonly record: CallRecord;
  readonly runtime: Runtime;
  /** The deployments that the call went to first, in their order. */
  readonly candidates: readonly Deployment[];
  readonly fallbacks: Fallbacks;
}
