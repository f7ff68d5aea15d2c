import type { Clock, Timer } from '../core/clock.ts';

/** How long a store may be without any answer, in milliseconds. */
export const SILENCE_MS = 300;
/** The same for one command of a store that goes on answering others: it is busy with what was sent before, or this answer is lost. */
const LONGEST_WAIT_MS = 3_000;
/** Of a longer time without a look at the clock this process was busy and heard nothing: no more of it counts. */
const LISTENING_MS = 50;

interface Waiting {
  /** When it was sent, in time listened. */
  readonly sentMs: number;
  readonly giveUp: () => void;
}

/**
 * Gives up what a store leaves without an answer. It is judged by the time that this process has listened: while the process,
 * or the whole machine, is busy with other things, the store is not to blame. One timer for all commands, in the order they were sent.
 */
export class AnswerWatch {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #listenedMs = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer, or a rejection with the error if the store is silent for too long. */
  within<T>(answer: Promise<T>, error: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = { sentMs: this.#listen(), giveUp: () => reject(error()) };
      this.#waiting.add(waiting);
      if (this.#timer === undefined) this.#wait();
      answer.then(
        (value) => {
          this.#answeredMs = this.#listen();
          this.#end(waiting);
          resolve(value);
        },
        (thrown) => {
          this.#end(waiting);
          reject(thrown);
        },
      );
    });
  }

  /** The time listened until now. */
  #listen(): number {
    const nowMs = this.#clock.monotonicMs();
    this.#listenedMs += Math.min(nowMs - this.#lookedAtMs, LISTENING_MS);
    this.#lookedAtMs = nowMs;
    return this.#listenedMs;
  }

  #end(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    const [first] = this.#waiting;
    this.#timer = first && this.#clock.setTimeout(() => this.#look(), Math.min(this.#leftMs(first), LISTENING_MS));
  }

  #look(): void {
    this.#listen();
    const [first] = this.#waiting;
    if (first === undefined || this.#leftMs(first) > 0) this.#wait();
    // Answers that have arrived while this process was busy are read before this one.
    else this.#timer = this.#clock.setTimeout(() => this.#giveUp(), 0);
  }

  #giveUp(): void {
    for (const waiting of this.#waiting) {
      if (this.#leftMs(waiting) > 0) break;
      this.#waiting.delete(waiting);
      waiting.giveUp();
    }
    this.#wait();
  }

  /** How long a command has still, in time listened; none has less than one that was sent before it. */
  #leftMs({ sentMs }: Waiting): number {
    return Math.min(Math.max(sentMs, this.#answeredMs) + SILENCE_MS, sentMs + LONGEST_WAIT_MS) - this.#listenedMs;
  }
}
