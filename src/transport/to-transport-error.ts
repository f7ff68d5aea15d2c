import { TransportError, type TransportFault } from '../core/transport-error.ts';

/** How far a request had come when it failed. */
export interface RequestProgress {
  readonly host: string;
  /** A socket was there and the request was handed to it. */
  readonly sent: boolean;
  /** A byte of the answer arrived. */
  readonly answered: boolean;
  /** The socket carried a request before. */
  readonly reusedSocket: boolean;
}

/** Any error of the HTTP client, the system or TLS as a `TransportError`. Pure; the message names the host only. */
export function toTransportError(error: unknown, progress: RequestProgress): TransportError {
  const code = codeOf(error);
  const fault = faultOf(error, code, progress);
  const isInvalidRequest = fault === 'invalid-request';
  return new TransportError(fault, `${DESCRIPTIONS[fault]} (${progress.host})`, {
    ...(code === undefined ? {} : { code }),
    neverSent: !progress.sent || isInvalidRequest,
    staleSocket: fault === 'closed-before-answer' && progress.sent && progress.reusedSocket && !isResetStream(code),
    // These two quote what was to be sent or what was received.
    ...(isInvalidRequest || isParserError(error) ? {} : { cause: error }),
  });
}

const DESCRIPTIONS: Readonly<Record<TransportFault, string>> = {
  'connect-refused': 'no connection could be made',
  'connect-timeout': 'no connection was made in time',
  dns: 'the host name could not be resolved',
  'dns-temporary': 'the host name could not be resolved for now',
  tls: 'no secure connection could be made',
  proxy: 'the proxy refused the connection',
  'closed-before-answer': 'the connection closed before an answer came',
  'closed-in-answer': 'the connection closed inside the answer',
  'first-byte-timeout': 'no answer came in time',
  'idle-timeout': 'the answer stopped',
  'malformed-answer': 'the answer is not valid HTTP',
  'too-large': 'the head of the answer is too large',
  redirect: 'the answer is a redirect',
  'invalid-request': 'the request is not valid HTTP',
};

function faultOf(error: unknown, code: string | undefined, { sent, answered }: RequestProgress): TransportFault {
  if (code !== undefined) {
    const fault = sent ? FAULTS_AFTER_SENDING.get(code) : FAULTS_BEFORE_SENDING.get(code);
    if (fault !== undefined) return fault;
    if (!sent && TLS_CODE.test(code)) return 'tls';
  }
  if (isParserError(error)) return faultOfParser(error, sent);
  if (!sent) return 'connect-refused';
  return answered ? 'closed-in-answer' : 'closed-before-answer';
}

// Without a socket a broken answer is the proxy's. The rest that the parser quotes is empty if the socket ended.
function faultOfParser(error: Error & { data?: unknown }, sent: boolean): TransportFault {
  if (!sent) return 'proxy';
  return error.data === '' ? 'closed-in-answer' : 'malformed-answer';
}

const FAULTS_BEFORE_SENDING: ReadonlyMap<string, TransportFault> = new Map([
  ['ECONNREFUSED', 'connect-refused'],
  ['ETIMEDOUT', 'connect-timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
  ['ENOTFOUND', 'dns'],
  ['ENODATA', 'dns'],
  ['EAI_AGAIN', 'dns-temporary'],
  ['ESERVFAIL', 'dns-temporary'],
  ['ETIMEOUT', 'dns-temporary'],
  ['EPROTO', 'tls'],
  ['UND_ERR_ABORTED', 'proxy'],
  ['UND_ERR_PRX_TLS', 'proxy'],
  ['UND_ERR_PRX_CONN', 'proxy'],
  ['UND_ERR_SOCKS5', 'proxy'],
  ['UND_ERR_INVALID_ARG', 'invalid-request'],
  ['UND_ERR_NOT_SUPPORTED', 'invalid-request'],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'invalid-request'],
]);

const FAULTS_AFTER_SENDING: ReadonlyMap<string, TransportFault> = new Map([
  ['UND_ERR_HEADERS_OVERFLOW', 'too-large'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'too-large'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'closed-in-answer'],
  ['UND_ERR_HEADERS_TIMEOUT', 'first-byte-timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'idle-timeout'],
  // A proxy without a tunnel answers 407 itself, which the client reports so.
  ['UND_ERR_INVALID_ARG', 'proxy'],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'invalid-request'],
]);

// OpenSSL's and Node's names for certificates that do not verify, and for handshakes that fail.
const TLS_CODE = /^ERR_(SSL|TLS)_|CERT|CRL|SIGNATURE|ISSUER|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)/;

const DEEPEST_CAUSE = 5;

/** The first code on the chain of causes, looking into the several attempts of a connection too. */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth === DEEPEST_CAUSE) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return codeOf(inner, depth + 1);
}

/** HTTP/2 ended one stream: its socket is not stale, and whether the request was begun is not known. */
function isResetStream(code: string | undefined): boolean {
  return code === 'ERR_HTTP2_STREAM_ERROR' || code === 'UND_ERR_INFO';
}

function isParserError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'HTTPParserError';
}
