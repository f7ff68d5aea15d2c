import type { Call } from '../core/call.ts';
import { SentParams } from '../core/sent-params.ts';
import type { Unpriced } from '../errors/unpriced-model-error.ts';
import { unpricedServing } from './surcharges.ts';
import { unboundedTool } from './tool-fees.ts';

/** What of a call may have no price at a deployment although the model has one: a tool of the vendor's, or how it is to be served. */
export function unpricedPartAt(deploymentId: string, call: Call): Unpriced {
  const deployment = call.modelPlan.deployments.find(({ id }) => id === deploymentId);
  if (deployment === undefined) return {};
  const params = new SentParams(call).unbounded(deployment);
  const tool = unboundedTool(call, deployment, params);
  return tool === undefined ? { serving: unpricedServing(deployment, params) } : { tool };
}
