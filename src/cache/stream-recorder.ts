import { isRecord } from '../core/json.ts';
import type { Operation } from '../core/operation.ts';
import { joinChatChunks, joinCompletionChunks } from './join-chunks.ts';
import type { WholeAnswer } from './whole-answer.ts';

/** Bytes that an item of a stream has beside its texts, about: enough to bound what is held. */
const ITEM_BYTES = 64;

/** Collects a stream on its way, for the whole answer that it would have been. Lets go of everything once it is too large. */
export class StreamRecorder {
  readonly #operation: Operation;
  readonly #contentType: string | undefined;
  readonly #maxBytes: number;
  #items: unknown[] = [];
  #bytes = 0;
  #isTooLarge = false;

  constructor(operation: Operation, contentType: string | undefined, maxBytes: number) {
    this.#operation = operation;
    this.#contentType = contentType;
    this.#maxBytes = maxBytes;
  }

  /** Every item before it is shown or hidden: the usage is needed also if the caller did not ask for it. */
  add(item: unknown): void {
    if (this.#isTooLarge) return;
    // Only the last event of a response has all of it.
    if (this.#operation === 'responses') {
      if (isRecord(item) && isRecord(item.response)) this.#items = [item.response];
      return;
    }
    this.#bytes += item instanceof Uint8Array ? item.byteLength : ITEM_BYTES;
    this.#isTooLarge = this.#bytes > this.#maxBytes;
    if (this.#isTooLarge) this.#items = [];
    else this.#items.push(item);
  }

  /** Undefined if it was too large or is no whole answer. */
  whole(): WholeAnswer | undefined {
    if (this.#isTooLarge || this.#items.length === 0) return undefined;
    switch (this.#operation) {
      case 'responses':
        return { kind: 'object', body: this.#items[0] };
      case 'chat':
        return asObject(joinChatChunks(this.#items));
      case 'completions':
        return asObject(joinCompletionChunks(this.#items));
      default:
        return this.#wholeBytes();
    }
  }

  #wholeBytes(): WholeAnswer | undefined {
    if (this.#contentType === undefined || !this.#items.every((item) => item instanceof Uint8Array)) return undefined;
    return { kind: 'bytes', bytes: Buffer.concat(this.#items as Uint8Array[]), contentType: this.#contentType };
  }
}

function asObject(body: unknown): WholeAnswer | undefined {
  return body === undefined ? undefined : { kind: 'object', body };
}
