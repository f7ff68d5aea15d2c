import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Gateway, RunLimitError, type Store } from 'tollgate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { ask, echo, failureOf, until } from '../public/harness.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';
import { TestClock } from '../support/test-clock.ts';
import { eventsOf, stage } from './stage.ts';

const caller = { team: 'search' };
const isRefused = async (promise: PromiseLike<unknown>) => expect(await failureOf(promise)).toBeInstanceOf(RunLimitError);

describe('a run with an id', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'wt-runs-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const store = () => ({ type: 'sqlite' as const, path: join(directory, 'budgets.db') });

  it('has one limit in two gateways over one file', async () => {
    const [one, two] = [await stage({ store: store() }), await stage({ store: store() })];
    const limits = { id: 'job 7|a%', maxCalls: 6 };
    const runs = [one.gateway.for(caller, limits), two.gateway.for(caller, limits)];
    const ended = await Promise.allSettled(Array.from({ length: 20 }, (_, place) => ask(runs[place % 2] as Gateway, 'm')));
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
    expect(one.sent().length + two.sent().length).toBe(6);
    for (const { gateway } of [one, two]) await gateway.close();
    const later = await stage({ store: store() });
    await isRefused(ask(later.gateway.for(caller, limits), 'm'));
    await ask(later.gateway.for(caller, { ...limits, id: 'job 8' }), 'm');
  });

  it('counts money over both, and its time from where it began', async () => {
    const [one, two] = [await stage({ store: store() }), await stage({ store: store() })];
    const limits = { id: 'job', maxUsd: 0.001, maxMs: 10_000 };
    await ask(one.gateway.for(caller, limits), 'm', { max_tokens: 300 });
    await two.clock.advance(5_000);
    const run = two.gateway.for(caller, limits);
    const error = await failureOf(ask(run, 'm', { max_tokens: 495 }));
    expect(error).toMatchObject({ limit: 'maxUsd', max: 0.001 });
    expect((error as RunLimitError).spent).toBeCloseTo(0.000_02, 12);
    await two.clock.advance(5_000);
    expect(await failureOf(ask(run, 'm', { max_tokens: 1 }))).toMatchObject({ limit: 'maxMs', spent: 10_000 });
  });

  it('is planned with in each of them', async () => {
    const [one, two] = [await stage({ store: store() }), await stage({ store: store() })];
    const limits = { id: 'job', maxCalls: 1, maxMs: 10_000 };
    const params = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
    const run = two.gateway.for(caller, limits);
    await ask(one.gateway.for(caller, { ...limits, maxCalls: 2 }), 'm');
    expect(await run.control.plan(params)).toMatchObject({ verdict: 'deny', reason: expect.stringContaining('maxCalls') });
    await two.clock.advance(5_000);
    const late = two.gateway.for(caller, { ...limits, maxCalls: 5 });
    expect(await late.control.plan(params)).toMatchObject({ verdict: 'allow' });
    await two.clock.advance(5_000);
    expect(await late.control.plan(params)).toMatchObject({ verdict: 'deny', reason: expect.stringContaining('maxMs') });
  });

  it('gets back what a process held that is gone, when its lease has ended', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const hanging = await stage({ store: store() }, (exchange) => gate.then(() => echo(exchange)));
    const limits = { id: 'job', maxCalls: 1 };
    // Its clock stands still from now on, as a dead process's does.
    const late = ask(hanging.gateway.for(caller, limits), 'm');
    await until(() => hanging.server.requests.length === 1);
    const other = await stage({ store: store() }, undefined, new TestClock());
    const run = other.gateway.for(caller, limits);
    await isRefused(ask(run, 'm'));
    await other.clock.advance(3_600_000);
    await ask(run, 'm');
    open();
    await late;
  });

  it('is warned of once in a process', async () => {
    const { gateway } = await stage({ store: store() });
    const warnings = eventsOf(gateway, 'run.warn');
    const run = gateway.for(caller, { id: 'job', maxCalls: 5 });
    for (let place = 0; place < 5; place += 1) await ask(run, 'm');
    await until(() => warnings.length > 0);
    expect(warnings).toMatchObject([{ run: 'job', limit: 'maxCalls', spent: 4, max: 5 }]);
  });
});

describe.runIf(redisIsHere)('a run with an id, over Redis', () => {
  let server: RedisServer;
  const clients: Redis[] = [];
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  });
  /** A process of its own client. Its clock stands still, so that no command is too late. */
  async function processOf(prefix: string) {
    const client = new Redis(server.url);
    clients.push(client);
    await client.ping();
    return stage({ store: { type: 'redis', client, prefix } });
  }

  it('has one limit in two processes, and in one that comes later', async () => {
    const [one, two] = [await processOf('calls'), await processOf('calls')];
    const limits = { id: 'job', maxCalls: 6 };
    const runs = [one.gateway.for(caller, limits), two.gateway.for(caller, limits)];
    const ended = await Promise.allSettled(Array.from({ length: 20 }, (_, place) => ask(runs[place % 2] as Gateway, 'm')));
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
    expect(one.sent().length + two.sent().length).toBe(6);
    for (const { gateway } of [one, two]) await gateway.close();
    const later = await processOf('calls');
    await isRefused(ask(later.gateway.for(caller, limits), 'm'));
    await ask(later.gateway.for(caller, { ...limits, id: 'another' }), 'm');
    await later.gateway.close();
  });

  it('counts money and time over both', async () => {
    const [one, two] = [await processOf('money'), await processOf('money')];
    const limits = { id: 'job', maxUsd: 0.001, maxMs: 10_000 };
    await ask(one.gateway.for(caller, limits), 'm', { max_tokens: 300 });
    await one.gateway.close();
    await two.clock.advance(5_000);
    const run = two.gateway.for(caller, limits);
    const error = await failureOf(ask(run, 'm', { max_tokens: 495 }));
    expect(error).toMatchObject({ limit: 'maxUsd', max: 0.001 });
    expect((error as RunLimitError).spent).toBeCloseTo(0.000_02, 12);
    await two.clock.advance(5_000);
    expect(await failureOf(ask(run, 'm', { max_tokens: 1 }))).toMatchObject({ limit: 'maxMs', spent: 10_000 });
    await two.gateway.close();
  });
});

/** A store that notes what it is asked. */
function counting(): { store: Store; asked: string[] } {
  const asked: string[] = [];
  const memory = new MemoryStore();
  const store = new Proxy(memory, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...parts: unknown[]) => {
        asked.push(String(name));
        return Reflect.apply(value, target, parts);
      };
    },
  });
  return { store, asked };
}

describe('a run without an id', () => {
  it('asks the store nothing', async () => {
    const { store, asked } = counting();
    const { gateway } = await stage({ store });
    const run = gateway.for(caller, { maxCalls: 1, maxUsd: 1, maxTokens: 10_000, maxToolCalls: 5, maxMs: 10_000 });
    await ask(run, 'm');
    await isRefused(ask(run, 'm'));
    expect(asked).toEqual([]);
    await ask(gateway.for(caller, { id: 'named', maxCalls: 1 }), 'm');
    expect(asked).toEqual(['reserve', 'settle']);
  });
});
