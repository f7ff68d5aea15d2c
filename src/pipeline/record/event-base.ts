import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';

/** The fields that every event of a call has. */
export function eventBase(call: Call, at: number) {
  return { at, requestId: call.requestId, caller: call.caller, model: call.model, operation: call.operation };
}

/** The fields that every event of an attempt has beside them. */
export function attemptFields(deployment: Deployment, attempt: number) {
  return { deployment: deployment.id, provider: deployment.provider, upstreamModel: deployment.upstreamModel, attempt };
}
