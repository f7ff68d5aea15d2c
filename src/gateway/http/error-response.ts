import { APIError } from 'openai';
import { errorBody } from '../handed.ts';
import { routeOf } from '../route-of.ts';

/** An error of the gateway as HTTP; `x-should-retry: false`, because the gateway itself has done what retrying can do. */
export function errorResponse(error: unknown): Response {
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
  // Of a body that is too slow the rest is not waited for (RFC 9110, section 15.5.9).
  if (error instanceof APIError && error.code === 'request_timeout') headers.set('connection', 'close');
  const route = routeOf(error);
  if (route) {
    headers.set('x-tollgate-request-id', route.requestId);
    headers.set('x-tollgate-attempts', String(route.attempts.length));
  }
  return new Response(JSON.stringify(errorBody(error)), { status, headers });
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
