import type { Clock, Timer } from '../core/clock.ts';

/**
 * One timer for a deadline that moves all the time: moving it later stores a number, and the timer, when it fires too
 * early, sets itself anew.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #onExpire: () => void;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #firesAtMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Clock, onExpire: () => void) {
    this.#clock = clock;
    this.#onExpire = onExpire;
  }

  /** Expires unless it is moved again within `delayMs`. */
  move(delayMs: number): void {
    this.#deadlineMs = this.#clock.monotonicMs() + delayMs;
    if (this.#deadlineMs < this.#firesAtMs) this.#set(delayMs);
  }

  stop(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #set(delayMs: number): void {
    this.#timer?.cancel();
    this.#firesAtMs = this.#clock.monotonicMs() + delayMs;
    this.#timer = this.#clock.setTimeout(() => this.#check(), delayMs);
  }

  #check(): void {
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    const leftMs = this.#deadlineMs - this.#clock.monotonicMs();
    if (leftMs <= 0) this.#onExpire();
    else if (leftMs !== Number.POSITIVE_INFINITY) this.#set(leftMs);
  }
}
