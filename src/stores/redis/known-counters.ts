import { bucketMsOf } from '../rolling-buckets.ts';
import type { Charge, ChargeWindow } from '../store.ts';

const MOST_KNOWN = 20_000;
const MOST_HELD = 100_000;

interface Known {
  spent: number;
  readonly window: ChargeWindow;
  seenAt: number;
}

/** What this process last knew of the counters it charged, to restore them from when Redis has lost them. */
export class KnownCounters {
  readonly #held = new Map<string, readonly Charge[]>();
  readonly #known = new Map<string, Known>();

  hold(id: string, charges: readonly Charge[]): void {
    if (this.#held.size >= MOST_HELD) this.#held.clear();
    this.#held.set(id, charges);
  }

  forget(id: string): void {
    this.#held.delete(id);
  }

  settled(id: string, spent: readonly number[], now: number): void {
    const charges = this.#held.get(id) ?? [];
    this.#held.delete(id);
    for (const [place, { counter, window }] of charges.entries()) {
      const amount = spent[place];
      if (amount === undefined) continue;
      this.#known.delete(counter);
      this.#known.set(counter, { spent: amount, window, seenAt: now });
    }
    if (this.#known.size > MOST_KNOWN) this.#collect(now);
  }

  /** Arguments of the restore script: five for each counter whose window is not over. */
  restoration(now: number): string[] {
    this.#collect(now);
    return [...this.#known].flatMap(([counter, { spent, window }]) => {
      if (window.kind === 'calendar')
        return [counter, String(spent), '', '', window.endsAt === null ? '+inf' : String(window.endsAt)];
      const bucketMs = bucketMsOf(window.lengthMs);
      return [counter, String(spent), String(window.lengthMs), String(bucketMs), String(now + window.lengthMs + 2 * bucketMs)];
    });
  }

  #collect(now: number): void {
    for (const [counter, { window, seenAt }] of this.#known) {
      const endsAt = window.kind === 'calendar' ? window.endsAt : seenAt + window.lengthMs;
      if (endsAt !== null && endsAt <= now) this.#known.delete(counter);
    }
    for (const counter of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) break;
      this.#known.delete(counter);
    }
  }
}
