import type { Budget, BudgetUnit } from '../../core/budget.ts';
import type { Clock } from '../../core/clock.ts';
import type { Charge, MaybePromise, Store } from '../../stores/store.ts';
import type { BoundLimit } from '../bound-limit.ts';
import { NO_CALL, StoreFailure, type StorePort } from '../store-port.ts';
import { markKey, type RaiseNote, type ResetNote, raisedLimit, readRaise, readReset } from './adjustment-notes.ts';

/** Refused calls look for a change by hand; so often at most for one counter. */
const LOOK_EVERY_MS = 1_000;
/** What is known is looked up again after this time, while calls come. */
const CHECK_EVERY_MS = 5_000;
const MOST_COUNTERS = 10_000;

/** One counter of a budget. */
export interface AdjustedCounter {
  readonly budget: Budget;
  readonly unit: BudgetUnit;
  readonly values: Readonly<Record<string, string>>;
  readonly counter: string;
}

/** What was changed of a counter; what is undefined was not, or is over. */
export interface Adjusted {
  readonly raise: RaiseNote | undefined;
  readonly reset: ResetNote | undefined;
}

interface Known extends Adjusted {
  checkAtMs: number;
}

/**
 * Raises and resets by hand. They are notes in the store, and they only ever give room: so no call looks for them until it
 * would be refused, and if there are none nothing is paid for them. A reset leaves its counter alone and raises the limit
 * by what was spent: reports of slices, late settlements and a store that is restored stay right.
 */
export class Adjustments {
  readonly #port: StorePort;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #lookedAt = new Map<string, number>();

  constructor(port: StorePort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  /** The charges, with the limits that are known to be higher. */
  applied(limits: readonly BoundLimit[], charges: Charge[]): Charge[] {
    if (this.#known.size === 0) return charges;
    return charges.map((charge, place) => {
      const known = this.#known.get(charge.counter);
      const bound = limits[place];
      if (known === undefined || bound === undefined) return charge;
      if (known.checkAtMs <= this.#clock.monotonicMs()) this.#check(known, bound, charge);
      return { ...charge, limit: this.#limitOf(bound, known) };
    });
  }

  /** The limit as it stands by hand, or as it is configured. A reset changes what counts, not the limit. */
  limitNow(bound: BoundLimit, counter: string): number {
    const known = this.#known.get(counter);
    return known === undefined ? bound.limit : this.#raised(bound, known);
  }

  /** Before a call is refused: whether the limit is higher than the one it was asked with. */
  finds(limit: BoundLimit, charge: Charge): MaybePromise<boolean> {
    if (limit.rateOf !== undefined || !limit.enforced) return false;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - (this.#lookedAt.get(charge.counter) ?? Number.NEGATIVE_INFINITY) < LOOK_EVERY_MS) {
      return this.#isHigher(limit, charge);
    }
    if (this.#lookedAt.size >= MOST_COUNTERS) this.#lookedAt.clear();
    this.#lookedAt.set(charge.counter, nowMs);
    const marked = this.#port.ask('readNote', NO_CALL, (store, now) => store.readNote?.(markKey(limit.budget), now));
    if (marked instanceof Promise) return marked.then((mark) => this.#looked(mark, limit, charge));
    return this.#looked(marked, limit, charge);
  }

  /** Whether anything of a budget was ever changed; no if the store does not answer. */
  async isMarked(budget: Budget): Promise<boolean> {
    const mark = await this.#ask(async (store, now) => store.readNote?.(markKey(budget), now));
    return mark !== undefined && !(mark instanceof StoreFailure);
  }

  /** What was changed of a counter, as the store says; remembered for the calls to come. Undefined: the store did not answer. */
  async look(of: AdjustedCounter): Promise<Adjusted | undefined> {
    const [raise, reset] = await Promise.all([
      this.#ask((store, now) => readRaise(store, of.budget, of.values, now)),
      this.#ask((store, now) => readReset(store, of.counter, now)),
    ]);
    if (raise instanceof StoreFailure || reset instanceof StoreFailure) return undefined;
    if (raise === undefined && reset === undefined) this.#known.delete(of.counter);
    else this.#remember(of.counter, { raise, reset, checkAtMs: this.#clock.monotonicMs() + CHECK_EVERY_MS });
    return { raise, reset };
  }

  #looked(mark: string | undefined | StoreFailure, limit: BoundLimit, charge: Charge): MaybePromise<boolean> {
    if (mark === undefined || mark instanceof StoreFailure) return this.#isHigher(limit, charge);
    return this.look(counterOf(limit, charge)).then(() => this.#isHigher(limit, charge));
  }

  #isHigher(limit: BoundLimit, charge: Charge): boolean {
    const known = this.#known.get(charge.counter);
    return known !== undefined && this.#limitOf(limit, known) > charge.limit;
  }

  #limitOf(bound: BoundLimit, known: Adjusted): number {
    return Math.min(this.#raised(bound, known) + (known.reset?.spent ?? 0), Number.MAX_SAFE_INTEGER);
  }

  #raised({ limit, unit }: BoundLimit, { raise }: Adjusted): number {
    const isOver = raise !== undefined && raise.until !== null && raise.until <= this.#clock.now();
    return raisedLimit(limit, unit, isOver ? undefined : raise);
  }

  /** Off the call's path. */
  #check(known: Known, limit: BoundLimit, charge: Charge): void {
    known.checkAtMs = this.#clock.monotonicMs() + CHECK_EVERY_MS;
    void this.look(counterOf(limit, charge));
  }

  #ask<T>(command: (store: Store, now: number) => Promise<T>): MaybePromise<T | StoreFailure> {
    return this.#port.ask('readNote', NO_CALL, command);
  }

  #remember(counter: string, known: Known): void {
    if (this.#known.size >= MOST_COUNTERS) this.#known.clear();
    this.#known.set(counter, known);
  }
}

function counterOf({ budget, unit, values }: BoundLimit, { counter }: Charge): AdjustedCounter {
  return { budget, unit, values, counter };
}
