/** A pending timer; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** The only source of time: wall clock, monotonic clock and timers. Injected, so that tests and simulations own it. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch; windows and reports use it. */
  now(): number;
  /** Milliseconds that never go back; durations and deadlines use it. */
  monotonicMs(): number;
  /** Runs `callback` after `delayMs`. Never keeps the process alive. */
  setTimeout(callback: () => void, delayMs: number): Timer;
}

/** What `config.clock` accepts: a clock without a monotonic reading measures durations by `now`. */
export interface ClockOption {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): Timer;
  monotonicMs?(): number;
}

// setTimeout fires at once for a delay beyond a 32-bit integer, so longer delays are cut to it.
const LONGEST_DELAY_MS = 2_147_483_647;

/** Node's own clock. Its timers are unreferenced. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout(callback, delayMs) {
    // Node drops the fraction of a delay, so that the timer would be early.
    const timeout = setTimeout(callback, Math.min(Math.ceil(delayMs), LONGEST_DELAY_MS));
    timeout.unref();
    return new SystemTimer(timeout);
  },
};

class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(timeout: NodeJS.Timeout) {
    this.#timeout = timeout;
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

/** Completes a user's clock. */
export function toClock(option: ClockOption | undefined): Clock {
  if (option === undefined) return systemClock;
  return {
    now: () => option.now(),
    monotonicMs: () => option.monotonicMs?.() ?? option.now(),
    setTimeout: (callback, delayMs) => option.setTimeout(callback, delayMs),
  };
}
