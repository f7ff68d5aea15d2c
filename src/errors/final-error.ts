import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { DeadlineExceeded, StreamTimeout } from '../core/cancellation-reasons.ts';
import type { Failure } from '../core/failure.ts';
import type { RouteAttempt } from '../core/route.ts';
import { GatewayClosedError } from './gateway-closed-error.ts';
import { InvalidParamsError } from './invalid-params-error.ts';

/** What the error of a call that failed at its candidates carries, beside OpenAI's own fields. */
export interface FailoverFacts {
  readonly attempts: readonly RouteAttempt[];
  readonly skipped: readonly { readonly deployment: string; readonly reason: string }[];
  /** The soonest that a candidate may answer again, in milliseconds; undefined if none said. */
  readonly retryAfterMs: number | undefined;
}

/** An error of OpenAI's own class for a failure: by the upstream's status, else by what the transport saw. */
function toApiError(failure: Failure): APIError {
  const status = failure.status !== undefined && failure.status >= 400 ? failure.status : STATUS_OF_KIND[failure.kind];
  if (failure.status === undefined && OF_THE_CONNECTION.has(failure.kind)) return connectionError(failure);
  const body = {
    error: {
      message: failure.message,
      type: failure.type ?? failure.kind.replaceAll('-', '_'),
      param: failure.param ?? null,
      code: failure.code,
    },
  };
  const error = APIError.generate(status, body, failure.message, new Headers(failure.headers ?? {}));
  Object.defineProperty(error, 'cause', { value: failure.cause, configurable: true, writable: true });
  return error;
}

/** Which failure an error tells of; a private matter between the error and the events. */
const FAILURES = new WeakMap<object, Failure>();

/** The failure that an error of a call tells of; undefined if the gateway itself refused. */
export function failureOf(error: unknown): Failure | undefined {
  return typeof error === 'object' && error !== null ? FAILURES.get(error) : undefined;
}

/** The final error of a call: the failure's own if it is the request's fault, else marked as failover exhausted. */
export function finalError(failure: Failure, primary: Failure, facts: FailoverFacts): APIError {
  const { attempts, skipped, retryAfterMs } = facts;
  const invalid = InvalidParamsError.of(failure);
  if (invalid !== undefined) return Object.assign(invalid, { attempts });
  if (failure.kind === 'request-invalid' || failure.status === 400 || failure.status === 422) {
    return tellsOf(failure, Object.assign(toApiError(failure), { attempts, code: failure.code }));
  }
  const error = Object.assign(toApiError(primary), {
    code: 'failover_exhausted',
    providerCode: primary.code,
    attempts,
    skipped,
    retryAfterMs,
  });
  return tellsOf(primary, error);
}

function tellsOf(failure: Failure, error: APIError): APIError {
  FAILURES.set(error, failure);
  return error;
}

/** What a caller's abort is thrown as: OpenAI's class, with the caller's own reason as its cause. */
export function abortError(reason: unknown): Error {
  if (reason instanceof GatewayClosedError) return reason;
  const error = new APIUserAbortError();
  Object.defineProperty(error, 'cause', { value: reason, configurable: true, writable: true });
  return Object.assign(error, { code: 'aborted' });
}

/** The error for a time limit of the gateway's own; undefined for any other reason. */
export function deadlineError(reason: unknown): APIConnectionTimeoutError | undefined {
  if (!(reason instanceof DeadlineExceeded || reason instanceof StreamTimeout)) return undefined;
  return Object.assign(new APIConnectionTimeoutError({ message: reason.message }), { code: reason.code });
}

/** Whether a call failed at every candidate; also true across copies of the library. */
export function isFailoverExhausted(error: unknown): error is APIError & FailoverFacts & { code: 'failover_exhausted' } {
  return error instanceof Error && 'code' in error && error.code === 'failover_exhausted' && 'attempts' in error;
}

/** What may happen without any answer of the upstream. */
const OF_THE_CONNECTION: ReadonlySet<Failure['kind']> = new Set(['transient', 'timeout', 'invalid-response', 'aborted']);

// For a failure whose answer had a 2xx status, so that the class tells what the body told.
const STATUS_OF_KIND: Readonly<Record<Failure['kind'], number>> = {
  transient: 502,
  timeout: 504,
  overloaded: 503,
  'rate-limited': 429,
  'quota-exhausted': 429,
  'credential-rejected': 401,
  'model-unavailable': 404,
  'context-too-long': 400,
  'content-refused': 400,
  'request-invalid': 400,
  'invalid-response': 502,
  aborted: 499,
};

function connectionError(failure: Failure): APIError {
  const error =
    failure.kind === 'timeout'
      ? new APIConnectionTimeoutError({ message: failure.message })
      : new APIConnectionError({ message: failure.message, cause: failure.cause instanceof Error ? failure.cause : undefined });
  return Object.assign(error, { code: failure.code });
}
