import { boundedText } from '../../core/bounded-text.ts';
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

/**
 * OpenAI's resources, by the first part of their paths (those of the openai package 7.57). Its administration
 * (`organization`, `projects`) is none: who wants it over HTTP has to name the provider.
 */
const RESOURCE_NAMES = [
  ...['agents', 'assistants', 'audio', 'batches', 'chat', 'chatkit', 'completions', 'containers', 'content_provenance_checks'],
  ...['conversations', 'decisions', 'embeddings', 'evals', 'files', 'fine_tuning', 'images', 'live', 'models', 'moderations'],
  ...['realtime', 'responses', 'skills', 'threads', 'uploads', 'vaults', 'vector_stores', 'videos', 'webhook_endpoints'],
];
const RESOURCES = new RegExp(`/(?:${RESOURCE_NAMES.join('|')})(?:/.*)?$`);

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
  const below = version < 0 ? path : path.slice(version + '/v1'.length);
  const [resource] = RESOURCES.exec(below) ?? [];
  if (resource !== undefined) return resource + search;
  if (version >= 0 && provider !== undefined) return below + search;
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

/** Whether the answer is to be a stream: the params say so, or the query of a `GET`. */
export function asksForStream({ url, method }: Request, body: unknown): boolean {
  if (method === 'GET' && new URL(url).searchParams.get('stream') === 'true') return true;
  if (body instanceof FormData) return body.get('stream') === 'true';
  return typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
}
