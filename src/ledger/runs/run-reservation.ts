import type { Call } from '../../core/call.ts';
import { mintId } from '../../core/random.ts';
import type { KeptReservation, Reservation, Settlement } from '../ledger.ts';
import type { RunCharge } from './run-charges.ts';
import { addToRunTotals } from './run-totals.ts';

/** What a call holds of its runs on one side: in this process, or in the store. */
export interface RunHold {
  readonly charges: readonly RunCharge[];
  settle(settlement: Settlement | 'held'): void;
  release(): void;
  extend(leaseMs: number, spent: Settlement | 'held' | undefined): void;
}

/** What a call holds of its runs and of its budgets, ended as one. */
export class RunReservation implements Reservation {
  readonly id: string;
  readonly #call: Call;
  readonly #holds: readonly RunHold[];
  readonly #ofBudgets: Reservation | undefined;
  #done = false;

  constructor(call: Call, holds: readonly RunHold[], ofBudgets: Reservation | undefined) {
    this.id = ofBudgets?.id ?? mintId('rsv');
    this.#call = call;
    this.#holds = holds;
    this.#ofBudgets = ofBudgets;
  }

  settle(settlement: Settlement): void {
    if (!this.#end()) return;
    this.#ofBudgets?.settle(settlement);
    for (const hold of this.#holds) hold.settle(settlement);
    addToRunTotals(this.#call, settlement);
  }

  release(): void {
    if (!this.#end()) return;
    this.#ofBudgets?.release();
    for (const hold of this.#holds) hold.release();
  }

  extend(leaseMs: number, spent?: Settlement | 'held'): void {
    if (this.#done) return;
    this.#ofBudgets?.extend(leaseMs, spent);
    for (const hold of this.#holds) hold.extend(leaseMs, spent);
  }

  /** Work that outlives its call may outlive the run: the run is charged the most that it may come to. */
  keep(): KeptReservation | undefined {
    if (!this.#end()) return undefined;
    for (const hold of this.#holds) hold.settle('held');
    return this.#ofBudgets?.keep();
  }

  #end(): boolean {
    if (this.#done) return false;
    this.#done = true;
    return true;
  }
}
