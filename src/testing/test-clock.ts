import type { Clock, Timer } from '../core/clock.ts';
import { type PendingTimer, TimerQueue } from './timer-queue.ts';

/** A clock for `config.clock`, from `startMs` (default: noon of 15 January 2026, UTC). */
export function testClock(startMs?: number): TestClock {
  return new TestClock(startMs);
}

/** A clock that stands still until a test moves it. Timers run in order of their time, then of their making. */
export class TestClock implements Clock {
  readonly #timers = new TimerQueue();
  readonly #startMs: number;
  #elapsedMs = 0;
  #made = 0;

  /** `startMs`: wall clock at the start, milliseconds since the epoch. */
  constructor(startMs = Date.UTC(2026, 0, 15, 12)) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    this.#made += 1;
    const timer: PendingTimer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#made, callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.cancel(timer) };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on and runs what falls due, each timer at its own time; promises settle only afterwards. */
  advance(ms: number): void {
    const endMs = this.#elapsedMs + ms;
    for (let timer = this.#timers.takeUntil(endMs); timer; timer = this.#timers.takeUntil(endMs)) this.#run(timer);
    this.#elapsedMs = endMs;
  }

  /** As `advance`, and lets promises settle before, between and after the timers. */
  async elapse(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await settlePromises();
    for (let timer = this.#timers.takeUntil(endMs); timer; timer = this.#timers.takeUntil(endMs)) {
      this.#run(timer);
      await settlePromises();
    }
    this.#elapsedMs = endMs;
  }

  #run(timer: PendingTimer): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
    timer.callback();
  }
}

/** Everything that is already resolved has run when this resolves. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
