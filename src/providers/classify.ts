import type { Failure, FailureKind } from '../core/failure.ts';
import { redact } from '../core/redact.ts';
import { withToolUses } from '../core/tool-uses.ts';
import { TransportError, type TransportFault } from '../core/transport-error.ts';
import { largerUsage, type Usage } from '../core/usage.ts';
import { CredentialUnavailable } from './credential-unavailable.ts';
import { RequestInvalid } from './request-invalid.ts';
import { retryAfterMs } from './retry-after.ts';
import { UpstreamError } from './upstream-error.ts';
import type { Explanation } from './wire.ts';

/**
 * Any throw of an attempt as data: an upstream's answer by the wire's codes and then by its status, a transport's fault
 * by what it was. Anything else is a fault of the provider's code. Aborts of our own are told apart by the caller,
 * who knows that it cancelled; never by an error's name or message. What a stream reported before it failed and what
 * `usageIn` finds in the body of the error is the failure's usage.
 */
export function classify(
  error: unknown,
  explain: (error: UpstreamError, nowMs: number) => Explanation | undefined,
  nowMs: number,
  usageIn?: (body: unknown) => Usage | undefined,
): Failure {
  if (error instanceof UpstreamError) {
    return fromUpstream(
      error,
      explain(error, nowMs),
      nowMs,
      largerUsage(error.usage, withToolUses(usageIn?.(error.body), error.body)),
    );
  }
  if (error instanceof TransportError) return fromTransport(error);
  if (error instanceof RequestInvalid) return fromRequest(error);
  if (error instanceof CredentialUnavailable) {
    const { code, message } = error;
    return { kind: 'transient', code, message, words: message, reachedProvider: false, cause: error };
  }
  return {
    kind: 'invalid-response',
    code: 'provider_fault',
    message: redact(textOf(error)),
    reachedProvider: true,
    cause: error,
  };
}

/** Anything can be thrown, also what has no text. */
function textOf(error: unknown): string {
  if (error instanceof Error && typeof error.message === 'string') return error.message;
  try {
    return String(error);
  } catch {
    return 'something without a text was thrown';
  }
}

function fromUpstream(
  error: UpstreamError,
  explanation: Explanation | undefined,
  nowMs: number,
  usage: Usage | undefined,
): Failure {
  const kind = explanation?.kind ?? kindOf(error);
  return {
    kind,
    code: explanation?.code || kind.replaceAll('-', '_'),
    message: redact(explanation?.message || error.message + pageIn(error.body)),
    status: error.status,
    type: explanation?.type,
    param: explanation?.param,
    retryAfterMs: explanation?.retryAfterMs ?? retryAfterMs(error.headers, nowMs),
    shouldRetry: toBoolean(error.headers['x-should-retry']),
    reachedProvider: true,
    usage,
    headers: error.headers,
    cause: error,
  };
}

const LONGEST_EXCERPT = 200;

/** The head of a page of HTML, by which a person knows the portal or proxy that answered; of no other body. */
function pageIn(body: unknown): string {
  if (typeof body !== 'string' || !body.trimStart().startsWith('<')) return '';
  return `: ${redact(body.trim().replaceAll(/\s+/g, ' ')).slice(0, LONGEST_EXCERPT)}`;
}

function fromRequest(error: RequestInvalid): Failure {
  return {
    kind: 'request-invalid',
    code: 'invalid_request',
    message: redact(error.message),
    words: error.message,
    status: 400,
    param: error.path,
    reachedProvider: false,
    cause: error,
  };
}

function toBoolean(value: string | undefined): boolean | undefined {
  if (value === 'true') return true;
  return value === 'false' ? false : undefined;
}

function kindOf(error: UpstreamError): FailureKind {
  if (error.reason === 'not-an-answer') return 'invalid-response';
  if (error.reason === 'truncated') return 'transient';
  return kindOfStatus(error.status);
}

/** What a status means if the body tells no more (RFC 9110, RFC 6585; 520 to 524 are Cloudflare's, 529 Anthropic's). */
export function kindOfStatus(status: number): FailureKind {
  switch (status) {
    case 401:
    case 403:
      return 'credential-rejected';
    case 402:
      return 'quota-exhausted';
    case 404:
    case 410:
      return 'model-unavailable';
    case 408:
    case 409:
    case 425:
      return 'transient';
    case 429:
      return 'rate-limited';
    case 451:
      return 'model-unavailable';
    case 503:
    case 529:
      return 'overloaded';
    case 504:
    case 524:
      return 'timeout';
    default:
      return status >= 400 && status < 500 ? 'request-invalid' : 'transient';
  }
}

const KIND_OF_FAULT: Readonly<Record<TransportFault, FailureKind>> = {
  'connect-refused': 'transient',
  'connect-timeout': 'timeout',
  dns: 'transient',
  'dns-temporary': 'transient',
  tls: 'transient',
  proxy: 'transient',
  'closed-before-answer': 'transient',
  'closed-in-answer': 'transient',
  'first-byte-timeout': 'timeout',
  'idle-timeout': 'timeout',
  'malformed-answer': 'invalid-response',
  'too-large': 'invalid-response',
  redirect: 'invalid-response',
  'invalid-request': 'request-invalid',
};

function fromTransport(error: TransportError): Failure {
  return {
    kind: KIND_OF_FAULT[error.fault],
    code: error.code,
    message: redact(error.message),
    reachedProvider: !error.neverSent,
    staleSocket: error.staleSocket,
    usage: error.usage,
    cause: error,
  };
}
