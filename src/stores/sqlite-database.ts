import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { assertPlatform } from '../core/platform.ts';
import { redactedError } from '../core/redact-error.ts';
import { BY_LOOKS } from '../core/redactor.ts';
import { DURATION_BUCKETS, FIRST_TOKEN_BUCKETS } from './latency-buckets.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';

/**
 * Each step takes the schema from its index to the next version; `PRAGMA user_version` tells where a file is. A process of
 * the version before may have the file open meanwhile: what it writes must go on, so that a new column has a default.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE counters (
     counter TEXT NOT NULL,
     bucket INTEGER NOT NULL,
     spent INTEGER NOT NULL,
     reserved INTEGER NOT NULL,
     over_at INTEGER,
     PRIMARY KEY (counter, bucket)
   ) WITHOUT ROWID;
   CREATE INDEX counters_over ON counters (over_at) WHERE over_at IS NOT NULL;
   CREATE TABLE reservations (
     id TEXT PRIMARY KEY,
     state TEXT NOT NULL,
     expires_at INTEGER NOT NULL,
     forget_at INTEGER NOT NULL,
     charges TEXT NOT NULL,
     spent TEXT
   ) WITHOUT ROWID;
   CREATE INDEX reservations_open ON reservations (expires_at) WHERE state = 'open';
   CREATE INDEX reservations_forget ON reservations (forget_at);
   CREATE TABLE usage (
     hour INTEGER NOT NULL,
     team TEXT NOT NULL, app TEXT NOT NULL, user TEXT NOT NULL, key TEXT NOT NULL,
     model TEXT NOT NULL, deployment TEXT NOT NULL, provider TEXT NOT NULL,
     requests INTEGER NOT NULL, failures INTEGER NOT NULL, costNanoUsd INTEGER NOT NULL,
     inputTokens INTEGER NOT NULL, outputTokens INTEGER NOT NULL, cachedInputTokens INTEGER NOT NULL,
     cacheWriteTokens INTEGER NOT NULL, reasoningTokens INTEGER NOT NULL,
     PRIMARY KEY (hour, team, app, user, key, model, deployment, provider)
   ) WITHOUT ROWID;`,
  'ALTER TABLE usage ADD COLUMN unpricedRequests INTEGER NOT NULL DEFAULT 0;',
  `CREATE TABLE notes (key TEXT PRIMARY KEY, text TEXT NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID;
   CREATE INDEX notes_until ON notes (until_ms);`,
  `CREATE TABLE slices (
     name TEXT PRIMARY KEY,
     counter TEXT NOT NULL,
     bucket INTEGER NOT NULL,
     sequence INTEGER NOT NULL,
     spent INTEGER NOT NULL,
     held INTEGER NOT NULL,
     at_risk INTEGER NOT NULL,
     lapse_charged INTEGER,
     expires_at INTEGER NOT NULL,
     forget_at INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE INDEX slices_held ON slices (expires_at) WHERE held > 0;
   CREATE INDEX slices_counter ON slices (counter) WHERE held > 0;
   CREATE INDEX slices_forget ON slices (forget_at);
   CREATE TABLE recalls (counter TEXT PRIMARY KEY, holder TEXT NOT NULL, amount INTEGER NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID;`,
  ['errors', 'failovers', 'promptCacheSavedNanoUsd', ...DURATION_BUCKETS, ...FIRST_TOKEN_BUCKETS]
    .map((measure) => `ALTER TABLE usage ADD COLUMN ${measure} INTEGER NOT NULL DEFAULT 0;`)
    .join(' '),
  `ALTER TABLE usage ADD COLUMN responseCacheSavedNanoUsd INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE usage ADD COLUMN downgradeSavedNanoUsd INTEGER NOT NULL DEFAULT 0;`,
];

/** Opens the file (mode 0600 when it is made here) and brings its schema up to date. Throws a `StoreError`. */
export function openDatabase(path: string, busyTimeoutMs: number): DatabaseSync {
  assertPlatform();
  return guarded(`open ${path}`, () => {
    // Loaded when it is needed: the import alone prints a warning on releases where it is experimental.
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
    const database = new sqlite.DatabaseSync(path, { timeout: busyTimeoutMs });
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      migrate(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

/** Runs `work` in one write transaction. Faults of SQLite become a `StoreError`. */
export function transaction<T>(database: DatabaseSync, verb: string, work: () => T): T {
  return guarded(verb, () => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  });
}

export function guarded<T>(verb: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError || error instanceof RangeError) throw error;
    throw toStoreError(verb, error);
  }
}

function migrate(database: DatabaseSync, path: string): void {
  if (versionOf(database) === MIGRATIONS.length) return;
  transaction(database, 'migrate', () => {
    const version = versionOf(database);
    if (version > MIGRATIONS.length) {
      throw new StoreError('store_version', `${path} was written by a newer version (schema ${version}); it is left as it is`);
    }
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const CODES: ReadonlyMap<number, StoreErrorCode> = new Map([
  [5, 'store_busy'],
  [6, 'store_busy'],
  [8, 'store_read_only'],
  [11, 'store_corrupt'],
  [13, 'store_full'],
  [26, 'store_corrupt'],
]);

function toStoreError(verb: string, error: unknown): StoreError {
  const facts = typeof error === 'object' && error !== null ? error : {};
  const result = 'errcode' in facts && typeof facts.errcode === 'number' ? facts.errcode & 0xff : undefined;
  const closed = 'code' in facts && facts.code === 'ERR_INVALID_STATE';
  const code = closed ? 'store_closed' : (CODES.get(result ?? 0) ?? 'store_unavailable');
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreError(code, `SQLite could not ${verb}: ${reason}`, redactedError(error, BY_LOOKS));
}
