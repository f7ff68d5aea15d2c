import { TransportError } from '../core/transport-error.ts';
import type { BodyReader } from './body-reader.ts';
import { decompress, decompressSoFar } from './content-encoding.ts';

export interface WholeBodyOptions {
  readonly maxBytes: number;
  readonly encoding: string | undefined;
  readonly onEnd: (body: Buffer) => void;
  /** `received`: what came of it, decoded, if anything that can be decoded did. */
  readonly onFail: (error: unknown, received: Buffer | undefined) => void;
}

/** Collects a body, capped before and after decoding. */
export class WholeBody implements BodyReader {
  readonly #options: WholeBodyOptions;
  #chunks: Buffer[] = [];
  #byteLength = 0;

  constructor(options: WholeBodyOptions) {
    this.#options = options;
  }

  data(chunk: Buffer): void {
    this.#byteLength += chunk.byteLength;
    if (this.#byteLength <= this.#options.maxBytes) this.#chunks.push(chunk);
    else this.failTooLarge();
  }

  failTooLarge(): void {
    this.fail(new TransportError('too-large', `the answer is larger than ${this.#options.maxBytes} bytes`));
  }

  end(): void {
    const { encoding, maxBytes, onEnd } = this.#options;
    const body = this.#joined();
    if (encoding === undefined || body.byteLength === 0) {
      onEnd(body);
      return;
    }
    try {
      onEnd(decompress(body, encoding, maxBytes));
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    const { encoding, maxBytes, onFail } = this.#options;
    const isReadable = this.#byteLength > 0 && this.#byteLength <= maxBytes;
    const body = isReadable ? this.#joined() : undefined;
    this.#chunks = [];
    onFail(error, encoding === undefined || body === undefined ? body : decompressSoFar(body, encoding, maxBytes));
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#byteLength);
  }
}
