import type { FailureKind } from '../../core/failure.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Explanation } from '../wire.ts';

/** Google's error answers: by the reason in `details`, then by `status`; by text only if those say too little. */
export function explain(error: UpstreamError): Explanation | undefined {
  if (hasFilteredImages(error.body)) return { kind: 'content-refused', code: 'content_filter', message: error.message };
  const status = toStatus(error.body);
  if (status === undefined) return undefined;
  const reason = textOf(detailOf(status, 'ErrorInfo'), 'reason');
  const kind = kindOf(status, reason) ?? kindOfNumber(status.code ?? error.status);
  return {
    kind,
    code:
      reason ??
      status.status ??
      (status.code === undefined && error.status < 400 ? undefined : String(status.code ?? error.status)),
    message: status.message,
    type: status.status,
    param: textOf(listOf(detailOf(status, 'BadRequest'), 'fieldViolations')[0], 'field'),
    // A used-up quota comes with a short delay all the same, which does not bring it back.
    retryAfterMs: kind === 'quota-exhausted' ? undefined : retryDelayMs(status),
  };
}

/** `google.rpc.Status` as it stands in a body. */
interface RpcStatus {
  readonly code: number | undefined;
  readonly message: string | undefined;
  readonly status: string | undefined;
  readonly details: readonly unknown[];
}

/** The error of a body; a stream that was asked for without `alt=sse` answers with an array of one. */
function toStatus(body: unknown): RpcStatus | undefined {
  const whole = Array.isArray(body) ? body[0] : body;
  const error = isObject(whole) ? whole.error : undefined;
  if (typeof error === 'string') return { code: undefined, message: error, status: undefined, details: [] };
  if (!isObject(error)) return undefined;
  return {
    code: typeof error.code === 'number' ? error.code : undefined,
    message: textOf(error, 'message'),
    status: textOf(error, 'status'),
    details: Array.isArray(error.details) ? error.details : [],
  };
}

// google.api.ErrorReason; the reasons of a credential that will not do.
const CREDENTIAL_REASONS =
  /^(API_KEY_|ACCESS_TOKEN_|CREDENTIALS_MISSING$|ACCOUNT_STATE_INVALID$|CONSUMER_(INVALID|SUSPENDED)$|SERVICE_DISABLED$)/;

function kindOf(status: RpcStatus, reason: string | undefined): FailureKind | undefined {
  if (reason !== undefined && CREDENTIAL_REASONS.test(reason)) return 'credential-rejected';
  if (reason === 'BILLING_DISABLED') return 'quota-exhausted';
  switch (status.status) {
    case 'RESOURCE_EXHAUSTED':
      return isQuotaUsedUp(status) ? 'quota-exhausted' : 'rate-limited';
    case 'INVALID_ARGUMENT':
    case 'OUT_OF_RANGE':
      return kindOfText(status.message ?? '');
    case 'FAILED_PRECONDITION':
      return kindOfPrecondition(status.message ?? '');
    default:
      return KINDS.get(status.status ?? '');
  }
}

const KINDS: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
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

function kindOfNumber(code: number): FailureKind {
  if (code === 429) return 'rate-limited';
  if (code === 401 || code === 403) return 'credential-rejected';
  if (code === 404) return 'model-unavailable';
  if (code === 503) return 'overloaded';
  if (code === 504) return 'timeout';
  return code >= 400 && code < 500 ? 'request-invalid' : 'transient';
}

/** A context that is too long and a bad key of older answers have no code of their own. */
function kindOfText(text: string): FailureKind {
  if (/^.{0,80}input token count.{0,60}(exceeds the maximum number of tokens|only supports up to)/i.test(text)) {
    return 'context-too-long';
  }
  return /^API key (not valid|expired|not found)/i.test(text) ? 'credential-rejected' : 'request-invalid';
}

function kindOfPrecondition(text: string): FailureKind {
  if (/^User location is not supported/.test(text)) return 'model-unavailable';
  return /^.{0,200}\bbilling\b/i.test(text) ? 'quota-exhausted' : 'request-invalid';
}

/** A quota of 0, or one for a whole day: waiting for a minute does not help. */
function isQuotaUsedUp(status: RpcStatus): boolean {
  const violations = listOf(detailOf(status, 'QuotaFailure'), 'violations');
  const isUsedUp = violations.some((violation) => {
    return /PerDay/.test(textOf(violation, 'quotaId') ?? '') || textOf(violation, 'quotaValue') === '0';
  });
  return isUsedUp || /\blimit: 0(?![.\d])/.test((status.message ?? '').slice(0, 2_000));
}

/** `RetryInfo.retryDelay`: a protobuf duration such as `34.4s`. */
function retryDelayMs(status: RpcStatus): number | undefined {
  const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(textOf(detailOf(status, 'RetryInfo'), 'retryDelay') ?? '')?.[1];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}

function hasFilteredImages(body: unknown): boolean {
  return listOf(body, 'predictions').some((prediction) => textOf(prediction, 'raiFilteredReason') !== undefined);
}

function detailOf(status: RpcStatus, type: string): unknown {
  return status.details.find((detail) => textOf(detail, '@type')?.endsWith(`.${type}`));
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = isObject(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function textOf(value: unknown, name: string): string | undefined {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
