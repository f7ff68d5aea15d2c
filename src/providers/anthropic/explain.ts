import type { FailureKind } from '../../core/failure.ts';
import { kindOfStatus } from '../classify.ts';
import { type ErrorFacts, readError, saysError } from '../error-body.ts';
import { kindOfCode } from '../kind-of-code.ts';
import { kindOfMiniMax } from '../kind-of-mini-max.ts';
import { kindOfText } from '../kind-of-text.ts';
import { resetAfterMs } from '../reset-headers.ts';
import { retryAfterMs } from '../retry-after.ts';
import { toldResetMs } from '../told-reset.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Explanation } from '../wire.ts';

/**
 * Anthropic's errors by their code, then by their type. Only if one type stands for several things (an exhausted balance,
 * a prompt that is too long and a wrong field are all `invalid_request_error`) does the text decide. Hosts that speak this
 * wire send errors of their own, in whatever clothes.
 */
export function explain(error: UpstreamError, nowMs: number): Explanation | undefined {
  const { body, headers, reason, status } = error;
  // A text that is no error may be what the model wrote.
  if (reason === 'not-an-answer' || reason === 'truncated') return undefined;
  if (typeof body === 'string' ? reason === 'status' : !saysError(body)) return undefined;
  const facts = readError(body);
  const { message } = facts;
  const type = facts.type === 'error' ? undefined : facts.type;
  const code = codeOf(facts.error.details) ?? facts.code;
  return {
    kind: kindOf({ ...facts, code, type }, status),
    code: code ?? type,
    message,
    type,
    retryAfterMs: waitMs(facts, headers, nowMs),
  };
}

function waitMs(facts: ErrorFacts, headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  return toldResetMs(facts.error, facts.message, nowMs) ?? resetMs(headers, nowMs);
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

/** Codes that say more than their type (`error_code` in the types of Anthropic's client). */
const KINDS_OF_CODES: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
  ['contract_spend_limit_reached', 'quota-exhausted'],
  ['enforced_spend_limit_reached', 'quota-exhausted'],
  ['linked_organization_billing_unavailable', 'quota-exhausted'],
  ['linked_organization_spend_limit_reached', 'quota-exhausted'],
  ['ramp_limit_exceeded', 'rate-limited'],
  // 400 all of them, and the fault of the account.
  ['organization_on_hold', 'credential-rejected'],
  ['cmek_key_disabled', 'credential-rejected'],
  ['cmek_key_network_blocked', 'credential-rejected'],
  ['claude_code_key_creator_not_member', 'credential-rejected'],
  ['cmek_context_unavailable', 'overloaded'],
  ['cmek_key_unreachable', 'overloaded'],
  ['compaction_unavailable', 'overloaded'],
  // 403 and 404, and the fault of one request.
  ['user_profile_billing_not_authorized', 'request-invalid'],
  ['user_profile_not_billable', 'request-invalid'],
  ['thread_not_found', 'request-invalid'],
]);

const EXHAUSTED =
  /\b(?:credit balance is too low|spend(?:ing)? limit|specified API usage limits|out of credits|lack of credits)\b/i;
const TOO_LONG = /^(?:messages: )?(?:prompt is too long|input is too long|input length and `?max_tokens`? exceed)/i;
const FILTERED = /\bblocked by content filtering policy\b/i;

function kindOf(facts: ErrorFacts, status: number): FailureKind {
  const { code, type } = facts;
  const message = facts.message?.slice(0, LONGEST_TEXT_READ) ?? '';
  const own = KINDS_OF_CODES.get(code ?? '') ?? kindOfMiniMax(facts) ?? kindOfType(type, message);
  if (own !== undefined && own !== 'request-invalid') return own;
  return kindOfHosts(facts, own === undefined) ?? own ?? kindOfStatus(status);
}

/** What hosts other than Anthropic mean, by the words that are in use on the OpenAI wire. */
function kindOfHosts({ code, type, message }: ErrorFacts, byType: boolean): FailureKind | undefined {
  const byText = message !== undefined && NAMES_A_FIELD.test(message) ? undefined : kindOfText(message);
  return kindOfCode(code) ?? (byType ? kindOfCode(type) : undefined) ?? byText;
}

// Anthropic's own validation begins with the path, and may quote what it found there.
const NAMES_A_FIELD = /^[\w.]{1,200}: /;

function kindOfType(type: string | undefined, message: string): FailureKind | undefined {
  if ((type === 'invalid_request_error' || type === 'rate_limit_error') && EXHAUSTED.test(message)) return 'quota-exhausted';
  if (type !== 'invalid_request_error') return KINDS.get(type ?? '');
  if (TOO_LONG.test(message)) return 'context-too-long';
  return FILTERED.test(message) ? 'content-refused' : 'request-invalid';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function codeOf(details: unknown): string | undefined {
  return typeof details === 'object' && details !== null && 'error_code' in details ? textOf(details.error_code) : undefined;
}

const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const;

/** When the last of the limits that are used up is full again; `retry-after` is the better word if it asks for a wait. */
function resetMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  if ((retryAfterMs(headers, nowMs) ?? 0) > 0) return undefined;
  let latest: number | undefined;
  for (const limit of LIMITS) {
    if (headers[`anthropic-ratelimit-${limit}-remaining`] !== '0') continue;
    const untilReset = resetAfterMs(headers[`anthropic-ratelimit-${limit}-reset`], 'rfc3339', nowMs);
    if (untilReset !== undefined) latest = Math.max(latest ?? 0, untilReset);
  }
  return latest;
}
