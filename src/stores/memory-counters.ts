import { bucketCount, bucketMsOf } from './rolling-buckets.ts';

/** A counter of the memory store. */
export interface MemoryCounter {
  spent: number;
  reserved: number;
  /** Advances to `now` and drops what has left the window. */
  advance(now: number): void;
  hold(amount: number): void;
  /** Holds an amount as of an earlier time, if that time still counts. */
  holdAt(heldAt: number, amount: number): void;
  /** Whether what was held at a time still counts. */
  counts(heldAt: number, now: number): boolean;
  /** Replaces an amount held at a time by the actual one, where that time still counts. */
  replace(heldAt: number, held: number, actual: number): void;
  /** Milliseconds until `amount` fits under `limit`; null: never. */
  roomAfterMs(amount: number, limit: number, now: number): number | null;
  /** Whether its window is over, so that it may be forgotten. */
  over(now: number): boolean;
}

export class CalendarCounter implements MemoryCounter {
  spent = 0;
  reserved = 0;
  readonly #endsAt: number | null;

  constructor(endsAt: number | null) {
    this.#endsAt = endsAt;
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
    return this.#endsAt !== null && this.#endsAt <= now;
  }
}

/** A ring of buckets; `spent` and `reserved` are the sums over those that still overlap the window. */
export class RollingCounter implements MemoryCounter {
  spent = 0;
  reserved = 0;
  readonly #lengthMs: number;
  readonly #bucketMs: number;
  readonly #count: number;
  readonly #spent: Float64Array;
  readonly #reserved: Float64Array;
  #newest = 0;
  /** Where the newest bucket lies in the ring; most changes are to it, and a remainder of large numbers is slow. */
  #newestPlace = 0;
  #newestStartsAt = 0;
  #newestEndsAt = 0;
  #oldest = 0;
  #oldestLeavesAt = 0;

  constructor(lengthMs: number, now: number) {
    this.#lengthMs = lengthMs;
    this.#bucketMs = bucketMsOf(lengthMs);
    this.#count = bucketCount(lengthMs);
    this.#spent = new Float64Array(this.#count);
    this.#reserved = new Float64Array(this.#count);
    this.#moveTo(now);
  }

  advance(now: number): void {
    if (now < this.#newestEndsAt && now < this.#oldestLeavesAt) return;
    const from = this.#oldest;
    this.#moveTo(now);
    const to = Math.min(this.#oldest, from + this.#count);
    for (let bucket = from; bucket < to; bucket++) {
      const place = bucket % this.#count;
      this.spent -= this.#spent[place] ?? 0;
      this.reserved -= this.#reserved[place] ?? 0;
      this.#spent[place] = 0;
      this.#reserved[place] = 0;
    }
  }

  hold(amount: number): void {
    const place = this.#newestPlace;
    this.#reserved[place] = (this.#reserved[place] ?? 0) + amount;
    this.reserved += amount;
  }

  holdAt(heldAt: number, amount: number): void {
    const place = this.#placeAt(heldAt);
    if (place < 0) return;
    this.#reserved[place] = (this.#reserved[place] ?? 0) + amount;
    this.reserved += amount;
  }

  counts(heldAt: number, now: number): boolean {
    this.advance(now);
    return this.#placeAt(heldAt) >= 0;
  }

  replace(heldAt: number, held: number, actual: number): void {
    const place = heldAt >= this.#newestStartsAt ? this.#newestPlace : this.#placeAt(heldAt);
    if (place < 0) return;
    this.#reserved[place] = (this.#reserved[place] ?? 0) - held;
    this.reserved -= held;
    const before = this.#spent[place] ?? 0;
    const after = Math.min(Math.max(before + actual, 0), Number.MAX_SAFE_INTEGER);
    this.#spent[place] = after;
    this.spent += after - before;
  }

  roomAfterMs(amount: number, limit: number, now: number): number | null {
    if (amount > limit) return null;
    let used = this.spent + this.reserved;
    for (let bucket = this.#oldest; bucket <= this.#newest; bucket++) {
      const place = bucket % this.#count;
      used -= (this.#spent[place] ?? 0) + (this.#reserved[place] ?? 0);
      if (used + amount <= limit) return Math.max((bucket + 1) * this.#bucketMs + this.#lengthMs - now, 0);
    }
    return this.#lengthMs;
  }

  over(now: number): boolean {
    return now >= this.#newestEndsAt + this.#lengthMs;
  }

  /** Place of the bucket of a time in the ring; -1 where it has left the window. */
  #placeAt(time: number): number {
    const bucket = Math.floor(time / this.#bucketMs);
    return bucket < this.#oldest ? -1 : bucket % this.#count;
  }

  #moveTo(now: number): void {
    this.#newest = Math.floor(now / this.#bucketMs);
    this.#newestPlace = this.#newest % this.#count;
    this.#newestStartsAt = this.#newest * this.#bucketMs;
    this.#newestEndsAt = (this.#newest + 1) * this.#bucketMs;
    this.#oldest = Math.max(Math.floor((now - this.#lengthMs) / this.#bucketMs), 0);
    this.#oldestLeavesAt = (this.#oldest + 1) * this.#bucketMs + this.#lengthMs;
  }
}
