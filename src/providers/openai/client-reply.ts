import type { APIPromise } from 'openai';
import type { ItemSource } from '../../core/item-source.ts';
import type { AttemptContext, UpstreamReply, UpstreamRequest } from '../provider.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import { toOwnError } from './client-errors.ts';
import { fromResponse } from './from-response.ts';
import { fromParsedStream } from './from-stream.ts';
import type { VendorQuirks } from './quirks.ts';

/** The reply to a request that an OpenAI client has sent. */
export async function clientReply(
  sent: APIPromise<unknown>,
  request: UpstreamRequest,
  context: AttemptContext,
  quirks: VendorQuirks,
): Promise<UpstreamReply> {
  if (!request.stream) return wholeReply(await sent.asResponse(), request, context, quirks);
  const { data, response } = await sent.withResponse();
  const exchange = exchangeOf(response, request, context);
  const { status, headers } = exchange;
  if (!isAsyncIterable(data)) throw new UpstreamError('not-an-answer', status, headers, data);
  const items = fromParsedStream(pulled(data, context), exchange, quirks);
  return { kind: 'stream', status, headers, items, reported: () => items.reported() };
}

async function wholeReply(
  response: Response,
  request: UpstreamRequest,
  context: AttemptContext,
  quirks: VendorQuirks,
): Promise<UpstreamReply> {
  const exchange = exchangeOf(response, request, context);
  const { status, headers } = exchange;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const json = (headers['content-type'] ?? '').includes('json');
  if (request.operation === 'audio.speech' || (!json && TEXT_OPERATIONS.has(request.operation))) {
    return { kind: 'bytes', status, headers, bytes };
  }
  return { kind: 'object', status, headers, body: fromResponse(parse(bytes, exchange), exchange, quirks) };
}

const TEXT_OPERATIONS: ReadonlySet<string> = new Set(['audio.transcription', 'audio.translation', 'passthrough']);

function parse(bytes: Uint8Array, { status, headers }: WireExchange): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new UpstreamError('not-an-answer', status, headers, text.slice(0, 2_000));
  }
}

function exchangeOf(response: Response, request: UpstreamRequest, context: AttemptContext): WireExchange {
  const headers = Object.fromEntries(response.headers);
  if (context.progress) context.progress.answered = headers;
  return {
    request,
    requestId: context.requestId,
    status: response.status,
    headers,
    createdSeconds: Math.floor(context.clock.now() / 1000),
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
