import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GatewayConfig } from 'tollgate';
import { afterAll, describe, expect, it } from 'vitest';
import { gatewayOf } from '../public/harness.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';
import { PRICES } from './stage.ts';
import { counterOf, responsesUsage, TEAM_BUDGETS, WorkUpstream } from './work-upstream.ts';

const worker = fileURLToPath(new URL('../support/work-worker.ts', import.meta.url));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--no-warnings', worker, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** One process begins the work and is killed; two more look at its end at the same time. */
async function settlesOnce(kind: string, place: string, store: GatewayConfig['store']): Promise<void> {
  const up = await WorkUpstream.start();
  const { origin } = up.server;
  const first = start('begin', kind, place, origin);
  const [line] = (await once(first.stdout as NonNullable<typeof first.stdout>, 'data')) as [Buffer];
  const id = String(line).trim();
  first.kill('SIGKILL');
  await once(first, 'close');
  expect(up.works.has(id)).toBe(true);
  up.end(id, { status: 'completed', usage: responsesUsage(1_000, 20_000) });
  const gateway = gatewayOf({
    providers: { one: { type: 'openai', apiKey: 'k', baseURL: `${origin}/one/v1` } },
    models: { m: ['one/m'] },
    prices: { 'one/m': PRICES['one/m'] },
    budgets: TEAM_BUDGETS,
    store,
  });
  expect((await counterOf(gateway, 'search')).reserved.tokens).toBeGreaterThan(30_000);
  const pollers = [start('poll', kind, place, origin, id), start('poll', kind, place, origin, id)];
  const codes = await Promise.all(pollers.map((poller) => once(poller, 'close')));
  expect(codes.map(([code]) => code)).toEqual([0, 0]);
  expect(await counterOf(gateway, 'search')).toEqual({
    spent: { usd: 0.041, tokens: 21_000, requests: 1 },
    reserved: { usd: 0, tokens: 0, requests: 0 },
  });
  expect((await counterOf(gateway, 'reader')).spent).toEqual({ usd: 0, tokens: 0, requests: 20 });
  const rows = await gateway.control.usage({ by: 'team' });
  expect(rows.find(({ team }) => team === 'search')).toMatchObject({ inputTokens: 1_000, outputTokens: 20_000, costUsd: 0.041 });
  expect(rows.find(({ team }) => team === 'reader')).toMatchObject({ inputTokens: 0, costUsd: 0 });
}

describe('work that a process began which was killed', { timeout: 180_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is settled once by the others on its SQLite file', async () => {
    const path = join(directory, 'budgets.db');
    await expect(settlesOnce('sqlite', path, { type: 'sqlite', path })).resolves.toBeUndefined();
  });
});

describe.runIf(redisIsHere)('work that a process began which was killed, over Redis', { timeout: 180_000 }, () => {
  const redis = redisForSuite();

  it('is settled once by the others on its server', async () => {
    await expect(settlesOnce('redis', redis.server.url, { type: 'redis', client: redis.client })).resolves.toBeUndefined();
  });
});
