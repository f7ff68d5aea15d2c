import { boundedText } from '../../core/bounded-text.ts';
import { decodedPath } from '../../core/plain-path.ts';
import { RESOURCE_NAMES } from '../../core/resource-names.ts';
import { isObject } from './copy-params.ts';
import { httpError } from './http-error.ts';
import { endpointAtEnd } from './operations.ts';
import type { CallerHeaders } from './read-headers.ts';

/** Any object as init, so that server adapters that pass a second argument of their own compile. */
export type HandlerInit = object;

/** The request that a handler is given, in any form of `fetch`. Throws 400 for one that HTTP does not allow. */
export function toRequest(input: string | URL | Request, init: HandlerInit | undefined): Request {
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

/** Those that a request may have; `HEAD` is answered if `GET` needs no provider. */
export const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** The same as a header tells them. */
export const ALLOWED: string = [...METHODS].join(', ');

const RESOURCE = `/(?:${RESOURCE_NAMES.join('|')})(?:/.*)?$`;
const RESOURCES = new RegExp(RESOURCE);
const RESOURCES_OF_VERSION = new RegExp(`/v1(?<below>${RESOURCE})`);

/**
 * The path below OpenAI's base URL, with its query, wherever the handler is mounted: what follows `/v1`, else from the
 * first part that is a resource of OpenAI's. Throws if there is none, unless the request names a provider.
 */
export function pathBelowBase({ url, method }: Request, { provider }: CallerHeaders): string {
  const { pathname, search } = new URL(url);
  const path = withoutEndSlashes(pathname);
  const endpoint = method === 'POST' ? endpointAtEnd(path) : undefined;
  if (endpoint !== undefined) return endpoint + search;
  const version = path.search(/\/v1\//);
  const resource = version < 0 ? RESOURCES.exec(path)?.[0] : RESOURCES_OF_VERSION.exec(path)?.groups?.below;
  if (resource !== undefined) return resource + search;
  if (version >= 0 && provider !== undefined) return path.slice(version + '/v1'.length) + search;
  throw httpError(404, `Unknown request URL: ${boundedText(method)} ${boundedText(pathname)}`, 'unknown_url');
}

/** In one pass, however many there are elsewhere. */
function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/**
 * The query that goes on to a model's endpoint: the one that OpenAI's have (`beta=true`, openai 7.57, resources/beta/responses).
 * Any other (`api-version`, a key) is for whoever answers this request.
 */
export function endpointQuery(path: string): string | undefined {
  return path.startsWith('/responses?') && new URLSearchParams(path.slice('/responses'.length)).get('beta') === 'true'
    ? 'beta=true'
    : undefined;
}

/** Clients of Azure name the model in the path (`/deployments/x/chat/completions`), and may leave it empty in the body. */
export function withModelOfPath(body: unknown, { url, method }: Request): unknown {
  // Few have it, and an address is parsed no second time for the others.
  const model = method === 'POST' && url.includes('/deployments/') ? modelInPath(new URL(url).pathname) : undefined;
  if (model === undefined) return body;
  if (body instanceof FormData) {
    if ((body.get('model') ?? '') === '') body.set('model', model);
    return body;
  }
  return isObject(body) && (body.model ?? '') === '' ? { ...body, model } : body;
}

function modelInPath(pathname: string): string | undefined {
  const { model, rest } = /\/deployments\/(?<model>[^/]+)(?<rest>\/.+)$/.exec(pathname)?.groups ?? {};
  return model !== undefined && rest !== undefined && endpointAtEnd(rest) === rest ? decodedPath(model) : undefined;
}

/** Whether the answer is to be a stream: the params say so, or the query of a `GET`. */
export function asksForStream({ url, method }: Request, body: unknown): boolean {
  if (method === 'GET' && new URL(url).searchParams.get('stream') === 'true') return true;
  if (body instanceof FormData) return body.get('stream') === 'true';
  return typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
}
