import { APIError } from 'openai';
import { findVirtualKey } from '../access/virtual-keys.ts';
import type { Caller } from '../core/caller.ts';
import { InvalidKeyError } from '../errors/invalid-key-error.ts';
import { InvalidParamsError } from '../errors/invalid-params-error.ts';
import type { GatewayCore } from './gateway-core.ts';
import { errorBody, toResponse } from './handed.ts';
import { modelObject, modelPage } from './models-page.ts';
import { endpointAtEnd, operationOf } from './operations.ts';
import { type CallerHeaders, readHeaders } from './request-headers.ts';
import { routeOf } from './route-of.ts';

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
  const caller = bound ?? core.ambientCaller.getStore() ?? callerByKey(core, headers);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const path = pathBelowBase(request, headers);
  if (operationOf(method, path.split('?')[0] ?? '') === 'models') return modelsResponse(core, path, caller);
  if (request.method === 'HEAD' || !METHODS.has(method))
    throw httpError(405, `Not allowed to ${request.method} on ${path.split('?')[0]}`, 'method_not_supported');
  const body = await readBody(request);
  const admitted = { ...headers, priority: lowered(headers.priority, caller) };
  const call = {
    method,
    path,
    body,
    stream: asksForStream(body) || (method === 'GET' && new URL(request.url).searchParams.get('stream') === 'true'),
    headers: admitted,
    signal: request.signal,
    signalOwner: request,
    timeoutMs: undefined,
  };
  return toResponse(await core.call(call, caller));
}

function toRequest(input: string | URL | Request, init: HandlerInit | undefined): Request {
  if (input instanceof Request) return isRequestInit(init) ? new Request(input, init) : input;
  return new Request(input, isRequestInit(init) ? init : undefined);
}

/** What an adapter passes beside a request (a context, an environment) is none of a request's own options. */
function isRequestInit(init: HandlerInit | undefined): init is RequestInit {
  return init !== undefined && ['method', 'headers', 'body', 'signal'].some((name) => name in init);
}

function callerByKey(core: GatewayCore, { bearer }: CallerHeaders): Caller | undefined {
  const { plan } = core.snapshot;
  if (plan.access.keys.size === 0) return undefined;
  const caller = findVirtualKey(plan, bearer ?? '', core.composition.runtime.clock.now());
  if (caller === undefined) throw new InvalidKeyError();
  return caller;
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
  throw httpError(404, `Unknown request URL: ${method} ${pathname}`, 'unknown_url');
}

function modelsResponse(core: GatewayCore, path: string, caller: Caller | undefined): Response {
  const name = (path.split('?')[0] ?? '').slice('/models/'.length);
  return Response.json(name === '' ? modelPage(core, caller) : modelObject(core, name, caller));
}

/** Over HTTP a call can give way to others, and not push ahead of them. */
function lowered(asked: CallerHeaders['priority'], caller: Caller | undefined): CallerHeaders['priority'] {
  return asked === 'low' || (asked === 'normal' && caller?.priority === 'high') ? asked : undefined;
}

async function readBody(request: Request): Promise<unknown> {
  if (request.body === null) return undefined;
  const type = request.headers.get('content-type') ?? '';
  if (type.includes('multipart/form-data')) {
    return request.formData().catch(() => {
      throw new InvalidParamsError('body', 'expected a valid multipart form');
    });
  }
  const text = await request.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidParamsError('body', 'expected valid JSON');
  }
}

function asksForStream(body: unknown): boolean {
  if (body instanceof FormData) return body.get('stream') === 'true';
  return typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
}

function httpError(status: number, message: string, code: string): APIError {
  return APIError.generate(
    status,
    { error: { message, type: 'invalid_request_error', param: null, code } },
    message,
    new Headers(),
  );
}

/** An error of the gateway as HTTP; `x-should-retry: false`, because the gateway itself has done what retrying can do. */
function errorResponse(error: unknown): Response {
  const headers = new Headers({ 'content-type': 'application/json', 'x-should-retry': 'false' });
  const status = error instanceof APIError ? (error.status ?? statusOfConnection(error)) : 500;
  if (error instanceof APIError) {
    for (const name of ['retry-after', 'retry-after-ms', 'x-request-id']) {
      const value = error.headers?.get(name);
      if (value) headers.set(name, value);
    }
    if ('retryAfterMs' in error && typeof error.retryAfterMs === 'number' && !headers.has('retry-after')) {
      headers.set('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
    }
  }
  const route = routeOf(error);
  if (route) {
    headers.set('x-tollgate-request-id', route.requestId);
    headers.set('x-tollgate-attempts', String(route.attempts.length));
  }
  return new Response(JSON.stringify(errorBody(error)), { status, headers });
}

function withoutBody({ status, headers }: Response): Response {
  return new Response(null, { status, headers });
}

const STATUS_OF_CODE: ReadonlyMap<string, number> = new Map([
  ['gateway_closed', 503],
  ['aborted', 499],
  ['deadline_exceeded', 504],
]);

/** A failure that had no HTTP status: 504 where time ran out, else 502. */
function statusOfConnection(error: APIError): number {
  const known = STATUS_OF_CODE.get(error.code ?? '');
  if (known !== undefined) return known;
  return error.constructor.name === 'APIConnectionTimeoutError' ? 504 : 502;
}
