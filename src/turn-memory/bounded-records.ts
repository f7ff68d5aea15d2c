import type { Clock } from '../core/clock.ts';
import type { TurnMemoryPlan } from '../core/plan.ts';

interface BoundedRecord<T> {
  readonly keys: readonly string[];
  readonly value: T;
  readonly bytes: number;
  usedAtMs: number;
}

/**
 * Values under one or more keys each, bounded by number, bytes and age: what was used least recently goes first. Nothing
 * runs in the background; what is too old goes when it is met.
 */
export class BoundedRecords<T> {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, BoundedRecord<T>>();
  /** Least recently used first. */
  readonly #inOrder = new Set<BoundedRecord<T>>();
  #bytes = 0;
  #limits: TurnMemoryPlan = NOTHING;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#inOrder.size;
  }

  /** Bounds from now on, of what is there too; without any there is nothing. */
  bound(limits: TurnMemoryPlan = NOTHING): void {
    this.#limits = limits;
    this.#dropExcess(this.#clock.monotonicMs());
  }

  find(key: string): T | undefined {
    const record = this.#byKey.get(key);
    if (record === undefined) return undefined;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - record.usedAtMs > this.#limits.ttlMs) {
      this.#forget(record);
      return undefined;
    }
    record.usedAtMs = nowMs;
    this.#inOrder.delete(record);
    this.#inOrder.add(record);
    return record.value;
  }

  /** What alone is beyond the bounds is not kept; a value kept before under one of the keys is replaced. */
  keep(keys: readonly string[], value: T, bytes: number): void {
    for (const key of keys) {
      const earlier = this.#byKey.get(key);
      if (earlier !== undefined) this.#forget(earlier);
    }
    if (bytes > this.#limits.maxBytes) return;
    const nowMs = this.#clock.monotonicMs();
    const record: BoundedRecord<T> = { keys, value, bytes, usedAtMs: nowMs };
    for (const key of keys) this.#byKey.set(key, record);
    this.#inOrder.add(record);
    this.#bytes += bytes;
    this.#dropExcess(nowMs);
  }

  #dropExcess(nowMs: number): void {
    const { maxTurns, maxBytes, ttlMs } = this.#limits;
    for (const oldest of this.#inOrder) {
      const fits = this.#inOrder.size <= maxTurns && this.#bytes <= maxBytes && nowMs - oldest.usedAtMs <= ttlMs;
      if (fits) return;
      this.#forget(oldest);
    }
  }

  #forget(record: BoundedRecord<T>): void {
    for (const key of record.keys) if (this.#byKey.get(key) === record) this.#byKey.delete(key);
    if (this.#inOrder.delete(record)) this.#bytes -= record.bytes;
  }
}

const NOTHING: TurnMemoryPlan = { maxTurns: 0, maxBytes: 0, ttlMs: 0 };
