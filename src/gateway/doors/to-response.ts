import { NamedEvent } from '../../core/named-event.ts';
import type { Answer, AnswerStream } from '../../pipeline/run.ts';
import { errorBody } from './error-response.ts';

/** The answer as HTTP: OpenAI's wire, with the route in its headers. */
export function toResponse(answer: Answer): Response {
  const { record, status, attempt } = answer;
  const headers = new Headers(attempt.handedOn(answer.headers));
  const { location } = answer.headers;
  if (leadsToMade(status, location) && attempt.passes(location)) headers.set('location', location);
  const route = record.route();
  headers.set('x-tollgate-request-id', route.requestId);
  if (!headers.has('x-request-id')) headers.set('x-request-id', route.requestId);
  if (record.deployment) headers.set('x-tollgate-deployment', toHeaderText(record.deployment.id));
  if (record.deployment) headers.set('x-tollgate-provider', record.deployment.provider);
  headers.set('x-tollgate-attempts', String(route.attempts.length));
  if (route.cache !== undefined) headers.set('x-tollgate-cache', route.cache.hit ? 'hit' : 'miss');
  if (!('stream' in answer) && route.costUsd !== undefined) headers.set('x-tollgate-cost-usd', String(route.costUsd));
  if (answer.kind === 'stream') {
    headers.set('content-type', 'text/event-stream; charset=utf-8');
    headers.set('cache-control', 'no-cache');
    return new Response(toEventStream(answer.stream, record.call.operation), { status, headers });
  }
  if (answer.kind === 'chunks') return new Response(toBytes(answer.stream), { status, headers });
  if (WITHOUT_BODY.has(status)) return new Response(null, { status, headers });
  if (answer.kind === 'bytes' && answer.bytes.byteLength === 0) return new Response(new Uint8Array(), { status, headers });
  headers.set(
    'content-type',
    answer.kind === 'object' ? 'application/json' : (headers.get('content-type') ?? 'application/octet-stream'),
  );
  return new Response(answer.kind === 'object' ? JSON.stringify(answer.body) : Buffer.from(answer.bytes), { status, headers });
}

/** Whether a location is that of what was made, below the same address: a redirect is not followed, and no upstream named. */
function leadsToMade(status: number, location: string | undefined): location is string {
  return status < 300 && location !== undefined && /^\/(?!\/)/.test(location);
}

/** As it is, if a header can have it. */
function toHeaderText(name: string): string {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(name) ? name : encodeURIComponent(name);
}

// Which have none by HTTP (RFC 9110, section 6.4.1), whatever came.
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Bytes as they come: nothing is read before somebody reads, and who stops reading ends the call. */
function toBytes(stream: AnswerStream): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await stream.next();
        if (!done) return controller.enqueue(value as Uint8Array<ArrayBuffer>);
        controller.close();
      },
      async cancel() {
        await stream.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * A stream as server-sent events in OpenAI's form; a failure after the commit is a `data: {"error":…}` event. Nothing is taken
 * from the stream before the body is read: the client looks at the body of answers whose items it reads itself.
 */
function toEventStream(stream: AnswerStream, operation: string): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await stream.next();
          if (!done) return controller.enqueue(encoder.encode(toEvent(value, operation)));
          if (operation !== 'responses') controller.enqueue(encoder.encode('data: [DONE]\n\n'));
        } catch (error) {
          controller.enqueue(encoder.encode(`data: ${JSON.stringify(errorBody(error))}\n\n`));
        }
        controller.close();
      },
      async cancel() {
        await stream.return();
      },
    },
    { highWaterMark: 0 },
  );
}

function toEvent(item: unknown, operation: string): string {
  if (item instanceof NamedEvent) return `event: ${item.event}\ndata: ${JSON.stringify(item.data)}\n\n`;
  const { type } = (item ?? {}) as { type?: unknown };
  const isNamed = operation === 'responses' || (operation === 'passthrough' && String(type).startsWith('response.'));
  return `${isNamed ? `event: ${type}\n` : ''}data: ${JSON.stringify(item)}\n\n`;
}
