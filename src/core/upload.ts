import type { Params } from './params.ts';

/** Bytes of a request as they are written: strings are sent as UTF-8. */
export type BodyChunks = ReadableStream<Uint8Array | string>;

/**
 * A body that is sent as it comes, without a copy of it. One that is made of a stream can be sent once; one that can be
 * opened again, any number of times.
 */
export class Upload {
  /** Undefined if nobody said. */
  readonly contentType: string | undefined;
  /** What is known of its fields before it is read. */
  readonly fields: Params;
  /** Bytes in all; undefined if it is a stream. */
  readonly byteLength: number | undefined;
  readonly #source: BodyChunks | (() => BodyChunks);
  #begun = false;
  #sentBytes = 0;
  #unreadable: Error | undefined;

  constructor(
    source: BodyChunks | (() => BodyChunks),
    facts: { contentType?: string | undefined; fields?: Params | undefined; byteLength?: number | undefined } = {},
  ) {
    this.#source = source;
    this.contentType = facts.contentType;
    this.fields = facts.fields ?? {};
    this.byteLength = facts.byteLength;
  }

  /** False if it is a stream that somebody has begun to read. */
  get canBeSent(): boolean {
    return !this.#begun || typeof this.#source === 'function';
  }

  /** Why its bytes could not be had, if whoever gives them failed: the fault of nobody who was sent them. */
  get unreadable(): Error | undefined {
    return this.#unreadable;
  }

  /** Bytes that were sent in the last attempt, or all there are. */
  get knownBytes(): number | undefined {
    return this.byteLength ?? (this.#begun ? this.#sentBytes : undefined);
  }

  /** The bytes from their start, counted as they are read; nothing is begun before. Fails if they are gone. */
  open(): ReadableStream<Uint8Array> {
    let reader: ReadableStreamDefaultReader<Uint8Array | string> | undefined;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          reader ??= this.#begin().getReader();
          const bytes = await this.#next(reader);
          if (bytes === undefined) return controller.close();
          this.#sentBytes += bytes.byteLength;
          controller.enqueue(bytes);
        },
        cancel: (reason) => reader?.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  async #next(reader: ReadableStreamDefaultReader<Uint8Array | string>): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await reader.read();
      return done ? undefined : toBytes(value);
    } catch (error) {
      this.#unreadable = error instanceof Error ? error : new Error(String(error));
      // One that gave what cannot be sent is still open.
      reader.cancel(error).catch(() => {});
      throw error;
    }
  }

  /** A stream that nobody has begun to read is told that nobody will. */
  discard(): void {
    if (this.#begun || typeof this.#source === 'function') return;
    this.#begun = true;
    // What it answers to that is nothing to anybody.
    this.#source.cancel().catch(() => {});
  }

  #begin(): BodyChunks {
    if (!this.canBeSent) throw new Error('the body has been sent already');
    this.#begun = true;
    this.#sentBytes = 0;
    this.#unreadable = undefined;
    return typeof this.#source === 'function' ? this.#source() : this.#source;
  }
}

function toBytes(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('expected pieces of bytes or text');
}
