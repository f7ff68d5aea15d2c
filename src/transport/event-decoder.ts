import type { ChunkQueue } from './chunk-queue.ts';

/** Cuts a byte stream into events, for any chunking, in time linear in the bytes; decodes only what is pulled. */
export interface EventDecoder<T> {
  /** What was pushed and not yet looked at. */
  readonly chunks: ChunkQueue;
  push(bytes: Uint8Array): void;
  /** The stream came to its regular end. */
  end(): void;
  /** The next whole event; undefined if it needs more bytes or none is left. Throws `TransportError`. */
  next(): T | undefined;
}
