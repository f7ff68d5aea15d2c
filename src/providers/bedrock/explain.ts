import type { FailureKind } from '../../core/failure.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Explanation } from '../wire.ts';

/**
 * Bedrock's exceptions by name: in the header `x-amzn-errortype` (`ValidationException:http://…`), in `__type`, or in
 * `:exception-type` of a stream. Validation errors say by their text alone what they are about.
 */
export function explain(error: UpstreamError): Explanation | undefined {
  if (error.reason === 'not-an-answer' || error.reason === 'truncated') return undefined;
  const name = exceptionName(error);
  const text = messageOf(error.body);
  const kind = kindOfText(text, error.status) ?? KINDS.get(name?.toLowerCase());
  if (kind === undefined && name === undefined && text === undefined) return undefined;
  return { kind: kind ?? kindOfOther(error.status), code: name, type: name, message: text };
}

/** Statuses of the API reference, for exceptions that come inside a stream that began with 200. */
export function statusOfException(type: string): number {
  return STATUSES.get(type.toLowerCase()) ?? 500;
}

const STATUSES: ReadonlyMap<string, number> = new Map([
  ['throttlingexception', 429],
  ['modelstreamerrorexception', 424],
  ['modelerrorexception', 424],
  ['modeltimeoutexception', 408],
  ['validationexception', 400],
  ['serviceunavailableexception', 503],
  ['internalserverexception', 500],
]);

const KINDS: ReadonlyMap<string | undefined, FailureKind> = new Map([
  ['throttlingexception', 'rate-limited'],
  ['toomanyrequestsexception', 'rate-limited'],
  // "You can resubmit your request later", as its documentation has it.
  ['servicequotaexceededexception', 'rate-limited'],
  ['modelnotreadyexception', 'overloaded'],
  ['serviceunavailableexception', 'overloaded'],
  ['modeltimeoutexception', 'timeout'],
  ['modelerrorexception', 'transient'],
  ['modelstreamerrorexception', 'transient'],
  ['internalserverexception', 'transient'],
  ['internalfailure', 'transient'],
  ['resourcenotfoundexception', 'model-unavailable'],
  ['accessdeniedexception', 'credential-rejected'],
  ['unrecognizedclientexception', 'credential-rejected'],
  ['invalidclienttokenid', 'credential-rejected'],
  ['invalidsignatureexception', 'credential-rejected'],
  ['incompletesignature', 'credential-rejected'],
  ['incompletesignatureexception', 'credential-rejected'],
  ['missingauthenticationtokenexception', 'credential-rejected'],
  ['expiredtokenexception', 'credential-rejected'],
  ['requestexpired', 'credential-rejected'],
  ['notauthorized', 'credential-rejected'],
  ['validationexception', 'request-invalid'],
]);

/** If no exception's name came along: a failed dependency and a model's timeout are the host's fault here. */
function kindOfOther(status: number): FailureKind {
  if (status === 401 || status === 403) return 'credential-rejected';
  if (status === 404) return 'model-unavailable';
  if (status === 408) return 'timeout';
  if (status === 424) return 'transient';
  if (status === 429) return 'rate-limited';
  if (status === 503) return 'overloaded';
  return status >= 400 && status < 500 ? 'request-invalid' : 'transient';
}

const DAILY_QUOTA = /^Too many tokens per day\b/i;
const THROTTLED = /^(?:Too many (?:tokens|requests|connections)\b|Your request rate is too high\b)/i;
const UNKNOWN_MODEL =
  /^(?:The provided model identifier is invalid|Could not resolve the foundation model|Invocation of model ID \S{1,200} with on-demand throughput isn.t supported|This model version has reached the end of its life)/i;
const TOO_LONG =
  /^(?:Input Tokens Exceeded|Input is too long|prompt is too long|input length and `?max_tokens`? exceed context limit|This model's maximum context length)/i;
const OF_THE_MODEL = /^(?:The model returned the following errors: )/i;

/** Texts of validation errors; throttling first, as its texts speak of tokens too. */
function kindOfText(text: string | undefined, status: number): FailureKind | undefined {
  if (text === undefined) return undefined;
  const message = text.slice(0, 1_000).replace(OF_THE_MODEL, '');
  if (DAILY_QUOTA.test(message)) return 'quota-exhausted';
  if (THROTTLED.test(message)) return 'rate-limited';
  if (status !== 400 && status !== 413) return undefined;
  if (UNKNOWN_MODEL.test(message)) return 'model-unavailable';
  return TOO_LONG.test(message) ? 'context-too-long' : undefined;
}

function exceptionName(error: UpstreamError): string | undefined {
  const header = error.headers['x-amzn-errortype'];
  if (error.reason === 'status' && header) return header.split(':', 1)[0];
  const body = error.body;
  const type = typeof body === 'object' && body !== null && '__type' in body ? body.__type : undefined;
  return typeof type === 'string' && type !== '' ? type.slice(type.lastIndexOf('#') + 1) : undefined;
}

function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { message, Message } = body as { message?: unknown; Message?: unknown };
  const text = message ?? Message;
  return typeof text === 'string' && text !== '' ? text : undefined;
}
