import { OpenAIError } from 'openai';
import { Stream } from 'openai/core/streaming';
import { isJsonType } from '../../core/is-json-type.ts';
import { NamedEvent } from '../../core/named-event.ts';
import { attachRecord } from '../../pipeline/record/route-of.ts';
import type { Answer, AnswerStream } from '../../pipeline/run.ts';
import { toResponse } from './to-response.ts';

/** An answer in the forms that OpenAI's client hands out. Stands where the client has the parts of a response, hence the names. */
export interface ClientAnswer {
  /** The client repairs the items of a stream it is told of; ours need none. In the body it finds how to parse the answer. */
  readonly options: { readonly method: 'post'; readonly path: string; readonly stream: false; readonly body?: unknown };
  readonly response: Response;
  /** The parsed object, the stream, the text, or the response itself if bytes were asked for. */
  value(): unknown;
}

/**
 * What OpenAI's client makes of an event: the data alone, always with the event's name, or as usual with the names of a
 * thread's events and no others.
 */
export type ItemForm = 'usual' | 'data' | 'named';

/** An answer that the gateway gives itself. */
export function localAnswer(body: object, path: string): ClientAnswer {
  const response = Response.json(body);
  return { options: { method: 'post', path, stream: false }, response, value: () => body };
}

/** The answer of a call: its `Response` is made only when somebody asks for it. */
export class CallAnswer implements ClientAnswer {
  readonly options: ClientAnswer['options'];
  readonly #answer: Answer;
  readonly #binary: boolean;
  readonly #form: ItemForm;
  #response: Response | undefined;
  #value: unknown;
  #taken = false;

  constructor(answer: Answer, binary: boolean, path: string, body: unknown, form: ItemForm) {
    this.#answer = answer;
    this.#binary = binary;
    this.#form = form;
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
    if (answer.kind === 'stream') return toStream(answer.stream, answer.record.call.operation, this.#form);
    if (answer.kind === 'chunks') return this.response;
    if (answer.kind === 'bytes' && answer.record.call.stream) return toStream(NO_ITEMS, answer.record.call.operation, this.#form);
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

/** Of a stream that was answered without a body. */
const NO_ITEMS: Pick<AnswerStream, 'next' | 'return'> = {
  next: async () => ({ done: true, value: undefined }),
  return: async () => ({ done: true, value: undefined }),
};

function toStream(items: Pick<AnswerStream, 'next' | 'return'>, operation: string, form: ItemForm): Stream<unknown> {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', () => void items.return(), { once: true });
  const shared = operation === 'passthrough' ? shown(items, form) : (items as AsyncIterator<unknown>);
  let reader: AsyncIterator<unknown> | undefined;
  return new Stream(
    () => {
      // Taken with the first read, as from OpenAI's own stream: tracers make iterators that they do not read.
      const own: AsyncIterator<unknown> = {
        next() {
          reader ??= own;
          return reader === own ? shared.next() : Promise.reject(new OpenAIError(CONSUMED));
        },
        return() {
          reader ??= own;
          return reader === own && shared.return ? shared.return() : DONE;
        },
        async throw(error) {
          await own.return?.();
          throw error;
        },
      };
      return own;
    },
    controller,
    undefined,
  );
}

const CONSUMED = 'Cannot iterate over a consumed stream, use `.tee()` to split the stream.';
const DONE = Promise.resolve({ done: true as const, value: undefined });

/** The items of a stream that is handed through, as OpenAI's client gives them. */
function shown(metered: Pick<AnswerStream, 'next' | 'return'>, form: ItemForm): AsyncIterator<unknown> {
  return {
    async next() {
      const next = await metered.next();
      return next.done === true ? next : { done: false, value: inForm(next.value, form) };
    },
    return: () => metered.return(),
  };
}

function inForm(item: unknown, form: ItemForm): unknown {
  if (!(item instanceof NamedEvent)) return form === 'named' ? { event: nameIn(item), data: item } : item;
  const { event, data, isOfThread } = item;
  return form === 'named' || (form === 'usual' && isOfThread) ? { event, data } : data;
}

/** The name of an event whose data tells it. */
function nameIn(data: unknown): string | null {
  const { type } = (data ?? {}) as { type?: unknown };
  return typeof type === 'string' ? type : null;
}

/** What OpenAI's client gives for an answer that is no JSON, or that is JSON and could not be read before. */
function toText({ status, bytes, headers }: Answer & { readonly kind: 'bytes' }): unknown {
  if (status === 204) return null;
  const text = Buffer.from(bytes).toString('utf8');
  if (!isJsonType(headers['content-type'])) return text;
  return text === '' ? undefined : JSON.parse(text);
}
