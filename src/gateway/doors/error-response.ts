import { APIConnectionTimeoutError, APIError } from 'openai';
import { BudgetExceededError } from '../../errors/budget-exceeded-error.ts';
import { UnpricedModelError } from '../../errors/unpriced-model-error.ts';
import { routeOf } from '../../pipeline/record/route-of.ts';

/** An error of the gateway as HTTP; `x-should-retry: false`, because the gateway itself has done what retrying can do. */
export function errorResponse(error: unknown): Response {
  const headers = new Headers({ 'content-type': 'application/json', 'x-should-retry': 'false' });
  const status = error instanceof APIError ? (error.status ?? statusOfConnection(error)) : 500;
  if (error instanceof APIError) {
    for (const name of ['accept-encoding', 'allow', 'retry-after', 'retry-after-ms', 'x-request-id']) {
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

const STATUS_OF_CODE: ReadonlyMap<string, number> = new Map([
  ['gateway_closed', 503],
  ['aborted', 499],
  ['deadline_exceeded', 504],
]);

/** A failure that had no HTTP status: 504 if time ran out, else 502. */
function statusOfConnection(error: APIError): number {
  const known = STATUS_OF_CODE.get(error.code ?? '');
  if (known !== undefined) return known;
  return error instanceof APIConnectionTimeoutError ? 504 : 502;
}

/** An error as the body of OpenAI's wire; of one that is not for callers, nothing is told. */
export function errorBody(error: unknown): {
  error: { message: string; type: string; param: string | null; code: string } & Record<string, unknown>;
} {
  const code = (error instanceof APIError && error.code) || 'internal_error';
  if (!(error instanceof APIError)) return { error: { message: 'internal error', type: code, param: null, code } };
  return { error: { message: messageOf(error), type: error.type ?? code, param: error.param ?? null, code, ...factsOf(error) } };
}

/** Without the status that OpenAI's class puts before it: whoever reads the body puts it there again. */
function messageOf({ error, message, status }: APIError): string {
  const own = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  if (typeof own === 'string' && own !== '') return own;
  return status !== undefined && message.startsWith(`${status} `) ? message.slice(`${status} `.length) : message;
}

/** What a program can act on: of a budget that refuses, and the code of the provider's own that the gateway's stands for. */
function factsOf(error: APIError): Record<string, unknown> {
  if (error instanceof UnpricedModelError) return { budget: error.budget };
  if ('providerCode' in error && typeof error.providerCode === 'string') return { provider_code: error.providerCode };
  if (!(error instanceof BudgetExceededError)) return {};
  const { budget, reason, remaining, resetAt } = error;
  return { budget, reason, remaining, reset_at: resetAt === null ? null : new Date(resetAt).toISOString() };
}
