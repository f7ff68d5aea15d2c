/** The first room, in bytes; no more is taken for a length that is only told. */
const FIRST_ROOM = 64 * 1024;

/** Bytes that arrive in chunks, in one buffer that grows with them: no chunk is kept, and what a growth leaves is freed at once. */
export class GatheredBytes {
  readonly #most: number;
  #room: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** For at most so many bytes. */
  constructor(most: number) {
    this.#most = most;
    this.#room = new Uint8Array(Math.min(FIRST_ROOM, most));
  }

  /** What has arrived; not to be used after the next verb. */
  get bytes(): Buffer {
    return Buffer.from(this.#room.buffer, 0, this.#length);
  }

  get byteLength(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.byteLength;
    if (length > this.#room.byteLength) {
      const room = Math.max(length, Math.min(2 * this.#room.byteLength, this.#most));
      this.#room = new Uint8Array(this.#room.buffer.transfer(room));
    }
    this.#room.set(chunk, this.#length);
    this.#length = length;
  }

  /** All of them as UTF-8 text. The bytes are gone then, so that they are not in memory beside what the text becomes. */
  takeText(): string {
    const text = new TextDecoder().decode(this.bytes);
    this.clear();
    return text;
  }

  clear(): void {
    this.#room = new Uint8Array(this.#room.buffer.transfer(0));
    this.#length = 0;
  }
}
