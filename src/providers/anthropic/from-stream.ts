import type { ChatChunk } from '../../core/chat.ts';
import type { AwsEvent, ServerSentEvent } from '../../core/transport.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { headOfText, saysError } from '../error-body.ts';
import { Grace } from '../grace.ts';
import { letEnd } from '../let-end.ts';
import { orMalformed } from '../or-malformed.ts';
import { type ReportingSource, withReported } from '../reported-usage.ts';
import { UpstreamError, type UpstreamErrorReason } from '../upstream-error.ts';
import type { WireEvents, WireExchange } from '../wire.ts';
import { asPieceOfText } from './piece-of-text.ts';
import { StreamTranslation } from './stream-translation.ts';
import type { StreamEvent } from './wire-types.ts';

/** Anthropic's events as OpenAI's chunks. Fails on an error event, malformed JSON, and an end without `message_stop`; a
 * body that stays open after its stop reason without one is whole. */
export function fromStream(events: WireEvents, exchange: WireExchange): ReportingSource<ChatChunk> {
  return new ChunkSource(events, exchange);
}

class ChunkSource implements ReportingSource<ChatChunk> {
  readonly #events: WireEvents;
  readonly #exchange: WireExchange;
  readonly #translation: StreamTranslation;
  #over = false;
  #grace: Grace | undefined;

  constructor(events: WireEvents, exchange: WireExchange) {
    this.#events = events;
    this.#exchange = exchange;
    this.#translation = new StreamTranslation(exchange);
  }

  next(): ChatChunk | undefined | Promise<ChatChunk | undefined> {
    for (;;) {
      const chunk = this.#translation.chunks.take();
      if (chunk !== undefined || this.#over) return chunk;
      if (this.#translation.complete) {
        this.#over = true;
        letEnd(this.#events, this.#exchange.clock);
        return undefined;
      }
      const event = this.#pull();
      if (event instanceof Promise) return this.#wait(event).then(this.#resume, this.#fail);
      this.#translate(event);
    }
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#translation.chunks.clear();
    this.#events.cancel();
  }

  reported(): OpenAiUsage | undefined {
    return this.#translation.reported();
  }

  #pull(): Pulled {
    try {
      return this.#events.next();
    } catch (error) {
      return this.#fail(error);
    }
  }

  #wait(pending: Promise<ServerSentEvent | AwsEvent | undefined>): Promise<ServerSentEvent | AwsEvent | undefined> {
    const { missing } = this.#translation;
    if (missing === undefined) return pending;
    this.#grace ??= new Grace(this.#exchange.clock);
    return this.#grace.within(pending, this.#events, missing);
  }

  /** A fault of the connection takes nothing from what was reported. */
  readonly #fail = (error: unknown): never => {
    throw withReported(error, this.#translation.reported());
  };

  readonly #resume = (event: ServerSentEvent | AwsEvent | undefined): ChatChunk | undefined | Promise<ChatChunk | undefined> => {
    if (this.#over) return undefined;
    this.#translate(event);
    return this.next();
  };

  #translate(event: ServerSentEvent | AwsEvent | undefined): void {
    try {
      if (event === undefined) {
        if (this.#grace?.isOver !== true) throw this.#error('truncated', undefined);
        this.#translation.stop();
        return;
      }
      if (this.#isEndOfChat(event)) {
        this.#translation.stop();
        return;
      }
      const parsed = this.#parse(event);
      if (parsed?.type === 'error') throw this.#error('error-in-stream', parsed);
      if (parsed) this.#translation.take(parsed);
    } catch (error) {
      this.cancel();
      throw withReported(orMalformed(error, this.#exchange), this.#translation.reported());
    }
  }

  /** The marker of another wire, in which some proxies end what they have translated. */
  #isEndOfChat(event: ServerSentEvent | AwsEvent): boolean {
    return 'data' in event && event.data === '[DONE]' && this.#translation.missing !== undefined;
  }

  #parse(event: ServerSentEvent | AwsEvent): StreamEvent | undefined {
    if (!('data' in event)) throw this.#error('not-an-answer', undefined);
    if (event.event === 'ping') return undefined;
    const piece = asPieceOfText(event.data);
    if (piece !== undefined) return piece;
    let parsed: unknown;
    try {
      parsed = JSON.parse(event.data);
    } catch {
      // An error's data may be a plain text; any other may hold what the model wrote.
      if (event.event === 'error') throw this.#error('error-in-stream', headOfText(event.data));
      throw this.#error('not-an-answer', 'malformed JSON in a stream event');
    }
    if (isEvent(parsed)) return parsed;
    throw this.#error(event.event === 'error' || saysError(parsed) ? 'error-in-stream' : 'not-an-answer', parsed);
  }

  #error(reason: UpstreamErrorReason, body: unknown): UpstreamError {
    return new UpstreamError(reason, this.#exchange.status, this.#exchange.headers, body);
  }
}

type Pulled = ReturnType<WireEvents['next']>;

function isEvent(value: unknown): value is StreamEvent {
  return typeof value === 'object' && value !== null && 'type' in value;
}
