import { TransportError } from '../core/transport-error.ts';
import type { BodyControl, BodyReader } from './body-reader.ts';

/** Hands a body on that will be kept as a whole, and fails if it is larger than `maxBytes`, decoded. */
export class BoundedBody implements BodyReader {
  readonly #reader: BodyReader;
  readonly #control: BodyControl;
  readonly #maxBytes: number;
  #byteLength = 0;

  constructor(reader: BodyReader, control: BodyControl, maxBytes: number) {
    this.#reader = reader;
    this.#control = control;
    this.#maxBytes = maxBytes;
  }

  data(chunk: Buffer): void {
    this.#byteLength += chunk.byteLength;
    if (this.#byteLength <= this.#maxBytes) this.#reader.data(chunk);
    else {
      this.#control.close();
      this.fail(new TransportError('too-large', `the answer is larger than ${this.#maxBytes} bytes`));
    }
  }

  end(): void {
    this.#reader.end();
  }

  fail(error: unknown): void {
    this.#reader.fail(error);
  }
}
