/** The bytes of a request, pulled by the HTTP client as the socket takes them, and let go of when the exchange is over. */
export class SentBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #chunks: ReadableStream<Uint8Array>;
  readonly #onProgress: () => void;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #over = false;

  constructor(chunks: ReadableStream<Uint8Array>, onProgress: () => void) {
    this.#chunks = chunks;
    this.#onProgress = onProgress;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#over) return DONE;
    this.#reader ??= this.#chunks.getReader();
    const { done, value } = await this.#reader.read();
    this.#onProgress();
    if (!done) return { done: false, value };
    this.#over = true;
    return DONE;
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.cancel();
    return DONE;
  }

  /** Nobody reads on; the source is told. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    // What it answers to that is nothing to anybody.
    (this.#reader ?? this.#chunks).cancel().catch(() => {});
  }
}

const DONE = { done: true, value: undefined } as const;
