import { ChunkJoin } from '../core/chunk-join.ts';
import { isRecord } from '../core/json.ts';
import type { Operation } from '../core/operation.ts';
import type { WholeAnswer } from './whole-answer.ts';

/**
 * Collects a stream on its way, for the whole answer that it would have been. Holds copies, since readers may change what they
 * are given, as JSON, and lets go of everything once it is too large.
 */
export class StreamRecorder {
  readonly #operation: Operation;
  readonly #contentType: string | undefined;
  readonly #maxBytes: number;
  #items: (string | Uint8Array)[] = [];
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
      if (isRecord(item) && isRecord(item.response) && isLast(item.response)) this.#items = [JSON.stringify(item.response)];
      return;
    }
    const copy = item instanceof Uint8Array ? Buffer.from(item) : JSON.stringify(item);
    this.#bytes += copy.length;
    this.#isTooLarge = this.#bytes > this.#maxBytes;
    if (this.#isTooLarge) this.#items = [];
    else this.#items.push(copy);
  }

  /** Undefined if it was too large or is no whole answer. */
  whole(): WholeAnswer | undefined {
    if (this.#isTooLarge || this.#items.length === 0) return undefined;
    switch (this.#operation) {
      case 'responses':
        return { kind: 'object', body: parsed(this.#items[0]) };
      case 'chat':
      case 'completions':
        return this.#joined(new ChunkJoin(this.#operation));
      default:
        return this.#wholeBytes();
    }
  }

  #joined(join: ChunkJoin): WholeAnswer | undefined {
    for (const item of this.#items) join.add(parsed(item));
    const body = join.answer;
    return body && { kind: 'object', body };
  }

  #wholeBytes(): WholeAnswer | undefined {
    if (this.#contentType === undefined || !this.#items.every((item) => item instanceof Uint8Array)) return undefined;
    return { kind: 'bytes', bytes: Buffer.concat(this.#items as Uint8Array[]), contentType: this.#contentType };
  }
}

function isLast({ status }: Readonly<Record<string, unknown>>): boolean {
  return status !== 'in_progress' && status !== 'queued';
}

function parsed(item: string | Uint8Array | undefined): unknown {
  return typeof item === 'string' ? JSON.parse(item) : item;
}
