import { mayBeJoined } from '../core/chunk-join.ts';
import type { Clock } from '../core/clock.ts';
import type { Failure } from '../core/failure.ts';
import { isJsonType } from '../core/is-json-type.ts';
import { nextTurn } from '../core/next-turn.ts';
import { REDACTED } from '../core/redact-error.ts';
import { Redactor } from '../core/redactor.ts';
import type { Secret } from '../core/secret.ts';
import { SentCredentials } from '../core/sent-credentials.ts';
import type { HttpReply, HttpRequest, Transport } from '../core/transport.ts';
import { batchingProvider } from './batching-provider.ts';
import { classify } from './classify.ts';
import { readCut, readReceived } from './cut-answer.ts';
import { droppingProvider } from './drop.ts';
import { headOfText, saysError, statusIn } from './error-body.ts';
import { exchangeOf } from './exchange-of.ts';
import { explainForeign } from './explain-foreign.ts';
import { encodeForm } from './form-body.ts';
import { jsonBytes } from './json-bytes.ts';
import { orMalformed } from './or-malformed.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from './provider.ts';
import { asRequestInvalid, RequestInvalid } from './request-invalid.ts';
import { UpstreamError } from './upstream-error.ts';
import { isTranscript, wholeAsStream } from './whole-as-stream.ts';
import type { Account, Wire, WireExchange, WireRequest } from './wire.ts';

/** What every wire's provider is made of, beside its wire. */
export interface ProviderParts {
  readonly account: Account;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** A provider that speaks `wire` to an account. */
export function wireProvider(vendor: string, wire: Wire, { account, transport, clock }: ProviderParts): Provider {
  const pathUnder = joinedTo(account.basePath);
  const provider: Provider = {
    name: account.name,
    vendor,
    origin: account.origin,
    supports: (operation) => wire.operations.has(operation),
    capabilities: (upstreamModel) => wire.capabilities(upstreamModel),
    unsupported: (request) => wire.unsupported(request),
    judgedAs: wire.judgedAs && ((upstreamModel) => wire.judgedAs?.(upstreamModel) ?? upstreamModel),
    classify: (error): Failure =>
      classify(
        error,
        (upstreamError, nowMs) => explainForeign(upstreamError, wire.explain(upstreamError, nowMs)),
        clock.now(),
        (body) => wire.usageIn(body),
      ),
    async send(request, context) {
      const { answer, encoding } = translated(wire, request, account, context, pathUnder);
      const httpRequest = encoding instanceof Promise ? await encoding : encoding;
      const token = adminKeyFor(request, account) ?? context.credential?.token();
      const secret = token instanceof Promise ? await token : token;
      const authorising = wire.authorise(httpRequest, secret, account);
      const authorised = authorising instanceof Promise ? await authorising : authorising;
      const credentials = new SentCredentials(authorised.headers);
      if (context.progress) context.progress.credentials = credentials;
      try {
        const reply = await transport.send(authorised, {
          answer: answer === 'whole' && mayBeJoined(request.operation) ? 'whole-or-events' : answer,
          cancellation: context.cancellation,
          timeouts: context.timeouts,
          clock: context.clock,
          progress: context.progress,
          newSocket: context.newSocket,
        });
        if (context.progress) context.progress.answered = reply.headers;
        return toUpstreamReply(reply, request, context, wire);
      } catch (error) {
        readReceived(request, context, wire);
        throw error instanceof UpstreamError ? error[REDACTED](new Redactor(credentials.values())) : error;
      }
    },
  };
  const whole = wire.mostInputs ? batchingProvider(provider, wire.mostInputs) : provider;
  return droppingProvider(whole, account.drop);
}

// The paths of the openai package (7.57) whose methods ask for an admin key.
const ADMINISTRATION = /^\/(?:organization|projects|fine_tuning\/checkpoints\/[^/]+\/permissions)(?:\/|$)/;

function adminKeyFor({ passthrough }: UpstreamRequest, { adminKey }: Account): Secret | undefined {
  return adminKey !== undefined && passthrough !== undefined && ADMINISTRATION.test(passthrough.path) ? adminKey : undefined;
}

interface Translated {
  readonly answer: WireRequest['answer'];
  readonly encoding: HttpRequest | Promise<HttpRequest>;
}

/** Whatever a translation throws is the request's fault, and never the provider's, which has seen nothing of it. */
function translated(
  wire: Wire,
  request: UpstreamRequest,
  account: Account,
  context: AttemptContext,
  pathUnder: (path: string) => string,
): Translated {
  try {
    if (request.query !== undefined && wire.takesQuery !== true)
      throw new RequestInvalid('query', 'none: this provider takes no query of a caller');
    const wireRequest = wire.toRequest(request, account, context);
    const encoding = toHttpRequest(wireRequest, pathUnder(wireRequest.path), request, account);
    return { answer: wireRequest.answer, encoding };
  } catch (error) {
    throw asRequestInvalid(error);
  }
}

/** In UTF-16 units: some milliseconds of work. */
const LARGE_TEXT = 512 * 1024;

/** A promise only if a form is to be encoded, or a text is large. */
function toHttpRequest(
  wireRequest: WireRequest,
  path: string,
  request: UpstreamRequest,
  account: Account,
): HttpRequest | Promise<HttpRequest> {
  const { method, body } = wireRequest;
  const { origin } = account;
  const headers: Record<string, string> = { ...account.headers };
  if (request.headers !== undefined) Object.assign(headers, request.headers);
  if (wireRequest.headers !== undefined) Object.assign(headers, wireRequest.headers);
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream)
    return { method, origin, path, headers, body };
  if (body instanceof FormData) return withForm({ method, origin, path, headers, body: undefined }, body);
  headers['content-type'] ??= 'application/json';
  if (request.largeBytes !== undefined)
    return withLarge({ method, origin, path, headers, body: undefined }, body, request.largeBytes);
  const text = JSON.stringify(body);
  if (text.length < LARGE_TEXT) return { method, origin, path, headers, body: text };
  // Others have their turn of the event loop before a large text is made bytes of; it does not stay beside them.
  return nextTurn().then(() => ({ method, origin, path, headers, body: Buffer.from(text) }));
}

/** In a turn of its own. A translation may have made what nests too deeply of a text of the caller's. */
async function withLarge(request: HttpRequest, body: object, expectedBytes: number): Promise<HttpRequest> {
  await nextTurn();
  try {
    return { ...request, body: jsonBytes(body, expectedBytes) };
  } catch (error) {
    throw asRequestInvalid(error);
  }
}

/** Joins a path to a base; most requests repeat the one before, whose string the engine has already put in one piece. */
function joinedTo(basePath: string): (path: string) => string {
  let last = '';
  let joined = basePath;
  return (path) => {
    if (path !== last) {
      last = path;
      joined = basePath + path;
    }
    return joined;
  };
}

async function withForm(request: HttpRequest, form: FormData): Promise<HttpRequest> {
  const { contentType, body } = await encodeForm(form);
  return { ...request, headers: { ...request.headers, 'content-type': contentType }, body };
}

function toUpstreamReply(reply: HttpReply, request: UpstreamRequest, context: AttemptContext, wire: Wire): UpstreamReply {
  const { status, headers } = reply;
  const exchange = exchangeOf(reply, request, context);
  if (reply.kind === 'bytes') return { kind: 'chunks', status, headers, items: reply.chunks };
  if (reply.kind !== 'whole') {
    const items = wire.fromStream(reply.events, exchange);
    return { kind: 'stream', status, headers, items, reported: () => items.reported() };
  }
  if (isHandedBack(reply, request)) return { kind: 'bytes', status, headers, bytes: reply.body };
  if (status < 200 || status > 299) throw new UpstreamError('status', status, headers, parseBody(reply.body));
  if (request.stream) return wholeAsStream(streamedBody(reply, exchange, context, wire), exchange);
  if (answersBytes(request, headers)) {
    if (isNoMedia(request, reply)) throw notAnAnswer(reply);
    return { kind: 'bytes', status, headers, bytes: reply.body };
  }
  const body = parseJson(reply.body);
  // What a path answers that is handed through nobody knows: nothing, or no JSON, is an answer too.
  if (body === undefined && request.operation === 'passthrough') return { kind: 'bytes', status, headers, bytes: reply.body };
  if (body === undefined) throw unreadable(reply, exchange, context, wire);
  return { kind: 'object', status, headers, body: readAnswer(wire, body, exchange) };
}

function readAnswer(wire: Wire, body: unknown, exchange: WireExchange): unknown {
  try {
    return wire.fromResponse(body, exchange);
  } catch (error) {
    throw orMalformed(error, exchange, body);
  }
}

/** What is no error on a path that is handed through: not modified, and the like; and a stream of nothing. */
function isHandedBack({ status, body }: WholeReply, { operation, stream }: UpstreamRequest): boolean {
  if (operation !== 'passthrough') return false;
  return status >= 300 ? status < 400 : status >= 200 && stream && body.byteLength === 0;
}

/** What came whole if a stream was asked for: JSON of the wire, or the text of a transcript. */
function streamedBody(reply: WholeReply, exchange: WireExchange, context: AttemptContext, wire: Wire): unknown {
  const body = parseJson(reply.body);
  if (exchange.request.operation === 'passthrough' && isError(body)) {
    throw new UpstreamError('error-in-answer', reply.status, reply.headers, body);
  }
  if (body !== undefined) return readAnswer(wire, body, exchange);
  if (!isTranscript(exchange.request.operation, reply.headers['content-type'])) throw unreadable(reply, exchange, context, wire);
  return textOf(reply.body);
}

/** An error, and nothing that tells of one it had, as a response does. */
function isError(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body && Boolean(body.error) && !('object' in body);
}

const UNASKED = 'the upstream answered with a stream of events, which was not asked for';

function isEvents(headers: Readonly<Record<string, string>>): boolean {
  return (headers['content-type'] ?? '').includes('event-stream');
}

function answersBytes(request: UpstreamRequest, headers: Readonly<Record<string, string>>): boolean {
  if (request.operation === 'audio.speech') return true;
  const mayBeText =
    request.operation === 'audio.transcription' ||
    request.operation === 'audio.translation' ||
    request.operation === 'passthrough';
  return mayBeText && !isJsonType(headers['content-type']);
}

/** Whether bytes that should be speech or a transcript are a page, nothing, or the JSON of an error of whatever type. */
function isNoMedia({ operation }: UpstreamRequest, { headers, body: bytes }: WholeReply): boolean {
  if (operation === 'passthrough') return false;
  if ((headers['content-type'] ?? '').startsWith('text/html')) return true;
  if (bytes.length === 0) return operation === 'audio.speech';
  if (bytes.length > LONGEST_ERROR || (bytes[0] !== BRACE && bytes[0] !== BRACKET)) return false;
  return saysError(parseJson(bytes));
}

const LONGEST_ERROR = 65_536;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const BYTE_ORDER_MARK = 0xfeff;

type WholeReply = HttpReply & { readonly kind: 'whole' };

/** A 2xx whose body is no JSON. */
function unreadable(reply: WholeReply, exchange: WireExchange, context: AttemptContext, wire: Wire): UpstreamError {
  const cut = readCut(reply.body, wire, exchange, context);
  if (cut === undefined) return notAnAnswer(reply, isEvents(reply.headers) ? UNASKED : undefined);
  return notAnAnswer(reply, 'the answer of the upstream ended before it was whole', cut);
}

/** A 2xx whose body is no answer of the wire. */
function notAnAnswer({ status, headers, body: bytes }: WholeReply, message?: string, body = parseBody(bytes)): UpstreamError {
  if (!saysError(body)) return new UpstreamError('not-an-answer', status, headers, body, message);
  return new UpstreamError('error-in-answer', statusIn(body) ?? status, headers, body);
}

/** The body as JSON if it is, else the head of its text. */
function parseBody(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  return parseText(text) ?? headOfText(text);
}

function parseJson(bytes: Uint8Array): unknown {
  return parseText(textOf(bytes));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function parseText(text: string): unknown {
  try {
    // RFC 8259, section 8.1: a byte order mark may be passed over.
    return JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}
