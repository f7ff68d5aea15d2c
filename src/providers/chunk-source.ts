import type { ChatChunk } from '../core/chat.ts';
import type { ItemSource } from '../core/item-source.ts';
import type { ReadyItems } from '../core/ready-items.ts';
import type { OpenAiUsage } from '../core/usage.ts';
import { Grace } from './grace.ts';
import { letEnd } from './let-end.ts';
import { orMalformed } from './or-malformed.ts';
import { type ReportingSource, withReported } from './reported-usage.ts';
import { UpstreamError } from './upstream-error.ts';
import type { WireExchange } from './wire.ts';

/** A wire's reading of its stream, one event at a time. */
export interface StreamTranslation<Event> {
  /** Chunks made and not yet handed out. */
  readonly chunks: ReadyItems<ChatChunk>;
  /** `complete`: the answer is whole, more may follow; `over`: nothing that matters follows. */
  readonly phase: 'open' | 'complete' | 'over';
  /** Throws `UpstreamError` for an error event and for one that is none of the wire's. */
  take(event: Event): void;
  /** Usage that the events have reported so far, in OpenAI's form. */
  reported(): OpenAiUsage | undefined;
}

/**
 * Chat chunks pulled out of a wire's events. An end of the events before the translation is complete is a truncated
 * answer; a fault after it takes nothing from the answer.
 */
export class ChunkSource<Event> implements ReportingSource<ChatChunk> {
  readonly #events: ItemSource<Event>;
  readonly #translation: StreamTranslation<Event>;
  readonly #exchange: WireExchange;
  #closed = false;
  #grace: Grace | undefined;

  constructor(events: ItemSource<Event>, translation: StreamTranslation<Event>, exchange: WireExchange) {
    this.#events = events;
    this.#translation = translation;
    this.#exchange = exchange;
  }

  next(): ChatChunk | undefined | Promise<ChatChunk | undefined> {
    for (;;) {
      const chunk = this.#translation.chunks.take();
      if (chunk !== undefined || this.#closed) return chunk;
      if (this.#translation.phase === 'over') {
        this.#closed = true;
        letEnd(this.#events);
        return undefined;
      }
      const pending = this.#pull();
      if (pending !== undefined) return pending;
    }
  }

  cancel(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#translation.chunks.clear();
    this.#events.cancel();
  }

  reported(): OpenAiUsage | undefined {
    return this.#translation.reported();
  }

  /** Translates the next event now, or promises the chunk that will come of it. */
  #pull(): Promise<ChatChunk | undefined> | undefined {
    try {
      const event = this.#events.next();
      if (event instanceof Promise) return this.#wait(event).then(this.#resume, this.#resumeFailed);
      this.#translate(event);
    } catch (error) {
      this.#fail(error);
    }
    return undefined;
  }

  /** A translation that is complete lacks its usage at most: with it, it would be over. */
  #wait(pending: Promise<Event | undefined>): Promise<Event | undefined> {
    if (this.#translation.phase === 'open') return pending;
    this.#grace ??= new Grace(this.#exchange.clock);
    return this.#grace.within(pending, this.#events, 'usage');
  }

  readonly #resume = (event: Event | undefined): ChatChunk | undefined | Promise<ChatChunk | undefined> => {
    if (this.#closed) return undefined;
    try {
      this.#translate(event);
    } catch (error) {
      this.#fail(error);
    }
    return this.next();
  };

  readonly #resumeFailed = (error: unknown): ChatChunk | undefined | Promise<ChatChunk | undefined> => {
    this.#fail(error);
    return this.next();
  };

  #translate(event: Event | undefined): void {
    if (event !== undefined) this.#translation.take(event);
    else if (this.#translation.phase !== 'open') this.cancel();
    else throw new UpstreamError('truncated', this.#exchange.status, this.#exchange.headers, undefined);
  }

  #fail(error: unknown): void {
    const isWhole = this.#translation.phase !== 'open' || this.#closed;
    this.cancel();
    if (!isWhole) throw withReported(orMalformed(error, this.#exchange), this.#translation.reported());
  }
}
