import type { FailureKind } from '../../core/failure.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Explanation } from '../wire.ts';

/**
 * Cohere's errors are `{ message, id }`, at times with `error_type`; what the status leaves open is told by the texts
 * of its documentation of errors.
 */
export function explain(error: UpstreamError): Explanation | undefined {
  if (error.reason === 'not-an-answer' || error.reason === 'truncated') return undefined;
  const { message, error_type: type } = facts(error.body);
  const kind = kindOf(error.status, type, message);
  return kind === undefined ? undefined : { kind, code: type, type, message };
}

function facts(body: unknown): { message: string | undefined; error_type: string | undefined } {
  const { message, error_type: type } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return {
    message: typeof message === 'string' && message !== '' ? message : undefined,
    error_type: typeof type === 'string' && type !== '' ? type : undefined,
  };
}

const TOO_MANY_TOKENS = /^too many tokens\b/i;
const TOO_MUCH_OUTPUT = /^too many tokens: max tokens must be\b/i;
const UNKNOWN_MODEL = /^(?:model '[^']{1,200}' (?:not found|was removed)|invalid request: model '[^']{1,200}' is not)/i;
const MONTHLY_QUOTA = /^You are using a Trial key, which is limited to [\d,]{1,12} API calls \/ month\b/i;

function kindOf(status: number, type: string | undefined, message = ''): FailureKind | undefined {
  const text = message.slice(0, 1_000);
  if (type === 'TOO_MANY_TOKENS') return 'context-too-long';
  if (type === 'TIMEOUT') return 'timeout';
  if (type === 'ERROR') return 'transient';
  if (status === 400 && UNKNOWN_MODEL.test(text)) return 'model-unavailable';
  if (status === 400 && TOO_MANY_TOKENS.test(text)) return TOO_MUCH_OUTPUT.test(text) ? 'request-invalid' : 'context-too-long';
  if (status === 429 && MONTHLY_QUOTA.test(text)) return 'quota-exhausted';
  return KINDS.get(status) ?? kindOfOther(status);
}

// Cohere's documentation of errors: 498 is an invalid token, 499 a request cancelled on its side.
const KINDS: ReadonlyMap<number, FailureKind> = new Map([
  [401, 'credential-rejected'],
  [402, 'quota-exhausted'],
  [403, 'credential-rejected'],
  [404, 'model-unavailable'],
  [422, 'request-invalid'],
  [429, 'rate-limited'],
  [498, 'credential-rejected'],
  [499, 'transient'],
  [503, 'overloaded'],
  [504, 'timeout'],
]);

function kindOfOther(status: number): FailureKind | undefined {
  if (status >= 500) return 'transient';
  return status >= 400 ? 'request-invalid' : 'transient';
}
