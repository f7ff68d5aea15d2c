import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';
import { killOne, type SharedStore, spendHalf } from '../support/slice-processes.ts';

/** Calls of each process; half of them all are admitted. `bench/processes.ts` runs many more. */
const CALLS = 1_000;

async function isSpentExactly(store: SharedStore): Promise<void> {
  const limit = CALLS * 2;
  expect(await spendHalf(store, CALLS)).toEqual({ admitted: limit, spent: limit, held: 0 });
}

async function isNotUndercharged(store: SharedStore): Promise<void> {
  const { used, lent, spent, held } = await killOne(store, 1, 300, 150);
  expect(held).toBe(0);
  expect({ used, spent, isUnder: spent < used }).toEqual({ used, spent, isUnder: false });
  expect({ used, spent, lent, isWithin: spent <= used + lent }).toEqual({ used, spent, lent, isWithin: true });
}

describe('processes on one SQLite file', { timeout: 240_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-slices-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const store = (name: string): SharedStore => {
    const target = join(directory, name);
    new SqliteStore(target).close();
    return { kind: 'sqlite', target, open: () => new SqliteStore(target) };
  };

  it('spend a limit that admits half of their calls exactly', () => isSpentExactly(store('half.db')));
  it('are charged for one that was killed, by no more than it was lent', () => isNotUndercharged(store('killed.db')));
});

describe.runIf(redisIsHere)('processes on one Redis', { timeout: 240_000 }, () => {
  const redis = redisForSuite();
  const store = async (): Promise<SharedStore> => {
    await redis.client.flushall();
    return { kind: 'redis', target: redis.server.url, open: () => redisStore({ client: redis.client, time: 'ledger' }) };
  };

  it('spend a limit that admits half of their calls exactly', async () => isSpentExactly(await store()));
  it('are charged for one that was killed, by no more than it was lent', async () => isNotUndercharged(await store()));
});
