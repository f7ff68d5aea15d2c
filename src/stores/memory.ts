import { type MemoryCounter, memoryCounter } from './memory-counters.ts';
import { MemoryNotes } from './memory-notes.ts';
import { MemorySlices } from './memory-slices.ts';
import {
  assertAmount,
  assertAmounts,
  assertExchange,
  type Balance,
  type BalanceQuery,
  type Charge,
  type Extended,
  LATE_SETTLEMENT_MS,
  type Released,
  type ReservationState,
  type Reserved,
  type Settled,
  type SliceGrant,
  type SliceReport,
  type Store,
  type UsageRange,
  type UsageTotals,
} from './store.ts';
import { UsageReport } from './usage-report.ts';

const GRANTED: Reserved = Object.freeze({ granted: true });
const EXTENDED: Extended = Object.freeze({ state: 'extended' });
const NOTHING: readonly never[] = Object.freeze([]);
/** Ended reservations are remembered in two generations of this many, which bounds their memory under any load. */
const GENERATION_SIZE = 512;
const COLLECT_EVERY_MS = 60_000;

/** A reservation, or the tombstone of one. Once it is settled or released it holds nothing but its state. */
interface Held {
  state: ReservationState;
  charges: readonly Charge[];
  counters: readonly MemoryCounter[];
  /** The store's time at the reserve: decides the bucket of a rolling window. */
  heldAt: number;
  expiresAt: number;
  /** What a lapse of the lease charges, or has charged. */
  spent: readonly number[] | undefined;
}

/**
 * Counters in this process, in Maps; every verb answers at once. Lapsed leases are applied before anything
 * else, finished windows and old tombstones are collected on the way. Lost with the process.
 */
export class MemoryStore implements Store {
  readonly #counters = new Map<string, MemoryCounter>();
  readonly #report = new UsageReport();
  readonly #notes = new MemoryNotes();
  readonly #slices = new MemorySlices();
  #younger = new Map<string, Held>();
  #older = new Map<string, Held>();
  #fullAt = GENERATION_SIZE;
  /** No lease ends before this; a lower bound, so that most verbs need not look. */
  #earliestExpiry = Number.POSITIVE_INFINITY;
  #collectAt = 0;
  #now = 0;

  reserve(id: string, charges: readonly Charge[], leaseMs: number, at: number): Reserved {
    assertAmount('leaseMs', leaseMs);
    const now = this.#advance(at);
    const known = this.#find(id);
    if (known !== undefined) return { granted: 'already', state: known.state };
    const counters = new Array<MemoryCounter>(charges.length);
    let denial: Reserved | undefined;
    for (let place = 0; ; place++) {
      const charge = charges[place];
      if (charge === undefined) break;
      assertAmount('amount', charge.amount);
      assertAmount('limit', charge.limit);
      const counter = this.#counter(charge, now);
      counter.asked(now);
      counters[place] = counter;
      if (charge.enforced && isOver(charge, counter)) denial ??= denied(place, charge, counter, now);
    }
    return denial ?? this.#hold(id, charges, counters, now, now + leaseMs);
  }

  settle(id: string, actual: readonly number[], at: number): Settled {
    const now = this.#advance(at);
    const held = this.#find(id);
    if (held === undefined) return { state: 'unknown' };
    const { state } = held;
    if (state === 'settled' || state === 'released') return { state: `already-${state}` };
    assertAmounts('actual', actual, held.charges.length);
    const spent = state === 'open' ? apply(held, actual, now) : applyDifference(held, actual, now);
    end(held, 'settled');
    return { state: state === 'open' ? 'settled' : 'late', spent };
  }

  release(id: string, at: number): Released {
    const now = this.#advance(at);
    const held = this.#find(id);
    if (held === undefined) {
      this.#remember(id, { state: 'released', ...EMPTY });
      return { state: 'voided' };
    }
    const { state } = held;
    if (state === 'expired') return { state };
    if (state !== 'open') return { state: `already-${state}` };
    apply(held, undefined, now);
    end(held, 'released');
    return { state: 'released' };
  }

  extend(id: string, leaseMs: number, at: number, spent?: readonly number[]): Extended {
    assertAmount('leaseMs', leaseMs);
    const now = this.#advance(at);
    const held = this.#find(id);
    if (held === undefined) return { state: 'unknown' };
    const { state } = held;
    if (state === 'expired') return { state };
    if (state !== 'open') return { state: `already-${state}` };
    if (spent !== undefined) {
      assertAmounts('spent', spent, held.charges.length);
      held.spent = spent;
    }
    held.expiresAt = now + leaseMs;
    this.#earliestExpiry = Math.min(this.#earliestExpiry, held.expiresAt);
    return EXTENDED;
  }

  balances(query: BalanceQuery, at: number): Balance[] {
    const now = this.#advance(at);
    const balances: Balance[] = [];
    const add = (counter: string, state: MemoryCounter | undefined) => {
      if (state === undefined || state.over(now)) return;
      state.advance(now);
      const sliced = this.#slices.heldOf(counter, now);
      balances.push({ counter, spent: state.spent, reserved: state.reserved - sliced, sliced });
    };
    if ('counters' in query) {
      for (const counter of query.counters) add(counter, this.#counters.get(counter));
      return balances;
    }
    for (const [counter, state] of this.#counters) if (counter.startsWith(query.prefix)) add(counter, state);
    return balances;
  }

  record(id: string, rows: readonly UsageTotals[], at: number): void {
    this.#advance(at);
    const tombstone = `record:${id}`;
    if (this.#find(tombstone) !== undefined) return;
    this.#report.add(rows);
    this.#remember(tombstone, { state: 'settled', ...EMPTY });
  }

  usage(query: UsageRange): UsageTotals[] {
    return this.#report.rows(query);
  }

  keepNote(key: string, text: string, untilMs: number, at: number): void {
    assertAmount('untilMs', untilMs);
    this.#notes.keep(key, text, untilMs, this.#advance(at));
  }

  readNote(key: string, at: number): string | undefined {
    return this.#notes.read(key, this.#advance(at));
  }

  exchange(holder: string, reports: readonly SliceReport[], leaseMs: number, at: number): SliceGrant[] {
    assertExchange(reports, leaseMs, at);
    const now = this.#advance(at);
    const grants = reports.map((report) => this.#slices.exchange(holder, report, this.#counter(report, now), leaseMs, now));
    this.#earliestExpiry = Math.min(this.#earliestExpiry, this.#slices.earliestExpiry);
    return grants;
  }

  close(): void {}

  /** The latest time seen, so that a clock that goes back reopens nothing; what is over by then has lapsed. */
  #advance(now: number): number {
    assertAmount('now', now);
    if (now > this.#now) this.#now = now;
    if (this.#earliestExpiry <= this.#now) this.#lapse(this.#now);
    if (this.#now >= this.#collectAt) this.#collect(this.#now);
    return this.#now;
  }

  #find(id: string): Held | undefined {
    return this.#younger.get(id) ?? this.#older.get(id);
  }

  /** The counter of a charge, as it was when it was last advanced. */
  #counter({ counter, window }: Pick<Charge, 'counter' | 'window'>, now: number): MemoryCounter {
    const known = this.#counters.get(counter);
    if (known !== undefined) return known;
    const made = memoryCounter(window, now);
    this.#counters.set(counter, made);
    return made;
  }

  #hold(id: string, charges: readonly Charge[], counters: readonly MemoryCounter[], heldAt: number, expiresAt: number): Reserved {
    let exceeded: number[] | undefined;
    for (let place = 0; ; place++) {
      const charge = charges[place];
      const counter = counters[place];
      if (charge === undefined || counter === undefined) break;
      if (!charge.enforced && isOver(charge, counter)) {
        exceeded ??= [];
        exceeded.push(place);
      }
      counter.hold(charge.amount);
    }
    this.#remember(id, { state: 'open', charges, counters, heldAt, expiresAt, spent: undefined });
    if (expiresAt < this.#earliestExpiry) this.#earliestExpiry = expiresAt;
    return exceeded === undefined ? GRANTED : { granted: true, exceeded };
  }

  #remember(id: string, held: Held): void {
    if (this.#younger.size >= this.#fullAt) this.#turnGeneration();
    this.#younger.set(id, held);
  }

  /** Forgets the older generation, except for what is open or may still be settled late. */
  #turnGeneration(): void {
    const kept = new Map<string, Held>();
    for (const [id, held] of this.#older) {
      const late = held.state === 'expired' && held.expiresAt + LATE_SETTLEMENT_MS > this.#now;
      if (held.state === 'open' || late) kept.set(id, held);
    }
    this.#older = this.#younger;
    this.#younger = kept;
    this.#fullAt = kept.size + GENERATION_SIZE;
  }

  /** Ends every lease that is over: charges what is known to be spent, frees the rest. */
  #lapse(now: number): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const generation of [this.#older, this.#younger]) {
      for (const held of generation.values()) {
        if (held.state !== 'open') continue;
        if (held.expiresAt > now) {
          if (held.expiresAt < earliest) earliest = held.expiresAt;
          continue;
        }
        apply(held, held.spent, now);
        held.state = 'expired';
      }
    }
    this.#slices.lapse(now);
    this.#earliestExpiry = Math.min(earliest, this.#slices.earliestExpiry);
  }

  #collect(now: number): void {
    this.#collectAt = now + COLLECT_EVERY_MS;
    this.#slices.collect(now);
    for (const [counter, state] of this.#counters) if (state.over(now)) this.#counters.delete(counter);
  }
}

const EMPTY = { charges: NOTHING, counters: NOTHING, heldAt: 0, expiresAt: 0, spent: undefined };

function isOver(charge: Charge, counter: MemoryCounter): boolean {
  return counter.spent + counter.reserved + charge.amount > charge.limit;
}

function denied(place: number, charge: Charge, counter: MemoryCounter, now: number): Reserved {
  return {
    granted: false,
    deniedBy: place,
    remaining: Math.max(charge.limit - counter.spent - counter.reserved, 0),
    retryAfterMs: counter.roomAfterMs(charge.amount, charge.limit, now),
  };
}

/** Replaces what is held by the actual amounts (undefined: nothing was used) and tells what each counter has spent. */
function apply(held: Held, actual: readonly number[] | undefined, now: number): number[] {
  const { charges, counters, heldAt } = held;
  const spent = new Array<number>(charges.length);
  for (let place = 0; ; place++) {
    const counter = counters[place];
    if (counter === undefined) break;
    counter.advance(now);
    counter.replace(heldAt, charges[place]?.amount ?? 0, actual?.[place] ?? 0);
    spent[place] = counter.spent;
  }
  return spent;
}

/** Charges what was used beyond, or gives back what was charged too much, when the lease lapsed. */
function applyDifference(held: Held, actual: readonly number[], now: number): number[] {
  return held.counters.map((counter, place) => {
    counter.advance(now);
    counter.replace(held.heldAt, 0, (actual[place] ?? 0) - (held.spent?.[place] ?? 0));
    return counter.spent;
  });
}

function end(held: Held, state: 'settled' | 'released'): void {
  held.state = state;
  held.charges = NOTHING;
  held.counters = NOTHING;
  held.spent = undefined;
}
