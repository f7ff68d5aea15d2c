import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Timeouts } from '../core/timeouts.ts';

/** A call's own limit is also that on the first sign of its whole answer, which comes when all of it is written. */
export function timeoutsOf({ modelPlan, stream, timeoutMs }: Call, deployment: Deployment): Timeouts {
  const timeouts = deployment.timeouts ?? modelPlan.timeouts;
  return timeoutMs === undefined || stream ? timeouts : { ...timeouts, firstTokenMs: timeoutMs };
}
