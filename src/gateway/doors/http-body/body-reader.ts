import type { Clock, Timer } from '../../../core/clock.ts';
import { abortError } from '../../../errors/final-error.ts';
import { InvalidParamsError } from '../../../errors/invalid-params-error.ts';
import { httpError } from '../http-error.ts';

/** How long a refused body waits to be cancelled, in milliseconds: the answer is to be out before. */
const CANCEL_AFTER_MS = 1_000;

type ReadResult = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>;

/**
 * A request's body, chunk by chunk, within a size and a time. Throws 413 if it is larger (at once if its
 * `content-length` says so), 408 if it takes longer, 400 if it breaks off.
 *
 * Of a body that is refused nothing more is read. The stream is not cancelled before the answer is out: over `node:http`
 * that would close the connection, and if chunks still wait inside `Readable.toWeb` it would end the process
 * (Node 24.21: "Controller is already closed").
 */
export class BodyReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #deadline: Timer;
  readonly #leave = () => this.#interrupt(abortError(this.#signal.reason));
  #bytes = 0;
  #ended = false;
  #interruption: Error | undefined;
  /** Rejects the read that waits. */
  #reject: ((error: Error) => void) | undefined;

  constructor(request: Request, body: ReadableStream<Uint8Array>, maxBytes: number, timeoutMs: number, clock: Clock) {
    this.#reader = body.getReader();
    this.#maxBytes = maxBytes;
    this.#clock = clock;
    this.#signal = request.signal;
    this.#deadline = clock.setTimeout(
      () => this.#interrupt(httpError(408, 'the body took too long to arrive', 'request_timeout')),
      timeoutMs,
    );
    if (this.#signal.aborted) this.#leave();
    else this.#signal.addEventListener('abort', this.#leave, { once: true });
    if (Number(request.headers.get('content-length') ?? 0) > maxBytes) this.#interruption ??= tooLarge(maxBytes);
  }

  /** The next chunk; undefined at the end. */
  next(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#interruption !== undefined) return reject(this.#interruption);
      this.#reject = reject;
      this.#reader.read().then(
        (result) => this.#take(result, resolve, reject),
        () => {
          this.#ended = true;
          reject(new InvalidParamsError('body', 'ended before it was whole'));
        },
      );
    });
  }

  /** Whether all of it was read. */
  get isWhole(): boolean {
    return this.#ended;
  }

  /** To be called when nothing more is wanted. */
  close(): void {
    this.#deadline.cancel();
    this.#signal.removeEventListener('abort', this.#leave);
    if (this.#ended) return;
    this.#reader.closed.catch(() => {});
    this.#clock.setTimeout(() => void this.#reader.cancel().catch(() => {}), CANCEL_AFTER_MS);
  }

  #take({ done, value }: ReadResult, resolve: (chunk: Uint8Array | undefined) => void, reject: (error: Error) => void): void {
    this.#ended = done;
    this.#bytes += value?.byteLength ?? 0;
    if (this.#bytes > this.#maxBytes) reject(tooLarge(this.#maxBytes));
    else if (done || value instanceof Uint8Array) resolve(value);
    else reject(new InvalidParamsError('body', 'expected bytes'));
  }

  #interrupt(error: Error): void {
    this.#interruption ??= error;
    this.#reject?.(error);
  }
}

function tooLarge(maxBytes: number): Error {
  return httpError(413, `expected a body of at most ${maxBytes} bytes`, 'request_too_large');
}
