import type { Call } from '../../core/call.ts';
import type { Charge, MaybePromise, Store } from '../../stores/store.ts';
import type { BoundLimit } from '../bound-limit.ts';
import { actualOf } from '../charges.ts';
import type { HeldRate } from '../headroom.ts';
import type { KeptReservation, Reservation, Settlement } from '../ledger.ts';
import { type Holder, keptOf } from '../reservation.ts';
import type { SliceBook, Taken } from './slice-book.ts';

/** A reservation that this process holds of its slices: settled in memory, and told to the store with the next report. */
export class SlicedReservation implements Reservation {
  readonly id: string;
  readonly #book: SliceBook;
  readonly #holder: Holder;
  readonly #call: Call;
  readonly #limits: readonly BoundLimit[];
  readonly #charges: readonly Charge[];
  readonly #taken: Taken;
  readonly #rates: readonly HeldRate[];
  readonly #heldAt: number;
  #done = false;

  constructor(
    id: string,
    book: SliceBook,
    holder: Holder,
    call: Call,
    limits: readonly BoundLimit[],
    charges: readonly Charge[],
    taken: Taken,
    rates: readonly HeldRate[],
    heldAt: number,
  ) {
    this.id = id;
    this.#book = book;
    this.#holder = holder;
    this.#call = call;
    this.#limits = limits;
    this.#charges = charges;
    this.#taken = taken;
    this.#rates = rates;
    this.#heldAt = heldAt;
  }

  settle(settlement: Settlement): void {
    if (this.#done) return;
    this.#end(actualOf(this.#limits, this.#charges, settlement));
  }

  release(): void {
    if (!this.#done) this.#end(undefined);
  }

  /** The lease of the slice is prolonged with every report; what is known to be spent is held at least. */
  extend(_leaseMs: number, spent?: Settlement | 'held'): void {
    if (this.#done || spent === undefined || spent === 'held') return;
    const known = actualOf(this.#limits, this.#charges, spent);
    for (const [place, part] of this.#taken.parts.entries()) {
      const more = (known[place] ?? 0) - part.held;
      if (more <= 0) continue;
      part.held += more;
      part.slice.inUse += more;
    }
  }

  /** What outlives this process is held in the store by itself; the slice keeps it until that is done. */
  keep(): KeptReservation | undefined {
    if (this.#done) return undefined;
    this.#done = true;
    const { deadlineMs, plan } = this.#call;
    const leaseMs = Math.ceil(Math.max(deadlineMs - this.#holder.clock.monotonicMs(), 0) + plan.leaseMs);
    const unlimited = this.#charges.map((charge) => ({ ...charge, enforced: false }));
    const reserve = (store: Store, now: number): MaybePromise<void> => {
      const reserved = store.reserve(this.id, unlimited, leaseMs, now);
      if (reserved instanceof Promise) return reserved.then(() => this.#booked(undefined));
      return this.#booked(undefined);
    };
    this.#holder.outbox.send({ verb: 'reserve', origin: this.#call, command: reserve });
    return keptOf(this.id, true, this.#heldAt, this.#limits, this.#charges);
  }

  #end(actual: readonly number[] | undefined): void {
    this.#done = true;
    if (this.#rates.length > 0) this.#holder.headroom.settle(this.#rates, actual, this.#holder.clock.now());
    this.#booked(actual);
  }

  /** Frees what the call holds of its slices, and books what it used. */
  #booked(actual: readonly number[] | undefined): void {
    for (const [place, { slice, held }] of this.#taken.parts.entries()) {
      slice.inUse -= held;
      slice.spent += actual?.[place] ?? 0;
    }
    this.#book.booked(this.#taken.parts, this.#call);
  }
}
