import { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import type { Call } from '../../core/call.ts';
import { type Failure, inOwnWords } from '../../core/failure.ts';
import type { RouteAttempt, RouteFailure } from '../../core/route.ts';
import { failureOf, isFailoverExhausted } from '../../errors/final-error.ts';
import { isOwnError } from '../../errors/own-errors.ts';
import type { RequestEndEvent } from '../../events/event-map.ts';

/**
 * A failure as listeners see it: its facts, and our own words for them. An upstream's text may repeat the prompt, so that
 * it stays with the caller; `captureContent` lets listeners have it, without credentials as always.
 */
export function toEventFailure(failure: Failure, call: Call): RouteFailure {
  const { kind, status, retryAfterMs } = failure;
  const code = codeFor(failure, call);
  return { kind, code, message: wordsFor(failure, code, call), status, retryAfterMs };
}

/** Those that failed by themselves: not the attempts that were ended because nobody waited for them any more. */
export function failuresAmong(attempts: readonly RouteAttempt[]): RequestEndEvent['failures'] {
  const failed = attempts.flatMap(({ deployment, failure }) => {
    if (failure === undefined || failure.kind === 'aborted') return [];
    return [{ deployment, kind: failure.kind, status: failure.status }];
  });
  return failed.length === 0 ? undefined : failed;
}

type EventError = NonNullable<RequestEndEvent['error']>;

/** The error of a call as listeners see it. */
export function toEventError(error: unknown, call: Call): EventError {
  const failure = failureOf(error);
  if (failure === undefined) return toOwnEventError(error);
  const { code, message } = toEventFailure(failure, call);
  const status = error instanceof APIError ? error.status : undefined;
  return { code: isFailoverExhausted(error) ? error.code : code, message, status };
}

/** An error that tells of no failure: in its own words if they are the gateway's. */
export function toOwnEventError(error: unknown): EventError {
  if (isOwnError(error) || error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError) {
    return { code: error.code || 'error', message: error.message, status: error.status };
  }
  return { code: 'error', message: 'the gateway, or code that it was configured with, failed' };
}

function wordsFor(failure: Failure, code: string, call: Call): string {
  return call.plan.captureContent ? failure.message : inOwnWords(failure, code);
}

/** The provider's code if it is one and nothing that the request held; else the kind. */
function codeFor({ kind, code, words }: Failure, call: Call): string {
  if (words !== undefined || (CODE.test(code) && !wasSent(code, call))) return code;
  return kind.replaceAll('-', '_');
}

/** `invalid_request_error`, `ValidationException`, `RESOURCE_EXHAUSTED`, `1301`. */
const CODE = /^(?:[A-Za-z][A-Za-z_.-]{0,79}\d{0,2}|\d{1,6})$/;

const DEEPEST = 32;
// A longer one is a file, which no code is taken from.
const LONGEST_TEXT = 100_000;

/** Whether a request held a text, wherever a caller can put one: params, names of fields and files, query, headers. */
function wasSent(text: string, { params, form, upload, query, passthrough, headers }: Call): boolean {
  const fields = form === undefined ? [] : [...form];
  return isIn([params, fields, upload?.fields, query, passthrough, headers], text, 0);
}

function isIn(value: unknown, text: string, depth: number): boolean {
  if (typeof value === 'string') return value.length <= LONGEST_TEXT && value.includes(text);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return false;
  if (value instanceof File) return value.name.includes(text);
  return Object.entries(value).some(([name, inner]) => name.includes(text) || isIn(inner, text, depth + 1));
}
