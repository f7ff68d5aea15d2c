import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { KEPT_AFTER_END_MS } from './counts-until.ts';
import { USAGE_DIMENSIONS, USAGE_MEASURES, type UsageTotals } from './store.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;

/** Every statement of the store, prepared once. */
export function prepareStatements(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text);
  const sums = `min(sum(spent), ${LARGEST}) AS spent, min(sum(reserved), ${LARGEST}) AS reserved`;
  const sliced =
    '(SELECT coalesce(sum(held), 0) FROM slices WHERE held > 0 AND slices.counter = counters.counter AND slices.bucket = counters.bucket)';
  const dimensions = USAGE_DIMENSIONS.join(', ');
  const measures = USAGE_MEASURES.join(', ');
  const places = Array.from({ length: 1 + USAGE_DIMENSIONS.length + USAGE_MEASURES.length }, () => '?').join(', ');
  const added = USAGE_MEASURES.map((measure) => `${measure} = ${measure} + excluded.${measure}`).join(', ');
  return {
    find: sql('SELECT state, charges, spent FROM reservations WHERE id = ?'),
    insert: sql('INSERT INTO reservations (id, state, expires_at, forget_at, charges) VALUES (?, ?, ?, ?, ?)'),
    extend: sql('UPDATE reservations SET expires_at = ?, forget_at = ?, spent = ? WHERE id = ?'),
    end: sql(`UPDATE reservations SET state = ?, forget_at = ?, charges = '[]', spent = NULL WHERE id = ?`),
    lapsed: sql(`SELECT id FROM reservations WHERE state = 'open' AND expires_at <= ? ORDER BY expires_at`),
    lapse: sql(`UPDATE reservations SET state = 'expired', forget_at = ? WHERE id = ?`),
    hold: sql(
      `INSERT INTO counters (counter, bucket, spent, reserved, over_at) VALUES (?, ?, 0, ?, ?)
       ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved, over_at = excluded.over_at`,
    ),
    change: sql(
      `UPDATE counters SET reserved = max(reserved - ?, 0), spent = min(max(spent + ?, 0), ${LARGEST})
       WHERE counter = ? AND bucket = ?`,
    ),
    balancesOf: sql(
      `SELECT counter, ${sums}, sum(${sliced}) AS sliced FROM counters WHERE counter = ? AND (over_at IS NULL OR over_at > ?) GROUP BY counter`,
    ),
    balancesByPrefix: sql(
      `SELECT counter, ${sums}, sum(${sliced}) AS sliced FROM counters
       WHERE counter >= ? AND counter < ? AND (over_at IS NULL OR over_at > ?) GROUP BY counter`,
    ),
    buckets: sql('SELECT spent + reserved AS held, over_at FROM counters WHERE counter = ? AND over_at > ? ORDER BY bucket'),
    /** Counters of calendar windows, whose bucket is 0, may be asked for again. */
    collectCounters: sql(`DELETE FROM counters WHERE over_at <= ? AND (bucket > 0 OR over_at <= ? - ${KEPT_AFTER_END_MS})`),
    revive: sql('UPDATE counters SET over_at = ? WHERE counter = ? AND over_at <= ?'),
    collectReservations: sql(`DELETE FROM reservations WHERE forget_at <= ? AND state != 'open'`),
    keepNote: sql(
      `INSERT INTO notes (key, text, until_ms) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET text = excluded.text, until_ms = excluded.until_ms`,
    ),
    readNote: sql('SELECT text FROM notes WHERE key = ? AND until_ms > ?'),
    collectNotes: sql('DELETE FROM notes WHERE until_ms <= ?'),
    record: sql(`INSERT INTO usage (hour, ${dimensions}, ${measures}) VALUES (${places}) ON CONFLICT DO UPDATE SET ${added}`),
    usage: sql(`SELECT hour, ${dimensions}, ${measures} FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour`),
  };
}

/** Measures of which most rows have none. */
const LATER = USAGE_MEASURES.slice(USAGE_MEASURES.indexOf('errors'));

export type Statements = ReturnType<typeof prepareStatements>;

/** A row of the usage report. */
export function toTotals(row: Record<string, unknown>): UsageTotals {
  const text = (name: string) => String(row[name]);
  const count = (name: string) => Number(row[name]);
  return {
    hourStartsAt: count('hour'),
    team: text('team'),
    app: text('app'),
    user: text('user'),
    key: text('key'),
    model: text('model'),
    deployment: text('deployment'),
    provider: text('provider'),
    requests: count('requests'),
    failures: count('failures'),
    costNanoUsd: count('costNanoUsd'),
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    cachedInputTokens: count('cachedInputTokens'),
    cacheWriteTokens: count('cacheWriteTokens'),
    reasoningTokens: count('reasoningTokens'),
    unpricedRequests: count('unpricedRequests'),
    ...Object.fromEntries(LATER.flatMap((name) => (count(name) > 0 ? [[name, count(name)]] : []))),
  };
}
