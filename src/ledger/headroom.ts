import { RollingCounter } from '../stores/memory-counters.ts';
import type { Charge } from '../stores/store.ts';
import type { BoundLimit } from './bound-limit.ts';

/** One hold of a rate limit, to be replaced by what was used. */
export interface HeldRate {
  readonly counter: RollingCounter;
  readonly heldAt: number;
  readonly place: number;
  readonly amount: number;
}

interface Rate {
  readonly counter: RollingCounter;
  limit: number;
  /** No room before this, as the store said. */
  fullUntil: number;
}

const MINUTE_MS = 60_000;

/** How much of each deployment's rpm and tpm this process has used; what others used shows only in denials. */
export class Headroom {
  readonly #deployments = new Map<string, Map<string, Rate>>();
  #latest = 0;

  hold(limits: readonly BoundLimit[], charges: readonly Charge[], at: number): HeldRate[] {
    const held: HeldRate[] = [];
    // A clock that goes back stays in the latest bucket.
    this.#latest = Math.max(this.#latest, at);
    const now = this.#latest;
    for (let place = 0; place < limits.length; place += 1) {
      const limit = limits[place];
      if (limit?.rateOf === undefined) continue;
      const { counter } = this.#rate(limit.rateOf, limit, now);
      const amount = charges[place]?.amount ?? 0;
      counter.advance(now);
      counter.hold(amount);
      held.push({ counter, heldAt: now, place, amount });
    }
    return held;
  }

  settle(held: readonly HeldRate[], actual: readonly number[] | undefined, at: number): void {
    this.#latest = Math.max(this.#latest, at);
    const now = this.#latest;
    for (const { counter, heldAt, place, amount } of held) {
      counter.advance(now);
      counter.replace(heldAt, amount, actual?.[place] ?? 0);
    }
  }

  full(limit: BoundLimit, untilMs: number, now: number): void {
    if (limit.rateOf !== undefined) this.#rate(limit.rateOf, limit, now).fullUntil = untilMs;
  }

  /** The least share that is left of any of a deployment's rates; 1 where it has none. */
  share(deploymentId: string, now: number): number {
    let least = 1;
    for (const { counter, limit, fullUntil } of this.#deployments.get(deploymentId)?.values() ?? []) {
      if (now < fullUntil) return 0;
      counter.advance(now);
      const left = limit === 0 ? 0 : 1 - (counter.spent + counter.reserved) / limit;
      least = Math.min(least, Math.max(left, 0));
    }
    return least;
  }

  #rate(deploymentId: string, { unit, limit }: BoundLimit, now: number): Rate {
    let rates = this.#deployments.get(deploymentId);
    if (rates === undefined) {
      rates = new Map();
      this.#deployments.set(deploymentId, rates);
    }
    let rate = rates.get(unit);
    if (rate === undefined) {
      rate = { counter: new RollingCounter(MINUTE_MS, now), limit, fullUntil: 0 };
      rates.set(unit, rate);
    }
    rate.limit = limit;
    return rate;
  }
}
