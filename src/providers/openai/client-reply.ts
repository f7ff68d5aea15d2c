import { APIError, type APIPromise } from 'openai';
import { isJsonType } from '../../core/is-json-type.ts';
import type { ItemSource } from '../../core/item-source.ts';
import type { AttemptContext, UpstreamReply, UpstreamRequest } from '../provider.ts';
import { UpstreamError } from '../upstream-error.ts';
import { wholeAsStream } from '../whole-as-stream.ts';
import type { WireExchange } from '../wire.ts';
import { fromResponse } from './from-response.ts';
import { fromParsedStream } from './from-stream.ts';
import type { VendorQuirks } from './quirks.ts';
import { toOwnError } from './to-own-error.ts';

/** The reply to a request that an OpenAI client has sent. */
export async function clientReply(
  sent: APIPromise<unknown>,
  request: UpstreamRequest,
  context: AttemptContext,
  quirks: VendorQuirks,
): Promise<UpstreamReply> {
  if (!request.stream) return wholeReply(await sent.asResponse(), request, context, quirks);
  const response = await sent.asResponse();
  const exchange = exchangeOf(response, request, context);
  if (isJson(exchange)) return wholeAsStream(await wholeBody(response, exchange, quirks), exchange);
  const { data } = await sent.withResponse();
  const { status, headers } = exchange;
  if (!isAsyncIterable(data)) throw new UpstreamError('not-an-answer', status, headers, data);
  const items = fromParsedStream(pulled(data, context), exchange, quirks);
  return { kind: 'stream', status, headers, items, reported: () => items.reported() };
}

/** What the client throws although it is no error on a path that is handed through: not modified, and the like. */
export function handedBack(error: unknown, { operation }: UpstreamRequest): UpstreamReply | undefined {
  if (operation !== 'passthrough' || !(error instanceof APIError) || !(error.status >= 300 && error.status < 400))
    return undefined;
  const body = error.error === undefined ? '' : JSON.stringify({ error: error.error });
  const headers = Object.fromEntries(error.headers ?? []);
  return { kind: 'bytes', status: error.status, headers, bytes: Buffer.from(body) };
}

async function wholeReply(
  response: Response,
  request: UpstreamRequest,
  context: AttemptContext,
  quirks: VendorQuirks,
): Promise<UpstreamReply> {
  const exchange = exchangeOf(response, request, context);
  const { status, headers } = exchange;
  const isText = !isJson(exchange);
  if (request.asBytes === true && isText && response.body !== null)
    return { kind: 'chunks', status, headers, items: pulled(response.body, context) as ItemSource<Uint8Array> };
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isUnread = request.operation === 'passthrough' && parsed(bytes) === undefined;
  if (isUnread || request.operation === 'audio.speech' || (isText && TEXT_OPERATIONS.has(request.operation))) {
    return { kind: 'bytes', status, headers, bytes };
  }
  return { kind: 'object', status, headers, body: fromResponse(parse(bytes, exchange), exchange, quirks) };
}

async function wholeBody(response: Response, exchange: WireExchange, quirks: VendorQuirks): Promise<unknown> {
  return fromResponse(parse(new Uint8Array(await response.arrayBuffer()), exchange), exchange, quirks);
}

function isJson({ headers }: WireExchange): boolean {
  return isJsonType(headers['content-type']);
}

const TEXT_OPERATIONS: ReadonlySet<string> = new Set(['audio.transcription', 'audio.translation', 'passthrough']);

function parse(bytes: Uint8Array, { status, headers }: WireExchange): unknown {
  const body = parsed(bytes);
  if (body !== undefined) return body;
  throw new UpstreamError('not-an-answer', status, headers, Buffer.from(bytes).toString('utf8').slice(0, 2_000));
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

function exchangeOf(response: Response, request: UpstreamRequest, context: AttemptContext): WireExchange {
  const headers = Object.fromEntries(response.headers);
  if (context.progress) Object.assign(context.progress, { answered: headers, accepted: true });
  return {
    request,
    requestId: context.requestId,
    status: response.status,
    headers,
    createdSeconds: Math.floor(context.clock.now() / 1000),
    clock: context.clock,
  };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The client's stream, pulled. Leaving its iterator makes the client abort the request. */
function pulled(stream: AsyncIterable<unknown>, { cancellation }: AttemptContext): ItemSource<unknown> {
  const iterator = stream[Symbol.asyncIterator]();
  let over = false;
  return {
    async next() {
      if (over) return undefined;
      try {
        const { done, value } = await iterator.next();
        if (done !== true) return value;
        over = true;
      } catch (error) {
        over = true;
        if (cancellation.cancelled) throw cancellation.reason;
        throw toOwnError(error, 'error-in-stream');
      }
      // The client ends an aborted stream as if it were whole.
      if (cancellation.cancelled) throw cancellation.reason;
      return undefined;
    },
    cancel() {
      over = true;
      iterator.return?.()?.then(undefined, () => {});
    },
  };
}
