import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { sentParams } from '../core/sent-params.ts';
import type { UpstreamRequest } from '../providers/provider.ts';

/** The call as one deployment is to get it. */
export function upstreamRequest(call: Call, deployment: Deployment): UpstreamRequest {
  return {
    operation: call.operation,
    upstreamModel: deployment.upstreamModel,
    params: sentParams(call, deployment),
    form: call.form,
    stream: call.stream,
    headers: call.headers,
    passthrough: call.passthrough,
  };
}
