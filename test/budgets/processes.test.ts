import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { type BudgetBalance, type Gateway, type GatewayConfig, routeOf } from 'tollgate';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { bodyOf, gatewayOf, messages, upstream } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { laterStore } from '../support/later-store.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';

const worker = fileURLToPath(new URL('../support/gateway-worker.ts', import.meta.url));

interface Target {
  readonly kind: 'sqlite' | 'redis';
  readonly place: string;
  readonly store: GatewayConfig['store'];
  /** The same by the ledger's time. */
  open(): Store;
}

/** Longer than any lease of the processes. */
const LATER_MS = 1_200_000;

interface Worker {
  readonly child: ChildProcess;
  readonly lines: () => string[];
  readonly ended: Promise<number | null>;
}

function start({ kind, place }: Target, origin: string, calls: number, model: string): Worker {
  const child = spawn(process.execPath, ['--no-warnings', worker, kind, place, origin, String(calls), model], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (data) => {
    output += String(data);
  });
  return {
    child,
    lines: () => output.split('\n').filter(Boolean),
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
}

const REPORTED = { input_tokens: 10, output_tokens: 2_000, total_tokens: 2_010 };

/** Answers with a changing usage; `hanging` begins a stream and never ends it, as does `reporting`, which tells its usage. */
async function answerSome(exchange: FaultExchange): Promise<void> {
  if (bodyOf(exchange).model === 'reporting') {
    await exchange.sseHead();
    const response = { id: 'resp_1', object: 'response', status: 'in_progress', output: [], usage: REPORTED };
    return exchange.sse({ type: 'response.in_progress', response }, { type: 'response.output_text.delta', delta: 'begun' });
  }
  if (bodyOf(exchange).model === 'hanging') {
    await exchange.sseHead();
    return exchange.sse(chunk({ role: 'assistant', content: 'begun' }));
  }
  const completion_tokens = 5 + (exchange.index % 15);
  return exchange.answer(
    200,
    completion('x', { usage: { prompt_tokens: 10, completion_tokens, total_tokens: 10 + completion_tokens } }),
  );
}

function watcher(store: GatewayConfig['store']): Gateway {
  return gatewayOf({
    providers: { one: { type: 'openai-compatible', apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' } },
    budgets: [
      { name: 'company', limit: { usd: 0.006, requests: 150 }, window: 'lifetime' },
      { name: 'team', each: 'team', limit: { tokens: 5_000 }, window: 'lifetime' },
    ],
    store,
  });
}

const amounts = (balances: readonly BudgetBalance[]) =>
  balances.map(({ name, spent, reserved, remaining }) => ({
    name,
    spent,
    reserved,
    fits: Object.values(remaining).every((left) => left >= 0),
  }));

/** More demand than room: no limit is passed, and the counters and the report are the sum of what callers were told. */
async function hammer(target: Target): Promise<void> {
  const { origin } = await upstream(answerSome);
  const workers = Array.from({ length: 4 }, () => start(target, origin, 60, 'm'));
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
  const lines = workers.flatMap(({ lines: of }) => of());
  const told = lines.filter((line) => line !== 'refused').map((line) => line.split(' ').map(Number));
  const sum = (place: number) => told.reduce((total, line) => total + (line[place] ?? 0), 0);
  const [requests, tokens, nanoUsd] = [sum(0), sum(1), sum(2)];
  expect(lines).toHaveLength(240);
  expect(requests).toBeGreaterThan(0);
  expect(requests).toBeLessThanOrEqual(150);
  expect(nanoUsd).toBeLessThanOrEqual(6_000_000);
  const gateway = watcher(target.store);
  expect(amounts(await gateway.control.budgets())).toEqual([
    { name: 'company', spent: { usd: nanoUsd / 1e9, requests }, reserved: { usd: 0, requests: 0 }, fits: true },
    { name: 'team', spent: { tokens }, reserved: { tokens: 0 }, fits: true },
  ]);
  const [row] = await gateway.control.usage({ by: 'team' });
  expect(row).toMatchObject({ team: 'search', requests, failures: 0, costUsd: nanoUsd / 1e9 });
  expect((row?.inputTokens ?? 0) + (row?.outputTokens ?? 0)).toBe(tokens);
}

/** One of them is killed with streams under way: what it held lapses by its lease, and nothing else is lost. */
async function kill(target: Target): Promise<void> {
  const { origin } = await upstream(answerSome);
  const victim = start(target, origin, 6, 'hanging');
  const other = start(target, origin, 12, 'm');
  await new Promise<void>((resolve) => {
    victim.child.stdout?.on('data', () => {
      if (victim.lines().length >= 6) resolve();
    });
  });
  victim.child.kill('SIGKILL');
  await victim.ended;
  expect(await other.ended).toBe(0);
  const told = other.lines().map((line) => line.split(' ').map(Number));
  const sum = (place: number) => told.reduce((total, line) => total + (line[place] ?? 0), 0);
  expect(amounts(await watcher(target.open()).control.budgets())).toMatchObject([
    { name: 'company', reserved: { requests: 6 } },
    { name: 'team', fits: true },
  ]);
  expect(amounts(await watcher(laterStore(target.open(), LATER_MS)).control.budgets())).toEqual([
    { name: 'company', spent: { usd: sum(2) / 1e9, requests: 12 }, reserved: { usd: 0, requests: 0 }, fits: true },
    { name: 'team', spent: { tokens: sum(1) }, reserved: { tokens: 0 }, fits: true },
  ]);
}

/** It is killed as soon as its stream has told what it used: that is charged at the end of its lease. */
async function killReporting(target: Target): Promise<void> {
  const { origin } = await upstream(answerSome);
  const victim = start(target, origin, 1, 'reporting');
  await new Promise<void>((resolve) => {
    victim.child.stdout?.on('data', () => {
      if (victim.lines().length > 0) resolve();
    });
  });
  victim.child.kill('SIGKILL');
  await victim.ended;
  expect(amounts(await watcher(laterStore(target.open(), LATER_MS)).control.budgets())).toEqual([
    { name: 'company', spent: { usd: 0.004_01, requests: 1 }, reserved: { usd: 0, requests: 0 }, fits: true },
    { name: 'team', spent: { tokens: 2_010 }, reserved: { tokens: 0 }, fits: true },
  ]);
}

describe('four gateways in four processes on one SQLite file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const targetOf = (name: string): Target => {
    const place = join(directory, name);
    return { kind: 'sqlite', place, store: { type: 'sqlite', path: place }, open: () => new SqliteStore(place) };
  };

  it('never pass a limit, and their totals are what callers were told', { timeout: 240_000 }, () =>
    hammer(targetOf('shared.db')),
  );
  it('do not miss what a killed one held', { timeout: 240_000 }, () => kill(targetOf('killed.db')));
  it('charge what a killed one had reported', { timeout: 240_000 }, () => killReporting(targetOf('reported.db')));
});

describe.runIf(redisIsHere)('four gateways in four processes on one Redis', () => {
  let server: RedisServer;
  let client: Redis;
  beforeEach(async () => {
    server = await RedisServer.start();
    client = new Redis(server.url);
  });
  afterEach(async () => {
    client.disconnect();
    await server.stop();
  });
  const target = (): Target => {
    const open = () => redisStore({ client, time: 'ledger' });
    return { kind: 'redis', place: server.url, store: { type: 'redis', client }, open };
  };

  it('never pass a limit, and their totals are what callers were told', { timeout: 240_000 }, () => hammer(target()));
  it('do not miss what a killed one held', { timeout: 240_000 }, () => kill(target()));
  it('charge what a killed one had reported', { timeout: 240_000 }, () => killReporting(target()));
});

it('a call of one process is in the report of the next', { timeout: 240_000 }, async () => {
  const { origin } = await upstream(answerSome);
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
  const place = join(directory, 'a.db');
  const open = () => new SqliteStore(place);
  const target: Target = { kind: 'sqlite', place, store: { type: 'sqlite', path: place }, open };
  expect(await start(target, origin, 1, 'm').ended).toBe(0);
  const gateway = gatewayOf({
    providers: { one: { type: 'openai-compatible', apiKey: 'k', baseURL: `${origin}/v1` } },
    store: target.store,
  });
  const answer = await gateway.chat.completions.create({ model: 'one/m', messages });
  expect(routeOf(answer)?.usage).toMatchObject({ inputTokens: 10 });
  expect(await gateway.control.usage({ by: 'deployment' })).toMatchObject([
    { deployment: 'one/m', requests: 2, inputTokens: 20 },
  ]);
  rmSync(directory, { recursive: true });
});
