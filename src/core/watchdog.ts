import type { Clock, Timer } from './clock.ts';

/**
 * One timer for all the waits of one request or stream, one after another. Activity only stores the time; a timer that fires
 * looks at what is left and sets itself again, so neither a chunk nor a change of phase costs a timer.
 */
export class Watchdog<Phase extends string> {
  readonly #clock: Clock;
  readonly #onExpire: (phase: Phase, limitMs: number) => void;
  #phase: Phase | undefined;
  #limitMs = 0;
  #sinceMs = 0;
  #timer: Timer | undefined;
  #firesAtMs = 0;

  constructor(clock: Clock, onExpire: (phase: Phase, limitMs: number) => void) {
    this.#clock = clock;
    this.#onExpire = onExpire;
  }

  /** Waits for something else from now on; `nowMs` spares a look at the clock. */
  wait(phase: Phase, limitMs: number, nowMs = this.#clock.monotonicMs()): void {
    this.#phase = phase;
    this.#limitMs = limitMs;
    this.#sinceMs = nowMs;
    if (this.#timer === undefined || this.#sinceMs + limitMs < this.#firesAtMs) this.#arm(limitMs, this.#sinceMs);
  }

  /** If it still waits, something came: the next of the same kind is awaited from now on. */
  touch(): void {
    if (this.#phase !== undefined) this.#sinceMs = this.#clock.monotonicMs();
  }

  /** Nothing is awaited; the timer may fire, and does nothing. */
  rest(): void {
    this.#phase = undefined;
  }

  stop(): void {
    this.#phase = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(delayMs: number, nowMs: number): void {
    this.#timer?.cancel();
    this.#firesAtMs = nowMs + delayMs;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#phase !== undefined && !this.#armForRest()) setImmediate(() => this.#confirm());
    }, delayMs);
  }

  #armForRest(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const leftMs = this.#sinceMs + this.#limitMs - nowMs;
    if (leftMs <= 0) return false;
    this.#arm(Math.ceil(leftMs), nowMs);
    return true;
  }

  /** Timers run before sockets are read: after a blocked event loop, what already arrived must win over a late timer. */
  #confirm(): void {
    const phase = this.#phase;
    if (phase === undefined || this.#timer !== undefined || this.#armForRest()) return;
    this.stop();
    this.#onExpire(phase, this.#limitMs);
  }
}
