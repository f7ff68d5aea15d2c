import { boundedText } from '../../core/bounded-text.ts';
import type { Caller } from '../../core/caller.ts';
import type { Run } from '../../core/run.ts';
import { callerOfKey, placeOf } from '../clones/virtual-key-caller.ts';
import type { GatewayCore } from '../gateway-core.ts';
import { httpCacheWish } from './cache-wish.ts';
import { errorResponse } from './error-response.ts';
import { readBody } from './http-body/read-body.ts';
import { httpError } from './http-error.ts';
import {
  ALLOWED,
  asksForStream,
  endpointQuery,
  type HandlerInit,
  METHODS,
  pathBelowBase,
  toRequest,
  withModelOfPath,
} from './http-request.ts';
import { modelObject, modelsPage, passesModelsThrough } from './models-endpoint.ts';
import { operationOf } from './operations.ts';
import { type CallerHeaders, readHeaders } from './read-headers.ts';
import { toResponse } from './to-response.ts';

/**
 * Answers OpenAI's HTTP wire. A caller is the one that is bound, else the one around the running code, else the one of
 * the virtual key that the request presents, which it must if the configuration has keys.
 * Never rejects: every error is a response in OpenAI's form.
 */
export async function answerHttp(
  core: GatewayCore,
  bound: Caller | undefined,
  input: string | URL | Request,
  init?: HandlerInit,
  run?: Run,
): Promise<Response> {
  let request: Request | undefined;
  let response: Response;
  try {
    request = toRequest(input, init);
    response = await respond(core, bound, request, run);
  } catch (error) {
    response = errorResponse(error);
    if (request !== undefined && hasUnreadBody(request)) closing(response);
  }
  return request?.method === 'HEAD' ? withoutBody(response) : response;
}

async function respond(core: GatewayCore, bound: Caller | undefined, request: Request, run: Run | undefined): Promise<Response> {
  // A browser asks ahead of its requests without their keys: nobody is refused a key for that.
  if (request.method !== 'HEAD' && !METHODS.has(request.method)) throw notAllowed(request.method, new URL(request.url).pathname);
  const headers = readHeaders(request.headers);
  const caller = bound ?? core.ambientCaller.getStore() ?? callerByKey(core, headers, request);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const path = pathBelowBase(request, headers);
  if (operationOf(method, path.split('?')[0] ?? '') === 'models' && !passesModelsThrough(core, path))
    return modelsResponse(core, path, caller);
  if (request.method === 'HEAD') throw notAllowed('HEAD', path.split('?')[0] ?? '');
  const body = await readBody(request, core.snapshot.plan.handler, core.composition.runtime.clock);
  if ('refusal' in body) return body.isWhole ? errorResponse(body.refusal) : closing(errorResponse(body.refusal));
  const call = {
    method,
    path,
    query: endpointQuery(path),
    body: withModelOfPath(body.value, request),
    largeBytes: body.largeBytes,
    asBytes: true,
    run,
    stream: asksForStream(request, body.value),
    headers: { ...headers, priority: lowered(headers.priority, caller) },
    cache: httpCacheWish(headers),
    signal: request.signal,
    signalOwner: request,
    timeoutMs: undefined,
  };
  if (body.discard === undefined) return toResponse(await core.call(call, caller));
  return discarding(body.discard, async () => toResponse(await core.call(call, caller)));
}

function notAllowed(method: string, path: string): Error {
  return httpError(405, `Not allowed to ${boundedText(method)} on ${boundedText(path)}`, 'method_not_supported', {
    allow: ALLOWED,
  });
}

/** What an upload left on disk goes when its call has ended: a stream may have to be begun anew. */
async function discarding(discard: () => Promise<void>, call: () => Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await call();
  } catch (error) {
    await discard();
    throw error;
  }
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || response.body === null) {
    await discard();
    return response;
  }
  const body = response.body.pipeThrough(new TransformStream({ flush: discard, cancel: discard }));
  return new Response(body, response);
}

function callerByKey(core: GatewayCore, { presentedKey }: CallerHeaders, request: Request): Caller | undefined {
  const { plan } = core.snapshot;
  if (plan.access.keys.size === 0) return undefined;
  return callerOfKey(core, presentedKey ?? '', placeOf(plan, request.headers));
}

function modelsResponse(core: GatewayCore, path: string, caller: Caller | undefined): Response {
  const name = (path.split('?')[0] ?? '').slice('/models/'.length);
  return Response.json(name === '' ? modelsPage(core, caller) : modelObject(core, name, caller));
}

/** Over HTTP a call can give way to others, and not push ahead of them. */
function lowered(asked: CallerHeaders['priority'], caller: Caller | undefined): CallerHeaders['priority'] {
  return asked === 'low' || (asked === 'normal' && caller?.priority === 'high') ? asked : undefined;
}

function hasUnreadBody({ body, bodyUsed, headers }: Request): boolean {
  return body !== null && !bodyUsed && headers.get('content-length') !== '0';
}

/**
 * The server closes the connection after this answer, if it has one of its own to close: whatever the client still sends
 * of its body is read by nobody (RFC 9112, section 9.3).
 */
function closing(response: Response): Response {
  response.headers.set('connection', 'close');
  return response;
}

function withoutBody({ status, headers }: Response): Response {
  return new Response(null, { status, headers });
}
