/** The first room, in bytes; no more is taken for a length that is only told. */
const FIRST_ROOM = 64 * 1024;

/** Bytes that arrive in chunks, in one buffer that grows with them: no chunk is kept, and what a growth leaves is freed at once. */
export class GatheredBytes {
  #room = new Uint8Array(FIRST_ROOM);
  #length = 0;

  get byteLength(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.byteLength;
    if (length > this.#room.byteLength) {
      const room = Math.max(length, 2 * this.#room.byteLength);
      this.#room = new Uint8Array(this.#room.buffer.transfer(room));
    }
    this.#room.set(chunk, this.#length);
    this.#length = length;
  }

  /** All of them as UTF-8 text. The bytes are gone then, so that they are not in memory beside what the text becomes. */
  takeText(): string {
    const text = new TextDecoder().decode(this.#room.subarray(0, this.#length));
    this.clear();
    return text;
  }

  clear(): void {
    this.#room = new Uint8Array(this.#room.buffer.transfer(0));
    this.#length = 0;
  }
}
