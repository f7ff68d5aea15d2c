import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import { sentParams } from '../../core/sent-params.ts';
import type { Timeouts } from '../../core/timeouts.ts';
import type { RequestProgress } from '../../core/transport.ts';
import { TransportError } from '../../core/transport-error.ts';
import type { UpstreamRequest } from '../../providers/provider.ts';

/** The call as one deployment is to get it. */
export function upstreamRequest(call: Call, deployment: Deployment): UpstreamRequest {
  return {
    operation: call.operation,
    upstreamModel: deployment.upstreamModel,
    params: sentParams(call, deployment),
    form: call.form,
    upload: call.upload,
    largeBytes: call.largeBytes,
    asBytes: call.asBytes,
    query: call.query,
    stream: call.stream,
    headers: call.headers,
    passthrough: call.passthrough,
  };
}

/** A call's own limit is also that on the first sign of its whole answer, which comes when all of it is written. */
export function timeoutsOf({ modelPlan, stream, timeoutMs }: Call, deployment: Deployment): Timeouts {
  const timeouts = deployment.timeouts ?? modelPlan.timeouts;
  return timeoutMs === undefined || stream ? timeouts : { ...timeouts, firstTokenMs: timeoutMs };
}

/** What became of a request whose body could not be read to its end: the provider, which had only a part of it, did nothing wrong. */
export function unreadableBody({ upload }: Call, { accepted }: RequestProgress): Failure | undefined {
  if (upload?.unreadable === undefined || accepted === true) return undefined;
  const words = 'body: could not be read';
  return {
    kind: 'request-invalid',
    code: 'invalid_request',
    message: `${words}: ${upload.unreadable.message}`,
    words,
    status: 400,
    param: 'body',
    reachedProvider: false,
    cause: upload.unreadable,
  };
}

/** A request of no known operation that was taken with success may not be sent again, whatever became of its answer. */
export function unlessTaken(failure: Failure, { passthrough }: Call, { accepted }: RequestProgress): Failure {
  const isTaken = accepted === true && passthrough !== undefined && passthrough.method !== 'GET';
  return isTaken ? { ...failure, isFinal: true } : failure;
}

/** A whole answer that began with success, and ended before it was whole. */
export function unlessWhole(failure: Failure, stream: boolean, { accepted, came }: RequestProgress): Failure {
  if (came !== undefined) return { ...failure, brokeOff: true };
  if (accepted !== true || stream || !(failure.cause instanceof TransportError)) return failure;
  return failure.cause.fault === 'closed-in-answer' ? { ...failure, brokeOff: true } : failure;
}
