import type { Call } from '../../core/call.ts';
import type { Clock } from '../../core/clock.ts';
import { sleep } from '../../core/sleep.ts';
import type { Emitter } from '../../events/emitter.ts';
import type { Charge, MaybePromise } from '../../stores/store.ts';
import type { Announcements, ToldCall } from '../announcements.ts';
import type { BoundLimit } from '../bound-limit.ts';
import type { StoreFailure, StorePort } from '../store-port.ts';
import { CounterSlices } from './counter-slices.ts';
import type { Slice } from './slice.ts';
import type { SliceOptions } from './slice-options.ts';
import { SliceReports } from './slice-reports.ts';

/** Others give back within their interval; so many of them are waited for, with so many looks in each. */
const RECALL_INTERVALS = 1.5;
const RECALL_LOOKS = 5;

export interface SliceBookOptions {
  readonly port: StorePort;
  readonly clock: Clock;
  readonly events: Emitter;
  readonly announcements: Announcements;
  readonly options: SliceOptions;
}

/** What a call took of one counter. */
export interface TakenPart {
  readonly counter: CounterSlices;
  readonly slice: Slice;
  /** Of the slice: the call's bound, or more if more is known to be spent. */
  held: number;
}

/** What a call took. */
export interface Taken {
  /** In the order of its charges. */
  readonly parts: readonly TakenPart[];
  /** Places of the charges that are not enforced and passed their limit. */
  readonly exceeded: readonly number[] | undefined;
}

/** What a call that waits wants of one counter. */
export interface Wanted {
  readonly counter: CounterSlices;
  readonly amount: number;
}

/** The slices of this process: calls are admitted and settled in memory. */
export class SliceBook {
  readonly #clock: Clock;
  readonly #counters = new Map<string, CounterSlices>();
  readonly #reports: SliceReports;

  constructor(options: SliceBookOptions) {
    this.#clock = options.clock;
    this.#reports = new SliceReports({ ...options, counters: this.#counters });
  }

  get reportMs(): number {
    return this.#reports.reportMs;
  }

  /**
   * Takes every charge of a call from the slices, or none: undefined if one has no room. `hasWaited`: for a refill that was
   * answered just now. What it asked for was held in the store within its bucket of a rolling window, as a reservation is
   * whose answer comes a little later, so it is taken also if the bucket ended on the way.
   */
  take(charges: readonly Charge[], hasWaited = false): Taken | undefined {
    const monotonicMs = this.#clock.monotonicMs();
    const parts: TakenPart[] = [];
    for (const charge of charges) {
      const counter = this.#counters.get(charge.counter);
      if (counter === undefined || !counter.admits(charge, monotonicMs, hasWaited)) return undefined;
      parts.push({ counter, slice: counter.current, held: charge.amount });
    }
    let exceeded: number[] | undefined;
    let runsDry = false;
    for (const [place, { counter, slice, held }] of parts.entries()) {
      if (!counter.enforced && counter.isPassedBy(held)) {
        exceeded ??= [];
        exceeded.push(place);
      }
      if (!hasWaited) counter.demanded(held, monotonicMs);
      slice.inUse += held;
      runsDry ||= counter.runsDry();
    }
    if (runsDry) this.#reports.soon();
    return { parts, exceeded };
  }

  /**
   * A call has no room in the slices of this process. Gives what it wants if the store will probably lend that: then it
   * can wait for `refill`. Else it is to be held in the store by itself, and slices are asked for meanwhile.
   */
  want(limits: readonly BoundLimit[], charges: readonly Charge[]): readonly Wanted[] | undefined {
    const monotonicMs = this.#clock.monotonicMs();
    let mayLend = !this.#reports.isFailing;
    const wanted: Wanted[] = [];
    for (const [place, limit] of limits.entries()) {
      const charge = charges[place];
      if (charge === undefined) continue;
      const counter = this.#counter(limit, charge);
      counter.bound = limit;
      counter.limit = charge.limit;
      counter.window = charge.window;
      counter.demanded(charge.amount, monotonicMs);
      mayLend &&= counter.mayLend(charge.amount);
      wanted.push({ counter, amount: charge.amount });
    }
    if (mayLend) return wanted;
    this.#reports.soon();
    return undefined;
  }

  /**
   * Has slices lent for a call that waits, together with all that wait at the same time. Answers why the store did not
   * answer; undefined: it has, and there is probably room.
   */
  refill(wanted: readonly Wanted[]): MaybePromise<StoreFailure | undefined> {
    for (const { counter, amount } of wanted) counter.waiting += amount;
    return this.#reports.refill(wanted);
  }

  /** What a call used is booked: told to the store in time, and soon if a threshold is reached. */
  booked(parts: readonly TakenPart[], { requestId, caller, model, operation }: Call): void {
    let atMark = false;
    let told: ToldCall | undefined;
    for (const { counter } of parts) {
      if (counter.bound.budget.warnAt.length === 0) continue;
      // Not the call itself, which holds what was sent.
      told ??= { requestId, caller, model, operation };
      counter.call = told;
      atMark ||= counter.isAtMark();
    }
    if (atMark) this.#reports.soon();
    else this.#reports.later();
  }

  /** What this process holds of a counter for its open calls; the rest of what it was lent is unused. */
  inUseOf(counter: string): number {
    return this.#counters.get(counter)?.inUse ?? 0;
  }

  /**
   * Calls room back for an amount: gives back what is unused here and asks the others to. Answers what room there is then;
   * undefined if the store did not answer. Ends as soon as there is enough, if nobody holds anything more, and a
   * little after the others' interval.
   */
  async recall(limit: BoundLimit, charge: Charge): Promise<number | undefined> {
    const startedMs = this.#clock.monotonicMs();
    const counter = this.#counter(limit, charge);
    for (;;) {
      counter.recall = Math.max(counter.recall, charge.amount);
      await this.flush();
      const { free, lentToOthers } = counter;
      if (free === undefined || this.#reports.isFailing) return undefined;
      const isOver = this.#clock.monotonicMs() - startedMs > this.reportMs * RECALL_INTERVALS;
      if (free >= charge.amount || lentToOthers === 0 || isOver) return free;
      await sleep(this.reportMs / RECALL_LOOKS, this.#clock);
    }
  }

  /** Tells the store all that is due, after the report that is under way. Never rejects. */
  flush(): MaybePromise<void> {
    return this.#reports.flush();
  }

  /** Gives every slice back, as far as the deadline allows; what open calls hold stays until its lease is over. */
  close(deadlineMs: number): Promise<void> {
    return this.#reports.close(deadlineMs);
  }

  #counter(limit: BoundLimit, charge: Charge): CounterSlices {
    let counter = this.#counters.get(charge.counter);
    if (counter === undefined) {
      counter = new CounterSlices(limit, charge, this.#clock.now(), this.#clock.monotonicMs());
      this.#counters.set(charge.counter, counter);
    }
    return counter;
  }
}
