import type { FailureKind } from '../core/failure.ts';
import { isRecord, type JsonRecord } from '../core/json.ts';

/**
 * What a `google.rpc.Status` means: by the reason in its `details`, then by its status; by its text only if those say too
 * little. `error`: what stands under `error`, on Google's own routes as on its OpenAI route. Undefined: none of Google's, or
 * one whose status says nothing.
 */
export function kindOfGoogle(error: JsonRecord): FailureKind | undefined {
  const { status, message } = error;
  const reason = reasonIn(error);
  if (reason !== undefined && CREDENTIAL_REASONS.test(reason)) return 'credential-rejected';
  const byReason = reason === undefined ? undefined : REASONS.get(reason);
  if (byReason !== undefined) return byReason;
  const text = typeof message === 'string' ? message : '';
  switch (status) {
    case 'RESOURCE_EXHAUSTED':
      return isUsedUp(error, text) ? 'quota-exhausted' : 'rate-limited';
    case 'INVALID_ARGUMENT':
    case 'OUT_OF_RANGE':
      return kindOfArgument(text);
    case 'FAILED_PRECONDITION':
      return kindOfPrecondition(text);
    default:
      return STATUSES.get(status);
  }
}

/** `ErrorInfo.reason`, such as `API_KEY_INVALID`, which stands beside a general status. */
export function reasonIn(error: JsonRecord): string | undefined {
  return (
    textOf(detailIn(error, 'ErrorInfo'), 'reason') ??
    textOf(
      detailsIn(error).find((item) => textOf(item, 'reason')),
      'reason',
    )
  );
}

/** The detail of a type, such as `RetryInfo`. */
export function detailIn(error: JsonRecord, type: string): unknown {
  return detailsIn(error).find((detail) => textOf(detail, '@type')?.endsWith(`.${type}`));
}

function detailsIn({ details }: JsonRecord): readonly unknown[] {
  return Array.isArray(details) ? details : [];
}

// google.api.ErrorReason; the reasons of a credential that will not do.
const CREDENTIAL_REASONS =
  /^(API_KEY_|ACCESS_TOKEN_|CREDENTIALS_MISSING$|ACCOUNT_STATE_INVALID$|CONSUMER_(INVALID|SUSPENDED)$|SERVICE_DISABLED$|USER_PROJECT_DENIED$)/;

const REASONS: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
  ['BILLING_DISABLED', 'quota-exhausted'],
  // Of what is allotted, not of a time.
  ['RESOURCE_QUOTA_EXCEEDED', 'quota-exhausted'],
  // "No capacity available for model … on the server", which comes as 429.
  ['MODEL_CAPACITY_EXHAUSTED', 'overloaded'],
]);

const STATUSES: ReadonlyMap<unknown, FailureKind> = new Map<unknown, FailureKind>([
  ['UNAUTHENTICATED', 'credential-rejected'],
  ['PERMISSION_DENIED', 'credential-rejected'],
  ['NOT_FOUND', 'model-unavailable'],
  ['UNIMPLEMENTED', 'model-unavailable'],
  ['UNAVAILABLE', 'overloaded'],
  ['DEADLINE_EXCEEDED', 'timeout'],
  ['INTERNAL', 'transient'],
  ['UNKNOWN', 'transient'],
  ['ABORTED', 'transient'],
  ['CANCELLED', 'transient'],
  ['DATA_LOSS', 'transient'],
]);

/** A context that is too long and a bad key of older answers have no code of their own. */
function kindOfArgument(text: string): FailureKind {
  if (/^.{0,80}input token count.{0,60}(exceeds the maximum number of tokens|only supports up to)/i.test(text)) {
    return 'context-too-long';
  }
  return /^API key (not valid|expired|not found)/i.test(text) ? 'credential-rejected' : 'request-invalid';
}

function kindOfPrecondition(text: string): FailureKind {
  if (/^User location is not supported/.test(text)) return 'model-unavailable';
  return /^.{0,200}\bbilling\b/i.test(text) ? 'quota-exhausted' : 'request-invalid';
}

/** A quota of 0, one for a whole day, a cap on spending, credits that are gone: waiting for a minute does not help. */
function isUsedUp(error: JsonRecord, text: string): boolean {
  const info = detailIn(error, 'ErrorInfo');
  const limit = isRecord(info) ? textOf(info.metadata, 'quota_limit') : undefined;
  if (limit !== undefined && PER_DAY.test(limit)) return true;
  const failed = detailIn(error, 'QuotaFailure');
  const violations: unknown = isRecord(failed) ? failed.violations : undefined;
  if (Array.isArray(violations) && violations.some(isOfTheDay)) return true;
  return NO_MONEY.test(text) || /\blimit: 0(?![.\d])/.test(text.slice(0, 2_000));
}

function isOfTheDay(violation: unknown): boolean {
  return PER_DAY.test(textOf(violation, 'quotaId') ?? '') || textOf(violation, 'quotaValue') === '0';
}

const PER_DAY = /PerDay/i;
// The Gemini API's words since prepayment and caps of projects came (discuss.ai.google.dev/t/165579, ai.studio/spend).
const NO_MONEY = /^Your (?:prepayment credits are depleted|project has exceeded its monthly spending cap)\b/i;

function textOf(value: unknown, name: string): string | undefined {
  const text = isRecord(value) ? value[name] : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}
