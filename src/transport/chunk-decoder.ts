import { ChunkQueue } from './chunk-queue.ts';
import type { EventDecoder } from './event-decoder.ts';

/** Bytes as they come: each chunk is an item. */
export class ChunkDecoder implements EventDecoder<Uint8Array> {
  readonly chunks = new ChunkQueue();

  push(bytes: Uint8Array): void {
    this.chunks.push(bytes);
  }

  end(): void {}

  next(): Uint8Array | undefined {
    return this.chunks.shift();
  }
}
