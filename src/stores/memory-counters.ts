import { countsUntil } from './counts-until.ts';
import { type RollingWindow, rollingWindow } from './rolling-window.ts';
import { assertAmount, type ChargeWindow } from './store.ts';

/** A counter of the memory store. */
export interface MemoryCounter {
  spent: number;
  reserved: number;
  /** A call asks for it: advances to `now`, and keeps what is to count for that call. */
  asked(now: number): void;
  /** Advances to `now` and drops what has left the window. */
  advance(now: number): void;
  hold(amount: number): void;
  /** Holds an amount as of an earlier time, if that time still counts. */
  holdAt(heldAt: number, amount: number): void;
  /** Whether what was held at a time still counts. */
  counts(heldAt: number, now: number): boolean;
  /** Replaces an amount held at a time by the actual one, if that time still counts. */
  replace(heldAt: number, held: number, actual: number): void;
  /** Milliseconds until `amount` fits under `limit`; null: never. */
  roomAfterMs(amount: number, limit: number, now: number): number | null;
  /** Whether its window is over, so that it may be forgotten. */
  over(now: number): boolean;
}

export function memoryCounter(window: ChargeWindow, now: number): MemoryCounter {
  if (window.kind === 'calendar') return new CalendarCounter(window.endsAt);
  assertAmount('lengthMs', window.lengthMs);
  return new RollingCounter(window.lengthMs, now);
}

export class CalendarCounter implements MemoryCounter {
  spent = 0;
  reserved = 0;
  readonly #endsAt: number | null;
  #countsUntil: number | null;

  constructor(endsAt: number | null) {
    this.#endsAt = endsAt;
    this.#countsUntil = endsAt;
  }

  asked(now: number): void {
    this.#countsUntil = countsUntil(this.#endsAt, now);
  }

  advance(): void {}

  hold(amount: number): void {
    this.reserved += amount;
  }

  holdAt(_heldAt: number, amount: number): void {
    this.reserved += amount;
  }

  counts(): boolean {
    return true;
  }

  replace(_heldAt: number, held: number, actual: number): void {
    this.reserved -= held;
    this.spent = Math.min(Math.max(this.spent + actual, 0), Number.MAX_SAFE_INTEGER);
  }

  roomAfterMs(_amount: number, _limit: number, now: number): number | null {
    return this.#endsAt === null ? null : Math.max(this.#endsAt - now, 0);
  }

  over(now: number): boolean {
    return this.#countsUntil !== null && this.#countsUntil <= now;
  }
}

/**
 * Buckets that still overlap the window and have something in them, the oldest first; `spent` and `reserved` are their sums.
 * There is one of these for each user of a budget, most of whom use few buckets.
 */
export class RollingCounter implements MemoryCounter {
  spent = 0;
  reserved = 0;
  readonly #window: RollingWindow;
  #newest: number;
  #oldest: number;
  /** For each bucket three numbers in turn: which it is, spent, reserved. */
  #buckets: number[] | undefined;

  constructor(lengthMs: number, now: number) {
    this.#window = rollingWindow(lengthMs);
    this.#window.moveTo(now);
    this.#newest = this.#window.newest;
    this.#oldest = this.#window.oldest;
  }

  advance(now: number): void {
    const window = this.#window;
    window.moveTo(now);
    const { newest, oldest } = window;
    // A clock that goes back reopens no bucket.
    if (newest < this.#newest || (newest === this.#newest && oldest <= this.#oldest)) return;
    this.#newest = newest;
    this.#oldest = oldest;
    const buckets = this.#buckets;
    if (buckets === undefined || (buckets[0] ?? oldest) >= oldest) return;
    this.#leave(buckets, oldest);
  }

  hold(amount: number): void {
    this.#add(this.#newest, 0, amount);
  }

  holdAt(heldAt: number, amount: number): void {
    const bucket = this.#window.bucketAt(heldAt);
    if (bucket >= this.#oldest) this.#add(bucket, 0, amount);
  }

  asked(now: number): void {
    this.advance(now);
  }

  counts(heldAt: number, now: number): boolean {
    this.advance(now);
    return this.#window.bucketAt(heldAt) >= this.#oldest;
  }

  replace(heldAt: number, held: number, actual: number): void {
    const bucket = Math.min(this.#window.bucketAt(heldAt), this.#newest);
    if (bucket >= this.#oldest) this.#add(bucket, actual, -held);
  }

  roomAfterMs(amount: number, limit: number, now: number): number | null {
    if (amount > limit) return null;
    let used = this.spent + this.reserved;
    if (used + amount <= limit) return this.#window.leavesAfterMs(this.#oldest, now);
    const buckets = this.#buckets ?? NO_BUCKETS;
    for (let place = 0; place < buckets.length; place += WIDTH) {
      used -= (buckets[place + SPENT] ?? 0) + (buckets[place + RESERVED] ?? 0);
      if (used + amount <= limit) return this.#window.leavesAfterMs(buckets[place] ?? 0, now);
    }
    return this.#window.lengthMs;
  }

  over(now: number): boolean {
    return this.#window.leavesAfterMs(this.#newest, now) === 0;
  }

  /** Adds to a bucket; what it has spent stays between nothing and the largest number. */
  #add(bucket: number, spent: number, reserved: number): void {
    this.#buckets ??= [bucket, 0, 0];
    const buckets = this.#buckets;
    const place = placeOf(bucket, buckets);
    const before = buckets[place + SPENT] ?? 0;
    const after = Math.min(Math.max(before + spent, 0), Number.MAX_SAFE_INTEGER);
    buckets[place + SPENT] = after;
    buckets[place + RESERVED] = (buckets[place + RESERVED] ?? 0) + reserved;
    this.spent += after - before;
    this.reserved += reserved;
  }

  /** Takes out what has left the window. */
  #leave(buckets: readonly number[], oldest: number): void {
    let place = 0;
    for (; place < buckets.length && (buckets[place] ?? 0) < oldest; place += WIDTH) {
      this.spent -= buckets[place + SPENT] ?? 0;
      this.reserved -= buckets[place + RESERVED] ?? 0;
    }
    this.#buckets = place === buckets.length ? undefined : buckets.slice(place);
  }
}

const WIDTH = 3;
const SPENT = 1;
const RESERVED = 2;
const NO_BUCKETS: number[] = [];

/** Place of a bucket, which is made if there is none. Most changes are to the newest one. */
function placeOf(bucket: number, buckets: number[]): number {
  let place = buckets.length - WIDTH;
  while (place >= 0 && (buckets[place] ?? 0) > bucket) place -= WIDTH;
  if (place >= 0 && buckets[place] === bucket) return place;
  buckets.splice(place + WIDTH, 0, bucket, 0, 0);
  return place + WIDTH;
}
