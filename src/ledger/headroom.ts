import type { Clock } from '../core/clock.ts';
import type { Deployment } from '../core/deployment.ts';
import { DeploymentLists, type KnownOfList } from '../core/deployment-lists.ts';
import { RollingCounter } from '../stores/memory-counters.ts';
import { bucketAt, bucketMsOf } from '../stores/rolling-buckets.ts';
import type { Charge } from '../stores/store.ts';
import type { BoundLimit } from './bound-limit.ts';

/** One hold of a rate limit, to be replaced by what was used. */
export interface HeldRate {
  readonly deploymentId: string;
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
  readonly #clock: Clock;
  readonly #deployments = new Map<string, Map<string, Rate>>();
  readonly #lists = new DeploymentLists((deployments) => new Shares(deployments, this, this.#clock));
  #latest = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

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
      held.push({ deploymentId: limit.rateOf, counter, heldAt: now, place, amount });
      this.#lists.changed(limit.rateOf);
    }
    return held;
  }

  settle(held: readonly HeldRate[], actual: readonly number[] | undefined, at: number): void {
    this.#latest = Math.max(this.#latest, at);
    const now = this.#latest;
    for (const { deploymentId, counter, heldAt, place, amount } of held) {
      counter.advance(now);
      counter.replace(heldAt, amount, actual?.[place] ?? 0);
      this.#lists.changed(deploymentId);
    }
  }

  full(limit: BoundLimit, untilMs: number, now: number): void {
    if (limit.rateOf === undefined) return;
    this.#rate(limit.rateOf, limit, now).fullUntil = untilMs;
    this.#lists.changed(limit.rateOf);
  }

  /** The least share that is left of any of a deployment's rates; 1 if it has none. */
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

  /** Until when a deployment's share stays as it is if nothing is held or settled. */
  staysUntil(deploymentId: string, now: number): number {
    let until = (bucketAt(MINUTE_MS, now) + 1) * bucketMsOf(MINUTE_MS);
    for (const { fullUntil } of this.#deployments.get(deploymentId)?.values() ?? []) {
      if (now < fullUntil) until = Math.min(until, fullUntil);
    }
    return until;
  }

  /** The shares of a list that stays, at their places in it. */
  sharesOf(deployments: readonly Deployment[]): Float64Array {
    return this.#lists.of(deployments).at(this.#clock.now());
  }

  forgetLists(): void {
    this.#lists.clear();
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

/** The shares of one list. They are worked out anew when a second begins, one by one when something is held or settled. */
class Shares implements KnownOfList {
  readonly #deployments: readonly Deployment[];
  readonly #headroom: Headroom;
  readonly #clock: Clock;
  readonly #shares: Float64Array;
  #fromMs = 0;
  #untilMs = 0;

  constructor(deployments: readonly Deployment[], headroom: Headroom, clock: Clock) {
    this.#deployments = deployments;
    this.#headroom = headroom;
    this.#clock = clock;
    this.#shares = new Float64Array(deployments.length);
  }

  at(now: number): Float64Array {
    if (this.#holdsAt(now)) return this.#shares;
    this.#fromMs = now;
    this.#untilMs = Number.POSITIVE_INFINITY;
    for (const [place, { id }] of this.#deployments.entries()) this.#take(place, id, now);
    return this.#shares;
  }

  see(place: number, deploymentId: string): void {
    const now = this.#clock.now();
    if (this.#holdsAt(now)) this.#take(place, deploymentId, now);
    else this.#untilMs = this.#fromMs;
  }

  #holdsAt(now: number): boolean {
    return now >= this.#fromMs && now < this.#untilMs;
  }

  #take(place: number, deploymentId: string, now: number): void {
    this.#shares[place] = this.#headroom.share(deploymentId, now);
    this.#untilMs = Math.min(this.#untilMs, this.#headroom.staysUntil(deploymentId, now));
  }
}
