import type { Call } from '../../core/call.ts';
import { LARGEST_FILL } from '../../core/output-limit.ts';
import type { Admission, Estimate } from '../../ledger/ledger.ts';
import type { Grant } from './authorise-call.ts';

/**
 * The call with its output bounded: what no param bounds, if a strict budget or a limit on the cost of a request needs
 * it; and what `clamp` lowered. Never a configured limit.
 */
export function boundOutput(call: Call, admission: Admission & { admitted: true }, estimate: Estimate, grant?: Grant): Call {
  const needed = grant?.maxNanoUsdPerRequest === undefined ? undefined : LARGEST_FILL;
  const fill = estimate.injectMaxOutputTokens ?? call.outputBound?.fill ?? needed;
  const most = admission.maxOutputTokens ?? call.outputBound?.most;
  if (fill === call.outputBound?.fill && most === call.outputBound?.most) return call;
  return { ...call, outputBound: { fill, most } };
}
