import type { DatabaseSync } from 'node:sqlite';
import { countsUntil } from './counts-until.ts';
import { bucketAt, bucketEndsAt, bucketLeavesAt } from './rolling-buckets.ts';
import { LATE_SETTLEMENT_MS, RECALL_MS, type SliceGrant, type SliceReport } from './store.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;

interface Slice {
  readonly bucket: number;
  readonly sequence: number;
  readonly spent: number;
  readonly held: number;
  /** What the lapse of its lease has charged beyond `spent`; null while the lease runs. */
  readonly lapseCharged: number | null;
}

interface Recall {
  readonly amount: number;
}

/** The slices of the SQLite store. What they hold is part of what their counter has reserved. */
export class SqliteSlices {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
  }

  /** One report; within the transaction of them all. */
  exchange(holder: string, report: SliceReport, leaseMs: number, now: number): SliceGrant {
    const { slice: name, counter } = report;
    const known = this.#find(name);
    const bucket = known?.bucket ?? (report.window.kind === 'rolling' ? bucketAt(report.window.lengthMs, now) : 0);
    const endsInMs = endsIn(report, bucket, now);
    let held = known?.held ?? 0;
    if (report.sequence > (known?.sequence ?? 0)) {
      const { window } = report;
      // Of a bucket that has left the window nothing counts any more, and of one that is over nothing is lent.
      const counts = window.kind === 'calendar' || bucketLeavesAt(window.lengthMs, bucket) > now;
      if (counts) this.#settle(known, report, bucket, now);
      held = this.#grant(holder, report, counts ? held : 0, endsInMs === 0 ? 0 : report.wants, now);
      if (counts) this.#statements.change.run(held, 0, counter, bucket);
      const atRisk = Math.min(report.atRisk, held);
      const forgetAt = now + leaseMs + LATE_SETTLEMENT_MS;
      this.#statements.keep.run(name, counter, bucket, report.sequence, report.spent, held, atRisk, now + leaseMs, forgetAt);
    }
    const sums = this.#statements.sums.get(counter, now);
    const sliced = Number(this.#statements.heldOf.get(counter, now)?.held ?? 0);
    return {
      held,
      spent: Number(sums?.spent ?? 0),
      reserved: Number(sums?.reserved ?? 0) - sliced,
      sliced,
      recalled: this.#recallOf(counter, holder, now) !== undefined,
      state: known === undefined || known.lapseCharged === null ? 'held' : 'lapsed',
      endsInMs,
    };
  }

  /** Ends every lease that is over: charges what may have been handed out, frees the rest. */
  lapse(now: number): void {
    for (const { name, counter, bucket, held, atRisk } of this.#statements.lapsed.all(now)) {
      this.#statements.change.run(-Number(held), Number(atRisk), String(counter), Number(bucket));
      this.#statements.lapse.run(String(name));
    }
  }

  collect(now: number): void {
    this.#statements.collect.run(now);
    this.#statements.collectRecalls.run(now);
  }

  #find(name: string): Slice | undefined {
    const row = this.#statements.find.get(name);
    if (row === undefined) return undefined;
    const lapseCharged = row.lapseCharged === null ? null : Number(row.lapseCharged);
    const [bucket, sequence] = [Number(row.bucket), Number(row.sequence)];
    return { bucket, sequence, spent: Number(row.spent), held: Number(row.held), lapseCharged };
  }

  /** Charges what was used since the last report, and frees all that was held. */
  #settle(known: Slice | undefined, { counter, window, spent }: SliceReport, bucket: number, now: number): void {
    const overAt = window.kind === 'rolling' ? bucketLeavesAt(window.lengthMs, bucket) : countsUntil(window.endsAt, now);
    this.#statements.begin.run(counter, bucket, overAt);
    const charged = (known?.spent ?? 0) + (known?.lapseCharged ?? 0);
    this.#statements.change.run(-(known?.held ?? 0), spent - charged, counter, bucket);
  }

  /** `before`: what it held until now, which may be granted again though others want room. */
  #grant(holder: string, report: SliceReport, before: number, wants: number, now: number): number {
    const { counter, limit, enforced, inUse } = report;
    const sums = this.#statements.sums.get(counter, now);
    const used = Number(sums?.spent ?? 0) + Number(sums?.reserved ?? 0);
    const room = enforced ? Math.max(limit - used, 0) : LARGEST;
    const recall = this.#recallOf(counter, holder, now);
    const held = Math.max(inUse, Math.min(recall === undefined ? wants : Math.min(wants, before), room));
    if (recall !== undefined && held < before) {
      const left = recall.amount - (before - held);
      if (left > 0) this.#statements.lowerRecall.run(left, counter);
      else this.#statements.endRecall.run(counter);
    }
    if (report.recall > 0) this.#statements.recall.run(counter, holder, report.recall, now + RECALL_MS);
    return held;
  }

  /** What another holder asks back of a counter. */
  #recallOf(counter: string, holder: string, now: number): Recall | undefined {
    const row = this.#statements.recallOf.get(counter, holder, now);
    return row === undefined ? undefined : { amount: Number(row.amount) };
  }
}

function endsIn({ window }: SliceReport, bucket: number, now: number): number | undefined {
  return window.kind === 'calendar' ? undefined : Math.max(bucketEndsAt(window.lengthMs, bucket) - now, 0);
}

function prepare(database: DatabaseSync) {
  const sql = (text: string) => database.prepare(text);
  const counts = 'counter = ? AND (over_at IS NULL OR over_at > ?)';
  return {
    find: sql('SELECT bucket, sequence, spent, held, lapse_charged AS lapseCharged FROM slices WHERE name = ?'),
    keep: sql(
      `INSERT INTO slices (name, counter, bucket, sequence, spent, held, at_risk, lapse_charged, expires_at, forget_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence, spent = excluded.spent, held = excluded.held,
         at_risk = excluded.at_risk, lapse_charged = NULL, expires_at = excluded.expires_at, forget_at = excluded.forget_at`,
    ),
    lapsed: sql(
      `SELECT name, counter, bucket, held, at_risk AS atRisk FROM slices
       WHERE held > 0 AND expires_at <= ? ORDER BY expires_at`,
    ),
    lapse: sql('UPDATE slices SET lapse_charged = at_risk, held = 0 WHERE name = ?'),
    begin: sql('INSERT INTO counters (counter, bucket, spent, reserved, over_at) VALUES (?, ?, 0, 0, ?) ON CONFLICT DO NOTHING'),
    change: sql(
      `UPDATE counters SET reserved = max(reserved + ?, 0), spent = min(max(spent + ?, 0), ${LARGEST})
       WHERE counter = ? AND bucket = ?`,
    ),
    sums: sql(
      `SELECT min(sum(spent), ${LARGEST}) AS spent, min(sum(reserved), ${LARGEST}) AS reserved FROM counters WHERE ${counts}`,
    ),
    heldOf: sql(`SELECT sum(held) AS held FROM slices JOIN counters USING (counter, bucket) WHERE ${counts}`),
    recallOf: sql('SELECT amount FROM recalls WHERE counter = ? AND holder != ? AND until_ms > ?'),
    recall: sql(
      `INSERT INTO recalls (counter, holder, amount, until_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET holder = excluded.holder, amount = excluded.amount, until_ms = excluded.until_ms`,
    ),
    lowerRecall: sql('UPDATE recalls SET amount = ? WHERE counter = ?'),
    endRecall: sql('DELETE FROM recalls WHERE counter = ?'),
    collect: sql('DELETE FROM slices WHERE forget_at <= ?'),
    collectRecalls: sql('DELETE FROM recalls WHERE until_ms <= ?'),
  };
}
