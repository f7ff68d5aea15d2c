import type { Settlement } from '../ledger.ts';
import { type RunCharge, usedOfRuns } from './run-charges.ts';
import type { RunHold } from './run-reservation.ts';

/** What a call holds of runs that are counted in this process alone. It ends with its call, so that it needs no lease. */
export class MemoryHold implements RunHold {
  readonly charges: readonly RunCharge[];
  readonly #onSpent: (charge: RunCharge, spent: number) => void;

  constructor(charges: readonly RunCharge[], onSpent: (charge: RunCharge, spent: number) => void) {
    this.charges = charges;
    this.#onSpent = onSpent;
    for (const { run, limit, charge } of charges) run.counters[limit].held += charge.amount;
  }

  settle(settlement: Settlement | 'held'): void {
    const used = settlement === 'held' ? undefined : usedOfRuns(this.charges, settlement);
    for (const [place, held] of this.charges.entries()) {
      const counter = held.run.counters[held.limit];
      counter.held -= held.charge.amount;
      counter.spent += used?.[place] ?? (used === undefined ? held.charge.amount : 0);
      this.#onSpent(held, counter.spent);
    }
  }

  release(): void {
    for (const { run, limit, charge } of this.charges) run.counters[limit].held -= charge.amount;
  }

  extend(): void {}
}

/** The first charge without room; undefined if all have it. */
export function withoutRoom(charges: readonly RunCharge[]): RunCharge | undefined {
  return charges.find(({ run, limit, charge }) => {
    const { held, spent } = run.counters[limit];
    return held + spent + charge.amount > charge.limit;
  });
}
