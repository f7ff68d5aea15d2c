import { APIError, OpenAIError } from 'openai';
import { Stream } from 'openai/core/streaming';
import { NamedEvent } from '../core/named-event.ts';
import { BudgetExceededError } from '../errors/budget-exceeded-error.ts';
import type { Answer, AnswerStream } from '../pipeline/run.ts';
import { attachRecord } from './route-of.ts';

/** An answer in the forms that OpenAI's client hands out. Stands where the client has the parts of a response, hence the names. */
export interface HandedOver {
  /** The client repairs the items of a stream it is told of; ours need none. In the body it finds how to parse the answer. */
  readonly options: { readonly method: 'post'; readonly path: string; readonly stream: false; readonly body?: unknown };
  readonly response: Response;
  /** The parsed object, the stream, the text, or the response itself where bytes were asked for. */
  value(): unknown;
}

/** An answer that the gateway gives itself. */
export function handedLocally(body: object, path: string): HandedOver {
  const response = Response.json(body);
  return { options: { method: 'post', path, stream: false }, response, value: () => body };
}

/** The answer of a call: its `Response` is made only when somebody asks for it. */
export class Handed implements HandedOver {
  readonly options: HandedOver['options'];
  readonly #answer: Answer;
  readonly #binary: boolean;
  #response: Response | undefined;
  #value: unknown;
  #taken = false;

  constructor(answer: Answer, binary: boolean, path: string, body: unknown) {
    this.#answer = answer;
    this.#binary = binary;
    this.options = { method: 'post', path, stream: false, body };
  }

  get response(): Response {
    this.#response ??= toResponse(this.#answer);
    return this.#response;
  }

  value(): unknown {
    if (!this.#taken) {
      this.#taken = true;
      this.#value = this.#take();
      attachRecord(this.#value, this.#answer.record);
    }
    return this.#value;
  }

  #take(): unknown {
    const answer = this.#answer;
    if (this.#binary) return this.response;
    if (answer.kind === 'stream') return toStream(answer.stream, answer.record.call.operation);
    if (answer.kind === 'chunks') return this.response;
    if (answer.kind === 'bytes') return toText(answer);
    const { body } = answer;
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
      const id = answer.headers['x-request-id'];
      Object.defineProperty(body, '_request_id', {
        value: id !== undefined && answer.attempt.passes(id) ? id : answer.record.call.requestId,
        enumerable: false,
        configurable: true,
      });
    }
    return body;
  }
}

function toStream(items: AnswerStream, operation: string): Stream<unknown> {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', () => void items.return(), { once: true });
  let iterated = false;
  return new Stream(
    () => {
      if (iterated) throw new OpenAIError('Cannot iterate over a consumed stream, use `.tee()` to split the stream.');
      iterated = true;
      return operation === 'passthrough' ? shown(items) : (items as AsyncIterator<unknown>);
    },
    controller,
    undefined,
  );
}

/** The items of a stream that is handed through, as OpenAI's client gives them. */
function shown(metered: AnswerStream): AsyncIterator<unknown> {
  return {
    async next() {
      const next = await metered.next();
      const { value } = next;
      if (next.done === true || !(value instanceof NamedEvent)) return next;
      return { done: false, value: value.isOfThread ? { event: value.event, data: value.data } : value.data };
    },
    return: () => metered.return(),
  };
}

/** The answer as HTTP: OpenAI's wire, with the route in its headers. */
export function toResponse(answer: Answer): Response {
  const { record, status, attempt } = answer;
  const headers = new Headers(attempt.handedOn(answer.headers));
  const route = record.route();
  headers.set('x-tollgate-request-id', route.requestId);
  if (!headers.has('x-request-id')) headers.set('x-request-id', route.requestId);
  if (record.deployment) headers.set('x-tollgate-deployment', toHeaderText(record.deployment.id));
  if (record.deployment) headers.set('x-tollgate-provider', record.deployment.provider);
  headers.set('x-tollgate-attempts', String(route.attempts.length));
  if (!('stream' in answer) && route.costUsd !== undefined) headers.set('x-tollgate-cost-usd', String(route.costUsd));
  if (answer.kind === 'stream') {
    headers.set('content-type', 'text/event-stream; charset=utf-8');
    headers.set('cache-control', 'no-cache');
    return new Response(toEventStream(answer.stream, record.call.operation), { status, headers });
  }
  if (answer.kind === 'chunks') return new Response(toBytes(answer.stream), { status, headers });
  if (answer.kind === 'bytes' && answer.bytes.byteLength === 0)
    return new Response(WITHOUT_BODY.has(status) ? null : new Uint8Array(), { status, headers });
  headers.set(
    'content-type',
    answer.kind === 'object' ? 'application/json' : (headers.get('content-type') ?? 'application/octet-stream'),
  );
  return new Response(answer.kind === 'object' ? JSON.stringify(answer.body) : Buffer.from(answer.bytes), { status, headers });
}

/** As it is, where a header can have it. */
function toHeaderText(name: string): string {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(name) ? name : encodeURIComponent(name);
}

// Which have none by HTTP (RFC 9110, section 6.4.1).
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** What OpenAI's client gives for an answer that is no JSON, or that is JSON and could not be read before. */
function toText({ status, bytes, headers }: Answer & { readonly kind: 'bytes' }): unknown {
  if (status === 204) return null;
  const isJson = headers['content-type']?.split(';', 1)[0]?.trim().endsWith('json') === true;
  const text = Buffer.from(bytes).toString('utf8');
  if (!isJson) return text;
  return text === '' ? undefined : JSON.parse(text);
}

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

/** An error as the body of OpenAI's wire; of one that is not for callers, nothing is told. */
export function errorBody(error: unknown): {
  error: { message: string; type: string; param: string | null; code: string } & Record<string, unknown>;
} {
  const code = (error instanceof APIError && error.code) || 'internal_error';
  if (!(error instanceof APIError)) return { error: { message: 'internal error', type: code, param: null, code } };
  return { error: { message: messageOf(error), type: error.type ?? code, param: error.param ?? null, code, ...factsOf(error) } };
}

/** Without the status that OpenAI's class puts before it: whoever reads the body puts it there again. */
function messageOf({ error, message, status }: APIError): string {
  const own = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  if (typeof own === 'string' && own !== '') return own;
  return status !== undefined && message.startsWith(`${status} `) ? message.slice(`${status} `.length) : message;
}

/** What a program can act on, of a budget that refuses. */
function factsOf(error: APIError): Record<string, unknown> {
  if (!(error instanceof BudgetExceededError)) return {};
  const { budget, reason, remaining, resetAt } = error;
  return { budget, reason, remaining, reset_at: resetAt === null ? null : new Date(resetAt).toISOString() };
}
