import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';

const worker = fileURLToPath(new URL('../support/store-worker.ts', import.meta.url));

function start(...args: string[]): { child: ChildProcess; lines: () => string[]; ended: Promise<number | null> } {
  const child = spawn(process.execPath, ['--no-warnings', worker, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.on('data', (data) => {
    output += String(data);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, lines: () => output.split('\n').filter(Boolean), ended };
}

async function balancesOf(store: Store, now = Date.now()) {
  const found = await store.balances({ counters: ['company', 'team'] }, now);
  return Object.fromEntries(found.map(({ counter, spent, reserved }) => [counter, { spent, reserved }]));
}

/** Four processes, more demand than room: the limits hold, and the totals are the sum of what was told. */
async function hammer(store: Store, kind: string, target: string): Promise<void> {
  const workers = ['a', 'b', 'c', 'd'].map((name) => start(kind, target, '250', name));
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
  const settled = workers.flatMap(({ lines }) => lines().map(Number));
  const { company, team } = await balancesOf(store);
  expect(company).toEqual({ spent: settled.length, reserved: 0 });
  expect(team).toEqual({ spent: settled.reduce((sum, amount) => sum + amount, 0), reserved: 0 });
  expect(settled.length).toBeLessThanOrEqual(600);
  expect(settled.length).toBeGreaterThan(550);
}

/** A process killed while it holds reservations: they lapse by their lease, and nothing else is lost. */
async function kill(store: Store, kind: string, target: string): Promise<void> {
  const before = await balancesOf(store);
  const victim = start(kind, target, '0', 'victim');
  await new Promise<void>((resolve) => {
    victim.child.stdout?.on('data', () => {
      if (victim.lines().length >= 5) resolve();
    });
  });
  victim.child.kill('SIGKILL');
  await victim.ended;
  const held = await balancesOf(store);
  expect(held.company?.reserved).toBeGreaterThanOrEqual(5);
  expect(held.company?.spent).toBe(before.company?.spent ?? 0);
  // When its leases have ended.
  expect(await balancesOf(store, Date.now() + 60_000)).toEqual({
    company: { spent: before.company?.spent ?? 0, reserved: 0 },
    team: { spent: before.team?.spent ?? 0, reserved: 0 },
  });
}

describe('four processes on one SQLite file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('never pass a limit and lose nothing', { timeout: 240_000 }, async () => {
    const path = join(directory, 'shared.db');
    const store = new SqliteStore(path);
    await hammer(store, 'sqlite', path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    store.close();
  });

  it('do not miss what a killed one held', { timeout: 240_000 }, async () => {
    const path = join(directory, 'killed.db');
    const store = new SqliteStore(path);
    await kill(store, 'sqlite', path);
    store.close();
  });
});

describe.runIf(redisIsHere)('four processes on one Redis', () => {
  const redis = redisForSuite();

  it('never pass a limit and lose nothing', { timeout: 240_000 }, async () => {
    await redis.client.flushall();
    await hammer(redisStore({ client: redis.client, time: 'ledger' }), 'redis', redis.server.url);
    expect(await redis.client.keys('*').then((keys) => keys.every((key) => key.startsWith('{tollgate}:')))).toBe(true);
  });

  it('do not miss what a killed one held', { timeout: 240_000 }, async () => {
    await redis.client.flushall();
    await kill(redisStore({ client: redis.client, time: 'ledger' }), 'redis', redis.server.url);
  });
});
