/** Bytes of a request that is written piece by piece into one buffer, which is about as large as they will be. */
export class ByteRoom {
  #room: Buffer<ArrayBuffer>;
  #length = 0;

  /** `expected`: about how many bytes; it grows by a quarter if they are more. */
  constructor(expected: number) {
    this.#room = Buffer.allocUnsafeSlow(expected);
  }

  addText(text: string): void {
    // No character has more than three bytes for each of its UTF-16 units.
    const most = this.#length + 3 * text.length;
    if (most > this.#room.byteLength) this.#makeRoom(this.#length + Buffer.byteLength(text));
    this.#length += this.#room.write(text, this.#length, 'utf8');
  }

  add(bytes: Uint8Array): void {
    this.#makeRoom(this.#length + bytes.byteLength);
    this.#room.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  take(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#room.byteLength) return;
    const room = Math.max(needed, Math.ceil(this.#room.byteLength * 1.25));
    this.#room = Buffer.from(this.#room.buffer.transfer(room));
  }
}
