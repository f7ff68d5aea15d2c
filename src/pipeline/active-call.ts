import type { KeptAnswer } from '../cache/kept-answer.ts';
import type { Call } from '../core/call.ts';
import type { Estimate } from '../ledger/ledger.ts';
import { CallRecord } from './record/call-record.ts';
import type { Runtime } from './runtime.ts';

/** A call under way: what every step of it is handed. */
export interface ActiveCall {
  readonly call: Call;
  readonly record: CallRecord;
  readonly runtime: Runtime;
}

/** A call that may go to a provider. */
export interface AdmittedCall extends ActiveCall {
  readonly kept?: undefined;
  /** What the call holds room for. */
  readonly estimate: Estimate;
}

/** A call that need not go to one: its answer was kept. */
export interface KeptCall extends ActiveCall {
  readonly kept: KeptAnswer;
}

/** From here on the call is under way, until its record ends. */
export function begin(call: Call, runtime: Runtime): ActiveCall {
  return { call, record: new CallRecord(call, runtime), runtime };
}
