import type { DatabaseSync } from 'node:sqlite';
import { countsUntil, isBehind } from './counts-until.ts';
import { bucketAt, bucketLeavesAt } from './rolling-buckets.ts';
import { guarded, openDatabase, transaction } from './sqlite-database.ts';
import { SqliteSlices } from './sqlite-slices.ts';
import { prepareStatements, type Statements, toTotals } from './sqlite-statements.ts';
import {
  assertAmount,
  assertAmounts,
  assertExchange,
  assertReserve,
  type Balance,
  type BalanceQuery,
  type Charge,
  type Extended,
  LATE_SETTLEMENT_MS,
  type MaybePromise,
  type Released,
  type ReservationState,
  type Reserved,
  type Settled,
  type SliceGrant,
  type SliceReport,
  type Store,
  TOMBSTONE_MS,
  USAGE_DIMENSIONS,
  USAGE_MEASURES,
  type UsageRange,
  type UsageTotals,
} from './store.ts';
import { firstHour } from './usage-report.ts';
import { withoutWaiting } from './without-waiting.ts';

/** How long a process waits for another one's transaction, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;
const COLLECT_EVERY_MS = 60_000;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** A charge as a reservation's row keeps it: counter, bucket (0 in a calendar window), amount. */
type HeldCharge = readonly [counter: string, bucket: number, amount: number];

interface Row {
  readonly state: ReservationState;
  readonly charges: readonly HeldCharge[];
  readonly spent: readonly number[] | undefined;
}

/**
 * Counters in one SQLite file, for the processes of one machine (not on a network file system). Every verb is one
 * write transaction and answers at once; a process that dies loses nothing that was answered.
 */
export class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #slices: SqliteSlices;
  readonly #busyTimeoutMs: number;
  #collectAt = 0;
  #now = 0;

  /** Throws a `StoreError` if the file cannot be used: no rights, no database, written by a newer version. */
  constructor(path: string, { busyTimeoutMs = BUSY_TIMEOUT_MS }: { readonly busyTimeoutMs?: number } = {}) {
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#database = openDatabase(path, busyTimeoutMs);
    this.#statements = guarded('prepare', () => prepareStatements(this.#database));
    this.#slices = guarded('prepare', () => new SqliteSlices(this.#database));
  }

  reserve(id: string, charges: readonly Charge[], leaseMs: number, at: number): Reserved {
    assertReserve(charges, leaseMs, at);
    return this.#write('reserve', at, (now) => {
      const known = this.#row(id);
      if (known !== undefined) return { granted: 'already', state: known.state };
      for (const charge of charges) this.#revive(charge, now);
      const used = charges.map(({ counter }) => this.#used(counter, now));
      const over = charges.map((charge, place) => (used[place] ?? 0) + charge.amount > charge.limit);
      const denied = charges.findIndex((charge, place) => charge.enforced && over[place]);
      const charge = charges[denied];
      if (charge !== undefined) {
        const remaining = Math.max(charge.limit - (used[denied] ?? 0), 0);
        return { granted: false, deniedBy: denied, remaining, retryAfterMs: this.#roomAfterMs(charge, used[denied] ?? 0, now) };
      }
      this.#hold(id, charges, now, leaseMs);
      const exceeded = [...over.keys()].filter((place) => over[place]);
      return exceeded.length === 0 ? { granted: true } : { granted: true, exceeded };
    });
  }

  settle(id: string, actual: readonly number[], at: number): Settled {
    return this.#write('settle', at, (now) => {
      const row = this.#row(id);
      if (row === undefined) return { state: 'unknown' };
      if (row.state === 'settled' || row.state === 'released') return { state: `already-${row.state}` };
      assertAmounts('actual', actual, row.charges.length);
      const late = row.state === 'expired';
      this.#apply(row.charges, (place, amount) => [
        late ? 0 : amount,
        (actual[place] ?? 0) - (late ? (row.spent?.[place] ?? 0) : 0),
      ]);
      this.#statements.end.run('settled', now + TOMBSTONE_MS, id);
      const spent = row.charges.map(([counter]) => this.#spent(counter, now));
      return { state: late ? 'late' : 'settled', spent };
    });
  }

  release(id: string, at: number): Released {
    return this.#write('release', at, (now) => {
      const row = this.#row(id);
      if (row === undefined) {
        this.#statements.insert.run(id, 'released', 0, now + TOMBSTONE_MS, '[]');
        return { state: 'voided' };
      }
      if (row.state !== 'open') return { state: row.state === 'expired' ? 'expired' : `already-${row.state}` };
      this.#apply(row.charges, (_place, amount) => [amount, 0]);
      this.#statements.end.run('released', now + TOMBSTONE_MS, id);
      return { state: 'released' };
    });
  }

  extend(id: string, leaseMs: number, at: number, spent?: readonly number[]): Extended {
    assertAmount('leaseMs', leaseMs);
    return this.#write('extend', at, (now) => {
      const row = this.#row(id);
      if (row === undefined) return { state: 'unknown' };
      if (row.state !== 'open') return { state: row.state === 'expired' ? 'expired' : `already-${row.state}` };
      if (spent !== undefined) assertAmounts('spent', spent, row.charges.length);
      const known = spent ?? row.spent;
      const expiresAt = now + leaseMs;
      this.#statements.extend.run(
        expiresAt,
        expiresAt + LATE_SETTLEMENT_MS,
        known === undefined ? null : JSON.stringify(known),
        id,
      );
      return { state: 'extended' };
    });
  }

  balances(query: BalanceQuery, at: number): Balance[] {
    return this.#write('balances', at, (now) => {
      const rows =
        'prefix' in query
          ? this.#statements.balancesByPrefix.all(query.prefix, `${query.prefix}\u{10ffff}`, now)
          : query.counters.flatMap((counter) => this.#statements.balancesOf.all(counter, now));
      return rows.map(({ counter, spent, reserved, sliced }) => ({
        counter: String(counter),
        spent: Number(spent),
        reserved: Number(reserved) - Number(sliced),
        sliced: Number(sliced),
      }));
    });
  }

  record(id: string, rows: readonly UsageTotals[], at: number): void {
    this.#write('record', at, (now) => {
      const tombstone = `record:${id}`;
      if (this.#row(tombstone) !== undefined) return;
      for (const row of rows) {
        const values = [...USAGE_DIMENSIONS.map((name) => row[name]), ...USAGE_MEASURES.map((name) => row[name] ?? 0)];
        this.#statements.record.run(row.hourStartsAt, ...values);
      }
      this.#statements.insert.run(tombstone, 'settled', 0, now + TOMBSTONE_MS, '[]');
    });
  }

  usage(query: UsageRange): UsageTotals[] {
    return guarded('usage', () => this.#statements.usage.all(firstHour(query), query.until ?? LARGEST).map(toTotals));
  }

  keepNote(key: string, text: string, untilMs: number, at: number): void {
    assertAmount('untilMs', untilMs);
    this.#write('keepNote', at, () => {
      this.#statements.keepNote.run(key, text, untilMs);
    });
  }

  readNote(key: string, at: number): string | undefined {
    assertAmount('now', at);
    this.#now = Math.max(this.#now, at);
    return guarded('readNote', () => {
      const found = this.#statements.readNote.get(key, this.#now);
      return found === undefined ? undefined : String(found.text);
    });
  }

  /** A promise if another process holds the file: no call waits for these reports, so the event loop does not either. */
  exchange(holder: string, reports: readonly SliceReport[], leaseMs: number, at: number): MaybePromise<SliceGrant[]> {
    assertExchange(reports, leaseMs, at);
    return withoutWaiting(this.#database, this.#busyTimeoutMs, () =>
      this.#write('exchange', at, (now) =>
        reports.map((report) => {
          if (report.wants > report.inUse) this.#revive(report, now);
          return this.#slices.exchange(holder, report, leaseMs, now);
        }),
      ),
    );
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** One transaction at the latest time seen, with every lapsed lease applied first. */
  #write<T>(verb: string, at: number, work: (now: number) => T): T {
    assertAmount('now', at);
    this.#now = Math.max(this.#now, at);
    const now = this.#now;
    return transaction(this.#database, verb, () => {
      for (const { id } of this.#statements.lapsed.all(now)) this.#lapse(String(id), now);
      this.#slices.lapse(now);
      if (now >= this.#collectAt) this.#collect(now);
      return work(now);
    });
  }

  #row(id: string): Row | undefined {
    const found = this.#statements.find.get(id);
    if (found === undefined) return undefined;
    return {
      state: found.state as ReservationState,
      charges: JSON.parse(String(found.charges)) as HeldCharge[],
      spent: found.spent === null ? undefined : (JSON.parse(String(found.spent)) as number[]),
    };
  }

  #hold(id: string, charges: readonly Charge[], now: number, leaseMs: number): void {
    const held = charges.map(({ counter, amount, window }): HeldCharge => {
      const bucket = window.kind === 'rolling' ? bucketAt(window.lengthMs, now) : 0;
      const overAt = window.kind === 'rolling' ? bucketLeavesAt(window.lengthMs, bucket) : countsUntil(window.endsAt, now);
      this.#statements.hold.run(counter, bucket, amount, overAt);
      return [counter, bucket, amount];
    });
    const expiresAt = now + leaseMs;
    this.#statements.insert.run(id, 'open', expiresAt, expiresAt + LATE_SETTLEMENT_MS, JSON.stringify(held));
  }

  /** A counter that is asked for counts. */
  #revive({ counter, window }: Pick<Charge, 'counter' | 'window'>, now: number): void {
    if (window.kind !== 'calendar' || !isBehind(window.endsAt, now)) return;
    this.#statements.revive.run(countsUntil(window.endsAt, now), counter, now);
  }

  /** Changes each charge's counter: frees what was held of it, adds what was used. */
  #apply(
    charges: readonly HeldCharge[],
    change: (place: number, amount: number) => readonly [freed: number, used: number],
  ): void {
    for (const [place, [counter, bucket, amount]] of charges.entries()) {
      const [freed, used] = change(place, amount);
      this.#statements.change.run(freed, used, counter, bucket);
    }
  }

  #lapse(id: string, now: number): void {
    const row = this.#row(id);
    if (row === undefined) return;
    this.#apply(row.charges, (place, amount) => [amount, row.spent?.[place] ?? 0]);
    this.#statements.lapse.run(now + LATE_SETTLEMENT_MS, id);
  }

  #used(counter: string, now: number): number {
    const sums = this.#statements.balancesOf.get(counter, now);
    return Math.min(Number(sums?.spent ?? 0) + Number(sums?.reserved ?? 0), LARGEST);
  }

  #spent(counter: string, now: number): number {
    return Number(this.#statements.balancesOf.get(counter, now)?.spent ?? 0);
  }

  #roomAfterMs({ counter, amount, limit, window }: Charge, used: number, now: number): number | null {
    if (window.kind === 'calendar') return window.endsAt === null ? null : Math.max(window.endsAt - now, 0);
    if (amount > limit) return null;
    let left = used;
    for (const { held, over_at } of this.#statements.buckets.all(counter, now)) {
      left -= Number(held);
      if (left + amount <= limit) return Math.max(Number(over_at) - now, 0);
    }
    return window.lengthMs;
  }

  #collect(now: number): void {
    this.#collectAt = now + COLLECT_EVERY_MS;
    this.#statements.collectCounters.run(now, now);
    this.#statements.collectReservations.run(now);
    this.#statements.collectNotes.run(now);
    this.#slices.collect(now);
  }
}
