import type { Clock } from '../core/clock.ts';
import type { Operation } from '../core/operation.ts';
import { type CacheEntry, isCurrent, readEntry, sealed } from './cache-entry.ts';
import type { CacheStore } from './cache-store.ts';

/** What went wrong at a store, for whoever wants to know. */
export type StoreTrouble = (operation: 'get' | 'set', error: unknown) => void;

/** Failures in a row after which a store is left alone, and for how long, in milliseconds. */
const MOST_FAILURES = 3;
const PAUSE_MS = 5_000;
/** Operations that may be under way: those of a store that is away never end. */
const MOST_PENDING = 1_000;

const PREFIX = 'tollgate:answer:';

/**
 * Entries in a store of the user's. Never rejects and never waits longer than the limit: what does not come in time, fails
 * or is not ours is a miss. After three failures in a row the store is passed over for five seconds, and nobody waits for it.
 */
export class StoreEntries {
  readonly #store: CacheStore;
  readonly #clock: Clock;
  readonly #onTrouble: StoreTrouble;
  #failures = 0;
  #pausedUntilMs = 0;
  #pending = 0;

  constructor(store: CacheStore, clock: Clock, onTrouble: StoreTrouble) {
    this.#store = store;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
    store.on?.('error', () => {});
  }

  async find(key: string, operation: Operation, timeoutMs: number): Promise<CacheEntry | undefined> {
    if (!this.#isOpen()) return undefined;
    const found = await this.#within(timeoutMs, 'get', () => this.#store.get(PREFIX + key));
    const entry = found === FAILED ? undefined : readEntry(found, key, operation);
    return entry !== undefined && isCurrent(entry, this.#clock.now()) ? entry : undefined;
  }

  /** Settles when the store has it or has failed; nobody has to wait for it. */
  async keep(entry: CacheEntry, timeoutMs: number): Promise<void> {
    // keyv keeps for ever what has no time left.
    const ttlMs = entry.expiresAt - this.#clock.now();
    if (!(ttlMs >= 1) || !this.#isOpen()) return;
    await this.#within(timeoutMs, 'set', () => this.#store.set(PREFIX + entry.key, sealed(entry), ttlMs));
  }

  #isOpen(): boolean {
    return this.#pending < MOST_PENDING && this.#clock.monotonicMs() >= this.#pausedUntilMs;
  }

  /** The result, or `FAILED`: too late, thrown, or keyv's `false` for a `set` that did not go well. */
  #within(timeoutMs: number, operation: 'get' | 'set', work: () => unknown): Promise<unknown> {
    this.#pending += 1;
    const startedMs = this.#clock.monotonicMs();
    return new Promise((resolve) => {
      let isOver = false;
      const end = (result: unknown, error?: unknown) => {
        if (isOver) return;
        isOver = true;
        timer.cancel();
        if (result === FAILED) this.#failed(operation, error, startedMs);
        else this.#failures = 0;
        resolve(result);
      };
      const timer = this.#clock.setTimeout(() => end(FAILED, new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      const ended = Promise.resolve().then(work);
      ended.then(
        (result) => end(operation === 'set' && result === false ? FAILED : result),
        (error: unknown) => end(FAILED, error),
      );
      ended.then(this.#noLongerPending, this.#noLongerPending);
    });
  }

  readonly #noLongerPending = (): void => {
    this.#pending -= 1;
  };

  /** What was under way when a pause began says nothing of the store as it is after it, nor makes the pause longer. */
  #failed(operation: 'get' | 'set', error: unknown, startedMs: number): void {
    if (startedMs >= this.#pausedUntilMs) {
      this.#failures += 1;
      if (this.#failures >= MOST_FAILURES) this.#pausedUntilMs = this.#clock.monotonicMs() + PAUSE_MS;
    }
    this.#onTrouble(operation, error);
  }
}

const FAILED = Symbol('failed');
