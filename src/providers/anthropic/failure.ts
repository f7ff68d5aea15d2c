import type { FailureKind } from '../../core/failure.ts';
import { resetAfterMs } from '../reset-headers.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Explanation } from '../wire.ts';

/**
 * Anthropic's errors by their type. Only where one type stands for several things (an exhausted balance, a prompt that is
 * too long and a wrong field are all `invalid_request_error`) does the text decide.
 */
export function explain(error: UpstreamError, nowMs: number): Explanation | undefined {
  const details = errorOf(error.body);
  if (!details) return undefined;
  const type = textOf(details.type);
  const message = textOf(details.message);
  const kind = kindOf(type, message?.slice(0, LONGEST_TEXT_READ) ?? '');
  if (!kind) return undefined;
  return {
    kind,
    code: codeOf(details.details) ?? type,
    message,
    type,
    retryAfterMs: kind === 'rate-limited' ? resetMs(error.headers, nowMs) : undefined,
  };
}

const LONGEST_TEXT_READ = 4_096;

const KINDS: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
  ['authentication_error', 'credential-rejected'],
  ['permission_error', 'credential-rejected'],
  ['billing_error', 'quota-exhausted'],
  ['not_found_error', 'model-unavailable'],
  ['request_too_large', 'request-invalid'],
  ['rate_limit_error', 'rate-limited'],
  ['timeout_error', 'timeout'],
  ['conflict_error', 'transient'],
  ['api_error', 'transient'],
  ['overloaded_error', 'overloaded'],
]);

const EXHAUSTED =
  /\b(?:credit balance is too low|spend(?:ing)? limit|specified API usage limits|out of credits|lack of credits)\b/i;
const TOO_LONG = /^(?:messages: )?(?:prompt is too long|input is too long|input length and `?max_tokens`? exceed)/i;
const FILTERED = /\bblocked by content filtering policy\b/i;

function kindOf(type: string | undefined, message: string): FailureKind | undefined {
  if ((type === 'invalid_request_error' || type === 'rate_limit_error') && EXHAUSTED.test(message)) return 'quota-exhausted';
  if (type !== 'invalid_request_error') return KINDS.get(type ?? '');
  if (TOO_LONG.test(message)) return 'context-too-long';
  return FILTERED.test(message) ? 'content-refused' : 'request-invalid';
}

function errorOf(body: unknown): { type?: unknown; message?: unknown; details?: unknown } | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  return typeof body.error === 'object' && body.error !== null ? body.error : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function codeOf(details: unknown): string | undefined {
  return typeof details === 'object' && details !== null && 'error_code' in details ? textOf(details.error_code) : undefined;
}

const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const;

/** When the last of the limits that are used up is full again; `retry-after` is the better word where it is given. */
function resetMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  if (headers['retry-after'] !== undefined) return undefined;
  let latest: number | undefined;
  for (const limit of LIMITS) {
    if (headers[`anthropic-ratelimit-${limit}-remaining`] !== '0') continue;
    const untilReset = resetAfterMs(headers[`anthropic-ratelimit-${limit}-reset`], 'rfc3339', nowMs);
    if (untilReset !== undefined) latest = Math.max(latest ?? 0, untilReset);
  }
  return latest;
}
