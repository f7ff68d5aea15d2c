import type { Call } from '../core/call.ts';
import type { Clock } from '../core/clock.ts';
import { type Charge, type MaybePromise, type Settled, type Store, TOMBSTONE_MS } from '../stores/store.ts';
import type { Announcements } from './announcements.ts';
import type { BoundLimit } from './bound-limit.ts';
import { actualOf } from './charges.ts';
import type { Headroom, HeldRate } from './headroom.ts';
import type { KeptReservation, Reservation, Settlement } from './ledger.ts';
import type { Outbox } from './outbox.ts';

/** What reservations share. */
export interface Holder {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly announcements: Announcements;
  readonly headroom: Headroom;
}

/** A reservation that the store holds. */
export class HeldReservation implements Reservation {
  readonly id: string;
  readonly #holder: Holder;
  readonly #call: Call;
  readonly #limits: readonly BoundLimit[];
  readonly #charges: readonly Charge[];
  readonly #rates: readonly HeldRate[];
  readonly #heldAt: number;
  #done = false;

  constructor(
    id: string,
    holder: Holder,
    call: Call,
    limits: readonly BoundLimit[],
    charges: readonly Charge[],
    rates: readonly HeldRate[],
    heldAt: number,
  ) {
    this.id = id;
    this.#holder = holder;
    this.#call = call;
    this.#limits = limits;
    this.#charges = charges;
    this.#rates = rates;
    this.#heldAt = heldAt;
  }

  settle(settlement: Settlement): void {
    if (this.#done) return;
    this.#done = true;
    const actual = actualOf(this.#limits, this.#charges, settlement);
    if (this.#rates.length > 0) this.#holder.headroom.settle(this.#rates, actual, this.#holder.clock.now());
    this.#holder.outbox.send({
      verb: 'settle',
      origin: this.#call,
      command: (store, now) => this.#settleAt(store, actual, now),
    });
  }

  release(): void {
    if (this.#done) return;
    this.#done = true;
    if (this.#rates.length > 0) this.#holder.headroom.settle(this.#rates, undefined, this.#holder.clock.now());
    this.#holder.outbox.send({ verb: 'release', origin: this.#call, command: (store, now) => store.release(this.id, now) });
  }

  extend(leaseMs: number, spent?: Settlement | 'held'): void {
    if (this.#done) return;
    const known = spent === undefined ? undefined : this.#amounts(spent);
    this.#holder.outbox.send({
      verb: 'extend',
      origin: this.#call,
      // An extension that waited until the end came is void: an ended reservation has no lease.
      command: (store, now) => (this.#done ? undefined : store.extend(this.id, leaseMs, now, known)),
    });
  }

  keep(): KeptReservation | undefined {
    if (this.#done) return undefined;
    this.#done = true;
    return keptOf(this.id, true, this.#heldAt, this.#limits, this.#charges);
  }

  #amounts(spent: Settlement | 'held'): readonly number[] {
    return spent === 'held' ? heldAmounts(this.#charges) : actualOf(this.#limits, this.#charges, spent);
  }

  #settleAt(store: Store, actual: readonly number[], now: number): MaybePromise<void> {
    const settled = store.settle(this.id, actual, now);
    if (settled instanceof Promise) return settled.then((value) => this.#settled(store, value, actual, now));
    return this.#settled(store, settled, actual, now);
  }

  #settled(store: Store, settled: Settled, actual: readonly number[], now: number): MaybePromise<void> {
    if (settled.state === 'unknown' && now - this.#heldAt < TOMBSTONE_MS) {
      // The store has lost the reservation with its counters: what was used is charged anew, under the same id.
      return chargeAnew(store, this.id, this.#charges, actual, now);
    }
    if (settled.state !== 'settled' && settled.state !== 'late') return;
    this.#holder.announcements.settled(this.#call, this.#limits, this.#charges, settled.spent, actual);
  }
}

/** A call that was let through while the store was away; what it used is charged when the store is back. */
export class UnheldReservation implements Reservation {
  readonly id: string;
  readonly #holder: Holder;
  readonly #call: Call;
  readonly #limits: readonly BoundLimit[];
  readonly #charges: readonly Charge[];
  #done = false;

  constructor(id: string, holder: Holder, call: Call, limits: readonly BoundLimit[], charges: readonly Charge[]) {
    this.id = id;
    this.#holder = holder;
    this.#call = call;
    this.#limits = limits;
    this.#charges = charges;
  }

  settle(settlement: Settlement): void {
    if (this.#done) return;
    this.#done = true;
    const actual = actualOf(this.#limits, this.#charges, settlement);
    this.#holder.outbox.send({
      verb: 'settle',
      origin: this.#call,
      command: (store, now) => chargeAnew(store, this.id, this.#charges, actual, now),
    });
  }

  release(): void {
    this.#done = true;
  }

  extend(): void {}

  keep(): KeptReservation | undefined {
    if (this.#done) return undefined;
    this.#done = true;
    return keptOf(this.id, false, this.#holder.clock.now(), this.#limits, this.#charges);
  }
}

export function keptOf(
  id: string,
  held: boolean,
  heldAt: number,
  limits: readonly BoundLimit[],
  charges: readonly Charge[],
): KeptReservation {
  const withUnits = charges.map((charge, place) => ({ ...charge, unit: limits[place]?.unit ?? 'requests' }));
  return { id, held, heldAt, charges: withUnits };
}

/** All that a reservation holds, as what a lapse of its lease is to charge. */
export function heldAmounts(charges: readonly Charge[]): readonly number[] {
  return charges.map(({ amount }) => amount);
}

const CHARGE_LEASE_MS = 60_000;

/** Reserves nothing, refuses never, settles: a charge that is applied once however often it is sent. */
export function chargeAnew(
  store: Store,
  id: string,
  charges: readonly Charge[],
  actual: readonly number[],
  now: number,
): MaybePromise<void> {
  const unlimited = charges.map((charge) => ({ ...charge, amount: 0, enforced: false }));
  const reserved = store.reserve(id, unlimited, CHARGE_LEASE_MS, now);
  if (reserved instanceof Promise) {
    return reserved.then(async () => {
      await store.settle(id, actual, now);
    });
  }
  const settled = store.settle(id, actual, now);
  return settled instanceof Promise ? settled.then(() => undefined) : undefined;
}
