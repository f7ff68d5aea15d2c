/** Bytes that arrived and are not yet decoded, first in first out. */
export class ChunkQueue {
  #chunks: Buffer[] = [];
  #head = 0;
  #byteLength = 0;

  /** Number of chunks waiting. */
  get length(): number {
    return this.#chunks.length - this.#head;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  push(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#chunks.push(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#byteLength += bytes.byteLength;
  }

  shift(): Buffer | undefined {
    const chunk = this.#chunks[this.#head];
    if (chunk === undefined) return undefined;
    this.#chunks[this.#head] = RELEASED;
    this.#head += 1;
    this.#byteLength -= chunk.byteLength;
    if (this.#head === this.#chunks.length || this.#head === SLOTS_BEFORE_COMPACTION) this.#compact();
    return chunk;
  }

  #compact(): void {
    this.#chunks = this.#chunks.slice(this.#head);
    this.#head = 0;
  }
}

const RELEASED = Buffer.alloc(0);

const SLOTS_BEFORE_COMPACTION = 1024;
