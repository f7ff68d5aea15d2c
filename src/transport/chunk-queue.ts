import { ReadyItems } from '../core/ready-items.ts';

/** Bytes that arrived and are not yet decoded, first in first out. */
export class ChunkQueue {
  readonly #chunks = new ReadyItems<Buffer>();
  #byteLength = 0;

  /** Number of chunks waiting. */
  get length(): number {
    return this.#chunks.length;
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
    const chunk = this.#chunks.take();
    if (chunk !== undefined) this.#byteLength -= chunk.byteLength;
    return chunk;
  }
}
