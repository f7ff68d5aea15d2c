import type { Cancellation } from '../core/cancellation.ts';
import type { ItemSource } from '../core/item-source.ts';
import type { BodyControl, BodyReader } from './body-reader.ts';
import type { EventDecoder } from './event-decoder.ts';

// More than this, not yet decoded, and the socket is not read; it is read again when little is left.
const MOST_BYTES_WAITING = 262_144;
const MOST_CHUNKS_WAITING = 4_096;
const FEW_BYTES_WAITING = 65_536;
const FEW_CHUNKS_WAITING = 1_024;

/** The events of a body, pulled one at a time: what arrived before a failure is handed out before it. */
export class EventBody<T> implements ItemSource<T>, BodyReader {
  readonly #decoder: EventDecoder<T>;
  readonly #control: BodyControl;
  readonly #cancellation: Cancellation;
  #waiting: Waiting<T> | undefined;
  #paused = false;
  #ended = false;
  #closed = false;
  #failure: { readonly error: unknown; readonly inDecoder: boolean } | undefined;

  constructor(decoder: EventDecoder<T>, control: BodyControl, cancellation: Cancellation) {
    this.#decoder = decoder;
    this.#control = control;
    this.#cancellation = cancellation;
  }

  next(): T | undefined | Promise<T | undefined> {
    if (this.#closed) return undefined;
    if (this.#cancellation.cancelled) throw this.#cancellation.reason;
    if (this.#waiting !== undefined) throw new Error('the item asked for before has not arrived yet');
    const item = this.#take();
    if (item !== undefined) return item;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#ended) {
      this.#closed = true;
      return undefined;
    }
    this.#control.startWaiting();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  cancel(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#control.close();
    this.#takeWaiting()?.resolve(undefined);
  }

  data(chunk: Buffer): void {
    this.#decoder.push(chunk);
    if (this.#waiting !== undefined) this.#deliver(this.#take());
    const { chunks } = this.#decoder;
    if (this.#paused || (chunks.byteLength <= MOST_BYTES_WAITING && chunks.length <= MOST_CHUNKS_WAITING)) return;
    this.#paused = true;
    this.#control.pause();
  }

  end(): void {
    this.#ended = true;
    this.#decoder.end();
    if (this.#waiting === undefined) return;
    const item = this.#take();
    this.#deliver(item);
    if (item !== undefined || this.#waiting === undefined) return;
    this.#closed = true;
    this.#takeWaiting()?.resolve(undefined);
  }

  fail(error: unknown): void {
    this.#failure ??= { error, inDecoder: false };
    this.#takeWaiting()?.reject(error);
  }

  /** The next item, read on from the socket if it was paused and little is left. */
  #take(): T | undefined {
    let item = this.#decode();
    const { chunks } = this.#decoder;
    if (this.#paused && chunks.byteLength < FEW_BYTES_WAITING && chunks.length < FEW_CHUNKS_WAITING) {
      this.#paused = false;
      this.#control.resume();
      item ??= this.#decode();
    }
    return item;
  }

  #decode(): T | undefined {
    if (this.#failure?.inDecoder) return undefined;
    try {
      return this.#decoder.next();
    } catch (error) {
      this.#failure = { error, inDecoder: true };
      this.#control.close();
      return undefined;
    }
  }

  #deliver(item: T | undefined): void {
    if (item !== undefined) this.#takeWaiting()?.resolve(item);
    else if (this.#failure !== undefined) this.#takeWaiting()?.reject(this.#failure.error);
  }

  /** Who waits for an item, and gets one now or never. */
  #takeWaiting(): Waiting<T> | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined) return undefined;
    this.#waiting = undefined;
    this.#control.stopWaiting();
    return waiting;
  }
}

interface Waiting<T> {
  resolve(item: T | undefined): void;
  reject(error: unknown): void;
}
