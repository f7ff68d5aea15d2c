import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Work } from '../../core/work.ts';
import type { KeptReservation, Reservation } from '../../ledger/ledger.ts';
import type { Runtime } from '../runtime.ts';
import { continuesWork } from './asks-for-work.ts';
import { CallUse, type RunningUse } from './call-use.ts';

/** The money of one call: all that is reserved for it, what its attempts used, and the one settlement at its end. */
export class CallAccount {
  readonly use = new CallUse();
  readonly #call: Call;
  readonly #runtime: Runtime;
  /** Held from the admission until the end of the call; all use is settled on it. */
  #reservation: Reservation | undefined;
  /** Further estimates, held for hedges and for attempts that the first does not cover. */
  #cover: Reservation[] | undefined;
  #state: 'open' | 'left to work' | 'settled' = 'open';

  constructor(call: Call, runtime: Runtime) {
    this.#call = call;
    this.#runtime = runtime;
  }

  /** Whether budgets hold anything for the call. */
  get isHeld(): boolean {
    return this.#reservation !== undefined;
  }

  /** The call is admitted; undefined if no budget is for it. */
  hold(reservation: Reservation | undefined): void {
    this.#reservation = reservation;
  }

  /** Keeps a further estimate until the end of the call; one that comes after it is given back at once. */
  cover(reservation: Reservation): void {
    if (this.#state === 'settled') reservation.release();
    else if (this.#cover === undefined) this.#cover = [reservation];
    else this.#cover.push(reservation);
  }

  /** How long what is held may go unsettled from now on. */
  leaseMs(): number {
    return Math.ceil(Math.max(this.#call.deadlineMs - this.#runtime.clock.monotonicMs(), 0) + this.#call.plan.leaseMs);
  }

  /** A crash while the next attempt runs is to charge what those before it used. */
  extendForAttempt(): void {
    if (this.use.isSome) this.#reservation?.extend(this.leaseMs(), this.use.settlementSoFar());
  }

  /** Prolongs the lease, and tells what it is to charge if this process dies: what ended attempts used, and `running` so far. */
  extendForStream(attempt: number, running: RunningUse): void {
    this.use.running(attempt, running);
    this.#reservation?.extend(this.leaseMs(), this.use.settlementSoFar());
  }

  /** From now on a process that dies leaves all that is held to be charged: its provider may be at work that nobody has seen. */
  extendForWork(ofAttempt: Reservation | undefined): void {
    this.#reservation?.extend(this.leaseMs(), 'held');
    ofAttempt?.extend(this.leaseMs(), 'held');
  }

  /**
   * A provider goes on with work of this call: what is held is kept for it, and the end of the call settles nothing. A
   * promise only if the store is to be waited for.
   */
  leaveTo(work: Work, call: Call, deployment: Deployment, ofAttempt: KeptReservation | undefined): Promise<void> | undefined {
    this.#state = 'left to work';
    const kept = this.#runtime.ledger.background.keep({
      work,
      call: { ...call, model: this.#call.model },
      deployment,
      ofCall: this.#reservation?.keep(),
      ofAttempt,
      further: (this.#cover ?? []).flatMap((reservation) => reservation.keep() ?? []),
      before: { ...this.use.settlement(), requests: 1 },
      continues: continuesWork(call),
    });
    return kept || undefined;
  }

  /** The call has ended: what was used is charged and the rest is given back, unless it was left to work. */
  settle(): void {
    const isLeft = this.#state === 'left to work';
    this.#state = 'settled';
    if (isLeft) return;
    if (this.use.reachedProvider) this.#reservation?.settle(this.use.settlement());
    else this.#reservation?.release();
    if (this.#cover) for (const reservation of this.#cover) reservation.release();
  }
}
