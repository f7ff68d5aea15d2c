import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { UsageTotals } from '../../src/stores/store.ts';
import { charge, START, totals } from '../../src/testing/store-contract-parts.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The first schema, as its version made it. */
const FIRST_SCHEMA = `
  CREATE TABLE counters (
    counter TEXT NOT NULL, bucket INTEGER NOT NULL, spent INTEGER NOT NULL, reserved INTEGER NOT NULL, over_at INTEGER,
    PRIMARY KEY (counter, bucket)
  ) WITHOUT ROWID;
  CREATE INDEX counters_over ON counters (over_at) WHERE over_at IS NOT NULL;
  CREATE TABLE reservations (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, expires_at INTEGER NOT NULL, forget_at INTEGER NOT NULL,
    charges TEXT NOT NULL, spent TEXT
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
  ) WITHOUT ROWID;
  PRAGMA user_version = 1;`;

const FIRST_COLUMNS =
  'hour, team, app, user, key, model, deployment, provider, requests, failures, costNanoUsd, ' +
  'inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens';
const FIRST_RECORD = `INSERT INTO usage (${FIRST_COLUMNS}) VALUES (?, 'old', '', '', '', 'fast', 'openai/gpt-5-mini', 'openai', 1, 0, 5000, 5, 0, 0, 0, 0)
  ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, costNanoUsd = costNanoUsd + excluded.costNanoUsd,
    inputTokens = inputTokens + excluded.inputTokens`;

/** A file as the first version leaves it: one counter with a reservation, one row of usage. Open, as its process has it. */
function openFirst(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(FIRST_SCHEMA);
  database.exec(`INSERT INTO counters VALUES ('c', 0, 7, 10, ${START + 3_600_000})`);
  database.exec(`INSERT INTO reservations VALUES ('a', 'open', ${START + 60_000}, ${START + 86_460_000}, '[["c",0,10]]', NULL)`);
  database.prepare(FIRST_RECORD).run(START);
  return database;
}

const unpriced = (team: string): UsageTotals => ({ ...totals(START, team, 5), costNanoUsd: 0, unpricedRequests: 1 });

describe('a SQLite file of the first version', () => {
  it('is brought up to date in place: counters, reservations and usage stay', () => {
    const path = join(directory, 'first.db');
    openFirst(path).close();
    const store = new SqliteStore(path);
    expect(store.usage({})).toEqual([totals(START, 'old', 5)]);
    store.record('u', [unpriced('old')], START);
    expect(store.usage({})).toEqual([{ ...totals(START, 'old', 10, 2), costNanoUsd: 5_000, unpricedRequests: 1 }]);
    expect(store.settle('a', [3], START)).toEqual({ state: 'settled', spent: [10] });
    expect(store.reserve('b', [charge('c', 91, 100)], 1_000, START)).toMatchObject({ granted: false, remaining: 90 });
    store.close();
    const again = new SqliteStore(path);
    expect(again.usage({})).toMatchObject([{ requests: 2, unpricedRequests: 1 }]);
    again.close();
  });

  it('serves the process of that version that has it open, beside a new one', () => {
    const path = join(directory, 'beside.db');
    const old = openFirst(path);
    const record = old.prepare(FIRST_RECORD);
    const read = old.prepare(`SELECT ${FIRST_COLUMNS} FROM usage ORDER BY hour`);
    expect(read.all()).toHaveLength(1);
    const store = new SqliteStore(path);
    record.run(START);
    record.run(START + 3_600_000);
    store.record('u', [unpriced('old')], START);
    expect(read.all()).toMatchObject([{ requests: 3, inputTokens: 15 }, { requests: 1 }]);
    expect(store.usage({})).toMatchObject([
      { requests: 3, costNanoUsd: 10_000, unpricedRequests: 1 },
      { requests: 1, unpricedRequests: 0 },
    ]);
    store.close();
    old.close();
  });

  it('is brought up to date once by processes that open it together', { timeout: 60_000 }, async () => {
    const path = join(directory, 'together.db');
    openFirst(path).close();
    const worker = fileURLToPath(new URL('../support/store-worker.ts', import.meta.url));
    const started = ['a', 'b', 'c', 'd'].map((name) =>
      spawn(process.execPath, ['--no-warnings', worker, 'sqlite', path, '3', name], { stdio: ['ignore', 'ignore', 'inherit'] }),
    );
    expect(await Promise.all(started.map((child) => once(child, 'close')))).toEqual(started.map(() => [0, null]));
    const store = new SqliteStore(path);
    expect(store.usage({})).toEqual([totals(START, 'old', 5)]);
    store.close();
  });
});

describe.runIf(redisIsHere)('usage in Redis', () => {
  const redis = redisForSuite();

  it('that the first version wrote is read, and added to by its measures as before', async () => {
    const dimensions = JSON.stringify(['old', '', '', '', 'fast', 'openai/gpt-5-mini', 'openai']);
    const hash = `{tollgate}:u:${START}`;
    await redis.client.zadd('{tollgate}:hours', START, START);
    await redis.client.hset(hash, `0${dimensions}`, 1, `2${dimensions}`, 5_000, `3${dimensions}`, 5);
    const store = redisStore({ client: redis.client, time: 'ledger' });
    expect(await store.usage({})).toEqual([totals(START, 'old', 5)]);
    await store.record('u', [unpriced('old')], START);
    expect(await store.usage({})).toEqual([{ ...totals(START, 'old', 10, 2), costNanoUsd: 5_000, unpricedRequests: 1 }]);
    // A process of that version passes over the measure that it does not know.
    expect(await redis.client.hgetall(hash)).toEqual({
      [`0${dimensions}`]: '2',
      [`2${dimensions}`]: '5000',
      [`3${dimensions}`]: '10',
      [`8${dimensions}`]: '1',
    });
  });
});
