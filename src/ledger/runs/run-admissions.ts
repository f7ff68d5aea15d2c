import type { Call } from '../../core/call.ts';
import type { Clock } from '../../core/clock.ts';
import { mintId } from '../../core/random.ts';
import type { Run } from '../../core/run.ts';
import type { Emitter } from '../../events/emitter.ts';
import { outsideCalls } from '../../events/event-base.ts';
import { type MaybePromise, type Reserved, TOMBSTONE_MS } from '../../stores/store.ts';
import { StoreError } from '../../stores/store-error.ts';
import type { Admission, Denial, Estimate, Reservation } from '../ledger.ts';
import type { Outbox } from '../outbox.ts';
import { StoreFailure, type StorePort } from '../store-port.ts';
import { MemoryHold } from './memory-hold.ts';
import { inLimit, type RunCharge, runCharges } from './run-charges.ts';
import { denialAtHand, maxOf, nameOf, withoutRoomIn } from './run-denials.ts';
import { type RunHold, RunReservation } from './run-reservation.ts';
import { startKey, takeStart } from './run-start.ts';
import { StoreHold } from './store-hold.ts';

/** Share of a limit from which on a run is said to near it. */
const WARN_AT = 0.8;

interface Parts {
  readonly port: StorePort;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly events: Emitter;
}

/** Holds estimates against the limits of runs: all or nothing, and before any budget. */
export class RunAdmissions {
  readonly #parts: Parts;
  readonly #onSpent = (charge: RunCharge, spent: number) => this.#spent(charge, spent);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `admitBudgets` is asked when the runs have room. `further`: the call holds an estimate already. */
  async admit(call: Call, estimate: Estimate, further: boolean, admitBudgets: () => MaybePromise<Admission>): Promise<Admission> {
    const runs = call.runs ?? [];
    for (const run of runs) {
      run.usedAt = this.#parts.clock.now();
      if (!run.isStartKnown && run.limits.maxMs !== undefined) await this.#learnStart(run, call);
    }
    const held = this.#holdInMemory(call, runs, estimate, further);
    if ('reason' in held) return { admitted: false, denial: held };
    const holds = await this.#holdInStore(call, held);
    if ('reason' in holds) return this.#refused(held.holds, holds);
    let admission: Admission;
    try {
      admission = await admitBudgets();
    } catch (error) {
      release(holds);
      throw error;
    }
    if (!admission.admitted) {
      release(holds);
      return admission;
    }
    const reservation: Reservation = new RunReservation(call, holds, admission.reservation);
    return { ...admission, reservation };
  }

  #refused(holds: readonly RunHold[], denial: Denial): Admission {
    release(holds);
    return { admitted: false, denial };
  }

  /** What is at hand is asked first, in one turn: two calls never both take the last room. */
  #holdInMemory(call: Call, runs: readonly Run[], estimate: Estimate, further: boolean): Held | Denial {
    const charges = runCharges(runs, call, estimate, further);
    const own = charges.filter(({ run }) => !run.isNamed);
    const denial = denialAtHand(call, runs, own, estimate, this.#parts.clock.now());
    if (denial !== undefined) return denial;
    const holds = own.length > 0 || charges.length === 0 ? [new MemoryHold(own, this.#onSpent)] : [];
    return { holds, named: charges.filter(({ run }) => run.isNamed) };
  }

  async #holdInStore(call: Call, { holds, named }: Held): Promise<readonly RunHold[] | Denial> {
    if (named.length === 0) return holds;
    const { port, outbox, clock } = this.#parts;
    const id = mintId('rsv');
    const leaseMs = Math.ceil(Math.max(call.deadlineMs - clock.monotonicMs(), 0) + call.plan.leaseMs);
    const charges = named.map(({ charge }) => charge);
    const reserved = await port.ask('reserve', call, (store, now) => store.reserve(id, charges, leaseMs, now));
    if (reserved instanceof StoreFailure || reserved.granted === 'already') {
      // It may still arrive: a release of the same id frees it, or voids it if it comes later.
      outbox.send({ verb: 'release', origin: call, command: (store, now) => store.release(id, now) });
      const cause =
        reserved instanceof StoreFailure
          ? reserved.error
          : new StoreError('store_unavailable', 'The store answered a new reservation as an old one');
      return { reason: 'store', budget: nameOf(named[0]?.run), cause };
    }
    if (reserved.granted === false) return fullOf(named, reserved);
    return [...holds, new StoreHold(id, call, named, { clock, outbox, onSpent: this.#onSpent })];
  }

  /** A run that moves between processes began where it was first seen. */
  async #learnStart(run: Run, call: Call): Promise<void> {
    const { port } = this.#parts;
    const key = startKey(run);
    const noted = await port.ask('readNote', call, (store, now) => store.readNote?.(key, now));
    if (noted instanceof StoreFailure || run.isStartKnown || takeStart(run, noted)) return;
    run.isStartKnown = true;
    const untilMs = run.startedAt + (run.limits.maxMs ?? 0) + TOMBSTONE_MS;
    await port.ask('keepNote', call, (store, now) => store.keepNote?.(key, String(run.startedAt), untilMs, now));
  }

  #spent({ run, limit, charge }: RunCharge, spent: number): void {
    const max = maxOf({ limit, charge });
    if (spent < WARN_AT * max || run.warned.has(limit)) return;
    run.warned.add(limit);
    const { clock, events } = this.#parts;
    events.emit('run.warn', () => ({
      type: 'run.warn',
      ...outsideCalls(clock.now(), run.caller),
      ...{ run: run.id, limit, spent: inLimit(limit, spent), max: inLimit(limit, max), threshold: WARN_AT },
    }));
  }
}

interface Held {
  readonly holds: readonly RunHold[];
  readonly named: readonly RunCharge[];
}

function fullOf(named: readonly RunCharge[], { deniedBy, remaining }: Extract<Reserved, { granted: false }>): Denial {
  const full = named[deniedBy];
  if (full === undefined) throw new RangeError(`The store denied charge ${deniedBy}, which was not asked for`);
  return withoutRoomIn(full, maxOf(full) - remaining);
}

function release(holds: readonly RunHold[]): void {
  for (const hold of holds) hold.release();
}
