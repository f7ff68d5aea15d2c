import type { Clock, Timer } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { MaybePromise, Store } from '../stores/store.ts';
import { type Origin, StoreFailure, type StorePort, type StoreVerb } from './store-port.ts';

/** Commands that wait; beyond it the oldest is given up (its reservation then lapses by its lease). */
const LARGEST_OUTBOX = 100_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** A command that must reach the store: idempotent by its id, so that it may be sent until an answer comes. */
export interface Delivery {
  readonly verb: StoreVerb;
  readonly origin: Origin;
  readonly command: (store: Store, now: number) => MaybePromise<unknown>;
}

/** Delivers settlements and releases: at once, and again with backoff while the store is away, in order. */
export class Outbox {
  readonly #port: StorePort;
  readonly #clock: Clock;
  readonly #random: Random;
  #waiting: Delivery[] = [];
  #retry: Timer | undefined;
  #delayMs = FIRST_DELAY_MS;
  #underWay = 0;
  #draining = false;
  #onIdle: (() => void)[] = [];

  constructor(port: StorePort, clock: Clock, random: Random) {
    this.#port = port;
    this.#clock = clock;
    this.#random = random;
  }

  /** A promise, if the store is away from the process, of the first try, which never rejects; it may wait for another then. */
  send(delivery: Delivery): MaybePromise<void> {
    if (this.#waiting.length > 0) {
      this.#keep(delivery);
      return;
    }
    const answer = this.#attempt(delivery);
    if (!(answer instanceof Promise)) {
      if (!answer) this.#keep(delivery);
      return;
    }
    this.#underWay += 1;
    return answer.then((delivered) => {
      this.#underWay -= 1;
      if (!delivered) this.#keep(delivery);
      this.#settleIdle();
    });
  }

  /** Delivers what waits, until nothing does or the time is over. */
  async flush(deadlineMs: number): Promise<void> {
    let over = false;
    const timer = this.#clock.setTimeout(() => {
      over = true;
      this.#settleIdle(true);
    }, deadlineMs);
    let first = true;
    while (!over && (this.#waiting.length > 0 || this.#underWay > 0 || this.#draining)) {
      if (first && this.#waiting.length > 0 && this.#underWay === 0 && !this.#draining) {
        first = false;
        this.stop();
        await this.#drain();
      } else {
        await new Promise<void>((resolve) => this.#onIdle.push(resolve));
      }
    }
    timer.cancel();
  }

  /** When the commands under way are answered; those that wait for a store that is away stay. */
  async settled(): Promise<void> {
    while (this.#underWay > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  stop(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #keep(delivery: Delivery): void {
    if (this.#waiting.length >= LARGEST_OUTBOX) this.#waiting.shift();
    this.#waiting.push(delivery);
    if (this.#retry === undefined && !this.#draining) this.#schedule();
  }

  #schedule(): void {
    const delayMs = this.#delayMs * (0.5 + this.#random() / 2);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
    this.#retry = this.#clock.setTimeout(() => {
      this.#retry = undefined;
      void this.#drain();
    }, delayMs);
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    let delivered = true;
    for (let next = this.#waiting[0]; delivered && next !== undefined; next = this.#waiting[0]) {
      delivered = await this.#attempt(next);
      // A full outbox may have given this one up meanwhile.
      if (delivered && this.#waiting[0] === next) this.#waiting.shift();
    }
    this.#draining = false;
    if (delivered) this.#delayMs = FIRST_DELAY_MS;
    if (this.#waiting.length > 0) this.#schedule();
    this.#settleIdle();
  }

  /** True if the store answered. A command that the store refuses as faulty counts as answered: repeating won't help. */
  #attempt({ verb, origin, command }: Delivery): MaybePromise<boolean> {
    try {
      const answer = this.#port.ask(verb, origin, command);
      if (!(answer instanceof Promise)) return !(answer instanceof StoreFailure);
      return answer.then(
        (value) => !(value instanceof StoreFailure),
        () => true,
      );
    } catch {
      return true;
    }
  }

  #settleIdle(always = false): void {
    if (!always && (this.#underWay > 0 || this.#draining)) return;
    const waiters = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiters) resolve();
  }
}
