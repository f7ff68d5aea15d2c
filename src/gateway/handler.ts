import { bounded } from '../core/bounded-text.ts';
import type { Caller } from '../core/caller.ts';
import type { GatewayCore } from './gateway-core.ts';
import { toResponse } from './handed.ts';
import { errorResponse } from './http/error-response.ts';
import { httpError } from './http/http-error.ts';
import { readBody } from './http/read-body.ts';
import { handsModelsThrough, modelObject, modelPage } from './models-page.ts';
import { endpointAtEnd, operationOf } from './operations.ts';
import { type CallerHeaders, readHeaders } from './request-headers.ts';
import { callerOfKey, placeOf } from './virtual-key-caller.ts';

/** Any object as init, so that server adapters that pass a second argument of their own compile. */
export type HandlerInit = object;

/**
 * Answers OpenAI's HTTP wire. A caller is the one that is bound, else the one around the running code, else the one of
 * the virtual key that the request presents, which it must where the configuration has keys.
 * Never rejects: every error is a response in OpenAI's form.
 */
export async function answerHttp(
  core: GatewayCore,
  bound: Caller | undefined,
  input: string | URL | Request,
  init?: HandlerInit,
): Promise<Response> {
  let isHead = false;
  try {
    const request = toRequest(input, init);
    isHead = request.method === 'HEAD';
    const response = await answer(core, bound, request);
    return isHead ? withoutBody(response) : response;
  } catch (error) {
    const response = errorResponse(error);
    return isHead ? withoutBody(response) : response;
  }
}

async function answer(core: GatewayCore, bound: Caller | undefined, request: Request): Promise<Response> {
  const headers = readHeaders(request.headers);
  const caller = bound ?? core.ambientCaller.getStore() ?? callerByKey(core, headers, request);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const path = pathBelowBase(request, headers);
  if (operationOf(method, path.split('?')[0] ?? '') === 'models' && !handsModelsThrough(core, path))
    return modelsResponse(core, path, caller);
  if (request.method === 'HEAD' || !METHODS.has(method))
    throw httpError(
      405,
      `Not allowed to ${bounded(request.method)} on ${bounded(path.split('?')[0] ?? '')}`,
      'method_not_supported',
    );
  const body = await readBody(request, core.snapshot.plan.handler, core.composition.runtime.clock);
  const call = {
    method,
    path,
    body: body.value,
    asBytes: true,
    stream: asksForStream(body.value) || (method === 'GET' && new URL(request.url).searchParams.get('stream') === 'true'),
    headers: { ...headers, priority: lowered(headers.priority, caller) },
    signal: request.signal,
    signalOwner: request,
    timeoutMs: undefined,
  };
  if (body.discard === undefined) return toResponse(await core.call(call, caller));
  return discarding(body.discard, async () => toResponse(await core.call(call, caller)));
}

/** What an upload left on disk goes when its call has ended: a stream may have to be begun anew. */
async function discarding(discard: () => Promise<void>, respond: () => Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await respond();
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

function toRequest(input: string | URL | Request, init: HandlerInit | undefined): Request {
  const own = isRequestInit(init) ? init : undefined;
  if (input instanceof Request && own === undefined) return input;
  try {
    return new Request(input, own);
  } catch {
    // An address, a method or a header that no request can have: `TRACE`, a body with `GET`, a host that is none.
    throw httpError(400, 'expected a request that HTTP allows', 'invalid_request');
  }
}

/** What an adapter passes beside a request (a context, an environment) is none of a request's own options. */
function isRequestInit(init: HandlerInit | undefined): init is RequestInit {
  return init !== undefined && ['method', 'headers', 'body', 'signal'].some((name) => name in init);
}

function callerByKey(core: GatewayCore, { bearer }: CallerHeaders, request: Request): Caller | undefined {
  const { plan } = core.snapshot;
  if (plan.access.keys.size === 0) return undefined;
  return callerOfKey(core, bearer ?? '', placeOf(plan, request.headers));
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** OpenAI's resources, by the first part of their paths (https://platform.openai.com/docs/api-reference). */
const RESOURCES =
  /\/(?:chat|responses|completions|embeddings|images|audio|moderations|models|files|uploads|batches|fine_tuning|vector_stores|containers|conversations|evals|videos|realtime|assistants|threads)(?:\/.*)?$/;

/**
 * The path below OpenAI's base URL, with its query, wherever the handler is mounted: what follows `/v1`, else from the
 * first part that is a resource of OpenAI's. Throws where there is none, unless the request names a provider.
 */
function pathBelowBase({ url, method }: Request, { provider }: CallerHeaders): string {
  const { pathname, search } = new URL(url);
  const path = pathname.replace(/\/+$/, '');
  const endpoint = method === 'POST' ? endpointAtEnd(path) : undefined;
  if (endpoint !== undefined) return endpoint + search;
  const version = path.search(/\/v1\//);
  const below = version < 0 ? path : path.slice(version + '/v1'.length);
  const [resource] = RESOURCES.exec(below) ?? [];
  if (resource !== undefined) return resource + search;
  if (version >= 0 && provider !== undefined) return below + search;
  throw httpError(404, `Unknown request URL: ${bounded(method)} ${bounded(pathname)}`, 'unknown_url');
}

function modelsResponse(core: GatewayCore, path: string, caller: Caller | undefined): Response {
  const name = (path.split('?')[0] ?? '').slice('/models/'.length);
  return Response.json(name === '' ? modelPage(core, caller) : modelObject(core, name, caller));
}

/** Over HTTP a call can give way to others, and not push ahead of them. */
function lowered(asked: CallerHeaders['priority'], caller: Caller | undefined): CallerHeaders['priority'] {
  return asked === 'low' || (asked === 'normal' && caller?.priority === 'high') ? asked : undefined;
}

function asksForStream(body: unknown): boolean {
  if (body instanceof FormData) return body.get('stream') === 'true';
  return typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
}

function withoutBody({ status, headers }: Response): Response {
  return new Response(null, { status, headers });
}
