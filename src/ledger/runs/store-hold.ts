import type { Call } from '../../core/call.ts';
import type { Clock } from '../../core/clock.ts';
import { type MaybePromise, type Settled, type Store, TOMBSTONE_MS } from '../../stores/store.ts';
import type { Settlement } from '../ledger.ts';
import type { Outbox } from '../outbox.ts';
import { chargeAnew } from '../reservation.ts';
import { type RunCharge, usedOfRuns } from './run-charges.ts';
import type { RunHold } from './run-reservation.ts';

export interface StoreHoldParts {
  readonly clock: Clock;
  readonly outbox: Outbox;
  onSpent(charge: RunCharge, spent: number): void;
}

/** What a call holds of named runs, in the store. */
export class StoreHold implements RunHold {
  readonly charges: readonly RunCharge[];
  readonly #id: string;
  readonly #call: Call;
  readonly #parts: StoreHoldParts;
  readonly #heldAt: number;
  #done = false;

  constructor(id: string, call: Call, charges: readonly RunCharge[], parts: StoreHoldParts) {
    this.charges = charges;
    this.#id = id;
    this.#call = call;
    this.#parts = parts;
    this.#heldAt = parts.clock.now();
  }

  settle(settlement: Settlement | 'held'): void {
    this.#done = true;
    const actual = this.#amounts(settlement);
    this.#parts.outbox.send({
      verb: 'settle',
      origin: this.#call,
      command: (store, now) => this.#settleAt(store, actual, now),
    });
  }

  release(): void {
    this.#done = true;
    this.#parts.outbox.send({ verb: 'release', origin: this.#call, command: (store, now) => store.release(this.#id, now) });
  }

  extend(leaseMs: number, spent: Settlement | 'held' | undefined): void {
    const known = spent === undefined ? undefined : this.#amounts(spent);
    this.#parts.outbox.send({
      verb: 'extend',
      origin: this.#call,
      command: (store, now) => (this.#done ? undefined : store.extend(this.#id, leaseMs, now, known)),
    });
  }

  #amounts(spent: Settlement | 'held'): readonly number[] {
    return spent === 'held' ? this.charges.map(({ charge }) => charge.amount) : usedOfRuns(this.charges, spent);
  }

  #settleAt(store: Store, actual: readonly number[], now: number): MaybePromise<void> {
    const settled = store.settle(this.#id, actual, now);
    if (settled instanceof Promise) return settled.then((value) => this.#settled(store, value, actual, now));
    return this.#settled(store, settled, actual, now);
  }

  #settled(store: Store, settled: Settled, actual: readonly number[], now: number): MaybePromise<void> {
    if (settled.state === 'unknown' && now - this.#heldAt < TOMBSTONE_MS) {
      const charges = this.charges.map(({ charge }) => charge);
      return chargeAnew(store, this.#id, charges, actual, now);
    }
    if (settled.state !== 'settled' && settled.state !== 'late') return;
    for (const [place, charge] of this.charges.entries()) this.#parts.onSpent(charge, settled.spent[place] ?? 0);
  }
}
