import type { Clock } from '../core/clock.ts';
import type { Failure } from '../core/failure.ts';
import type { HttpReply, HttpRequest, Transport } from '../core/transport.ts';
import { classify } from './classify.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from './provider.ts';
import { UpstreamError } from './upstream-error.ts';
import type { Account, Wire, WireExchange, WireRequest } from './wire.ts';

/** What every wire's provider is made of, beside its wire. */
export interface ProviderParts {
  readonly account: Account;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** A provider that speaks `wire` to an account. */
export function wireProvider(vendor: string, wire: Wire, { account, transport, clock }: ProviderParts): Provider {
  return {
    name: account.name,
    vendor,
    supports: (operation) => wire.operations.has(operation),
    capabilities: (upstreamModel) => wire.capabilities(upstreamModel),
    unsupported: (request) => wire.unsupported(request),
    classify: (error): Failure => classify(error, (upstreamError, nowMs) => wire.explain(upstreamError, nowMs), clock.now()),
    async send(request, context) {
      const wireRequest = wire.toRequest(request, account, context);
      const httpRequest = await toHttpRequest(wireRequest, request, account);
      const token = context.credential?.token();
      const secret = token instanceof Promise ? await token : token;
      const authorised = wire.authorise(httpRequest, secret, account);
      const reply = await transport.send(authorised instanceof Promise ? await authorised : authorised, {
        answer: wireRequest.answer,
        cancellation: context.cancellation,
        timeouts: context.timeouts,
        clock: context.clock,
      });
      return toUpstreamReply(reply, request, context, wire);
    },
  };
}

async function toHttpRequest(wireRequest: WireRequest, request: UpstreamRequest, account: Account): Promise<HttpRequest> {
  const headers: Record<string, string> = { ...account.headers, ...request.headers, ...wireRequest.headers };
  let body: string | Uint8Array | undefined;
  if (wireRequest.body instanceof FormData) {
    const encoded = new Response(wireRequest.body);
    headers['content-type'] = encoded.headers.get('content-type') ?? 'multipart/form-data';
    body = new Uint8Array(await encoded.arrayBuffer());
  } else if (typeof wireRequest.body === 'string' || wireRequest.body instanceof Uint8Array) {
    body = wireRequest.body;
  } else if (wireRequest.body !== undefined) {
    headers['content-type'] ??= 'application/json';
    body = JSON.stringify(wireRequest.body);
  }
  return { method: wireRequest.method, origin: account.origin, path: account.basePath + wireRequest.path, headers, body };
}

function toUpstreamReply(reply: HttpReply, request: UpstreamRequest, context: AttemptContext, wire: Wire): UpstreamReply {
  const { status, headers } = reply;
  const exchange: WireExchange = {
    request,
    requestId: context.requestId,
    status,
    headers,
    createdSeconds: Math.floor(context.clock.now() / 1000),
  };
  if (reply.kind !== 'whole') return { kind: 'stream', status, headers, items: wire.fromStream(reply.events, exchange) };
  if (status < 200 || status > 299) throw new UpstreamError('status', status, headers, parseBody(reply.body));
  if (request.stream) throw notAnAnswer(reply);
  if (answersBytes(request, headers)) return { kind: 'bytes', status, headers, bytes: reply.body };
  const body = parseJson(reply.body);
  if (body === undefined) throw notAnAnswer(reply);
  return { kind: 'object', status, headers, body: wire.fromResponse(body, exchange) };
}

function answersBytes(request: UpstreamRequest, headers: Readonly<Record<string, string>>): boolean {
  if (request.operation === 'audio.speech') return true;
  const mayBeText =
    request.operation === 'audio.transcription' ||
    request.operation === 'audio.translation' ||
    request.operation === 'passthrough';
  return mayBeText && !(headers['content-type'] ?? '').includes('json');
}

/** A 2xx whose body is no answer of the wire, or a whole body where a stream was asked for. */
function notAnAnswer(reply: HttpReply & { kind: 'whole' }): UpstreamError {
  const body = parseBody(reply.body);
  const reason = hasError(body) ? 'error-in-answer' : 'not-an-answer';
  return new UpstreamError(reason, reply.status, reply.headers, body);
}

function hasError(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body;
}

// What a person needs to recognise a captive portal or a proxy's page.
const LONGEST_TEXT_KEPT = 2_000;

/** The body as JSON where it is, else the head of its text. */
function parseBody(bytes: Uint8Array): unknown {
  return (
    parseJson(bytes) ??
    Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, LONGEST_TEXT_KEPT)).toString('utf8')
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}
