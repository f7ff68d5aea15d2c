import type { ChatChunk } from '../../core/chat.ts';
import type { ItemSource } from '../../core/item-source.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import type { AnswerFacts } from './response.ts';
import { StreamTranslation } from './stream-translation.ts';

/** The events of the Responses API pulled out of a stream of chat chunks. It ends when the chunks have ended regularly. */
export class ResponsesSource implements ItemSource<unknown> {
  readonly #chunks: ItemSource<unknown>;
  readonly #translation: StreamTranslation;
  /** The chunks are over, or nobody wants them. */
  #closed = false;

  constructor(chunks: ItemSource<unknown>, facts: AnswerFacts) {
    this.#chunks = chunks;
    this.#translation = new StreamTranslation(facts);
  }

  /** What the chunks have told of their usage, which the last event is to carry. */
  get usage(): OpenAiUsage | undefined {
    return this.#translation.usage;
  }

  next(): unknown {
    for (;;) {
      const event = this.#translation.events.take();
      if (event !== undefined || this.#closed) return event;
      const chunk = this.#chunks.next();
      if (chunk instanceof Promise) return chunk.then(this.#resume, this.#resumeFailed);
      this.#translate(chunk);
    }
  }

  cancel(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#translation.events.clear();
    this.#chunks.cancel();
  }

  readonly #resume = (chunk: unknown): unknown => {
    if (this.#closed) return undefined;
    this.#translate(chunk);
    return this.next();
  };

  readonly #resumeFailed = (error: unknown): undefined => {
    if (!this.#closed) throw error;
  };

  #translate(chunk: unknown): void {
    if (chunk !== undefined) {
      // A provider's stream of a chat operation has nothing else.
      this.#translation.take(chunk as ChatChunk);
      return;
    }
    this.#translation.end();
    this.#closed = true;
  }
}
