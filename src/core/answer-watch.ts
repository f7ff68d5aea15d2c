import type { Clock, Timer } from './clock.ts';

/** How long a store is waited for, in milliseconds that this process has listened. */
export interface Patience {
  /** Without any answer. */
  readonly silenceMs: number;
  /** For a command after one that was sent later has been answered: this answer is probably lost. */
  readonly overtakenMs: number;
  /** In all, for one that waits behind others which are answered. */
  readonly longestMs: number;
}

/** Of a longer time without a look at the clock this process was busy and heard nothing: no more of it counts. */
const LISTENING_MS = 50;
/** A look counts for so much at least, however late it comes. */
const LEAST_LISTENING_MS = 10;

interface Waiting {
  /** When it was sent, in time listened. */
  readonly sentMs: number;
  /** When it was overtaken, in time listened. */
  overtakenMs: number;
  readonly giveUp: () => void;
}

/**
 * Gives up what a store leaves without an answer. It is judged by the time that this process has listened: while the process,
 * or the whole machine, is busy with other things, the store is not to blame; nor is it while it answers, one after the
 * other, what was sent before. One timer for all commands, in the order they were sent.
 */
export class AnswerWatch {
  readonly #clock: Clock;
  readonly #patience: Patience;
  /** What was sent before a command that has been answered, in the order it was sent. */
  readonly #overtaken = new Set<Waiting>();
  readonly #inTurn = new Set<Waiting>();
  #listenedMs = 0;
  #lookedAtMs = 0;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  /** After how long the next look should come. */
  #pauseMs = 0;

  constructor(clock: Clock, patience: Patience) {
    this.#clock = clock;
    this.#patience = patience;
  }

  /** The answer, or a rejection with the error if the store is silent for too long. */
  within<T>(answer: Promise<T>, error: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#timer === undefined) this.#lookedAtMs = this.#clock.monotonicMs();
      const sentMs = this.#nowMs();
      const waiting: Waiting = { sentMs, overtakenMs: Number.POSITIVE_INFINITY, giveUp: () => reject(error()) };
      this.#inTurn.add(waiting);
      if (this.#timer === undefined) this.#wait();
      answer.then(
        (value) => {
          this.#answered(waiting);
          resolve(value);
        },
        (thrown) => {
          this.#end(waiting);
          reject(thrown);
        },
      );
    });
  }

  /** The time listened until now, at most: what one turn of the event loop takes is not known before its end. */
  #nowMs(): number {
    return this.#listenedMs + Math.min(this.#clock.monotonicMs() - this.#lookedAtMs, LISTENING_MS);
  }

  #answered(waiting: Waiting): void {
    this.#answeredMs = this.#nowMs();
    if (this.#inTurn.has(waiting)) {
      for (const earlier of this.#inTurn) {
        if (earlier === waiting) break;
        earlier.overtakenMs = this.#answeredMs;
        this.#inTurn.delete(earlier);
        this.#overtaken.add(earlier);
      }
    }
    this.#end(waiting);
  }

  #end(waiting: Waiting): void {
    this.#inTurn.delete(waiting);
    this.#overtaken.delete(waiting);
    if (this.#inTurn.size > 0 || this.#overtaken.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    const leftMs = Math.min(this.#leftOfFirst(this.#overtaken), this.#leftOfFirst(this.#inTurn));
    // Timers know whole milliseconds: a part of one may be too short to move the clock.
    this.#pauseMs = Math.min(Math.ceil(leftMs), LISTENING_MS);
    this.#timer = leftMs === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimeout(() => this.#look(), this.#pauseMs);
  }

  /** Only a timer tells that the event loop has come round: many commands and answers may belong to one busy turn. */
  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    const elapsedMs = nowMs - this.#lookedAtMs;
    this.#listenedMs += listenedOf(elapsedMs, this.#pauseMs);
    this.#lookedAtMs = nowMs;
    if (this.#leftOfFirst(this.#overtaken) > 0 && this.#leftOfFirst(this.#inTurn) > 0) this.#wait();
    // Answers that have arrived while this process was busy are read before this one.
    else this.#timer = this.#clock.setTimeout(() => this.#giveUp(), 0);
  }

  #giveUp(): void {
    for (const commands of [this.#overtaken, this.#inTurn]) {
      for (const waiting of commands) {
        if (this.#leftMs(waiting) > 0) break;
        commands.delete(waiting);
        waiting.giveUp();
      }
    }
    this.#wait();
  }

  /** None has less than one that was sent before it and stands in the same list. */
  #leftOfFirst(commands: ReadonlySet<Waiting>): number {
    const [first] = commands;
    return first === undefined ? Number.POSITIVE_INFINITY : this.#leftMs(first);
  }

  /** How long a command has still, in time listened. */
  #leftMs({ sentMs, overtakenMs }: Waiting): number {
    const patience = this.#patience;
    const silentMs = Math.max(sentMs, this.#answeredMs) + patience.silenceMs;
    return Math.min(silentMs, overtakenMs + patience.overtakenMs, sentMs + patience.longestMs) - this.#listenedMs;
  }
}

/** A look that comes late tells of a machine that has no time, for a store on it neither: all takes longer by that factor. */
function listenedOf(elapsedMs: number, pauseMs: number): number {
  if (elapsedMs <= pauseMs) return elapsedMs;
  return Math.max(pauseMs * (pauseMs / elapsedMs), Math.min(LEAST_LISTENING_MS, elapsedMs));
}
