import type { Clock, Timer } from '../core/clock.ts';
import type { PriceUpdate } from '../core/price.ts';

/** What one load of prices came to. */
export type LoadedPrices =
  | { readonly ok: true; readonly update: PriceUpdate; readonly prices: number }
  | { readonly ok: false; readonly code: string; readonly message: string };

export interface PriceUpdatesOptions {
  /** May throw and reject. */
  load(): Promise<LoadedPrices>;
  readonly everyMs: number;
  readonly clock: Clock;
  /** Called after each load, until `stop`. */
  loaded(result: LoadedPrices): void;
}

/** A source that has not answered by then is asked again in its turn. */
const LONGEST_LOAD_MS = 60_000;

/** Loads prices at once and then again and again: one load at a time, and what fails is tried again in its turn. */
export class PriceUpdates {
  readonly #options: PriceUpdatesOptions;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: PriceUpdatesOptions) {
    this.#options = options;
  }

  start(): void {
    let isOver = false;
    const end = (result: LoadedPrices) => {
      if (isOver || this.#isStopped) return;
      isOver = true;
      this.#timer?.cancel();
      this.#timer = this.#options.clock.setTimeout(() => this.start(), this.#options.everyMs);
      this.#options.loaded(result);
    };
    this.#timer = this.#options.clock.setTimeout(() => end(TIMED_OUT), LONGEST_LOAD_MS);
    void this.#load().then(end, (error: unknown) => end(failed(error)));
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Not before the caller's own code has run: what a source throws at once is a failure of the load too. */
  async #load(): Promise<LoadedPrices> {
    await undefined;
    return this.#options.load();
  }
}

const TIMED_OUT: LoadedPrices = {
  ok: false,
  code: 'price_source_timeout',
  message: `no prices came within ${LONGEST_LOAD_MS} ms`,
};

/** In our own words: what a source says of its failure may hold what it was given to get in. */
function failed(error: unknown): LoadedPrices {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  const reason = typeof code === 'string' && /^[A-Za-z][\w-]{1,63}$/.test(code) ? `: ${code}` : '';
  return { ok: false, code: 'price_source_failed', message: `the source of prices failed${reason}` };
}
