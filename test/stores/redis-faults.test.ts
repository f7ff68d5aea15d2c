import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Plan } from '../../src/core/plan.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import type { Admission, Ledger, Settlement } from '../../src/ledger/ledger.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import { charge } from '../../src/testing/store-contract-parts.ts';
import { budgetOf, callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';

const deny = planOf({ budgets: [budgetOf({ name: 'b', limit: { tokens: 10_000 } })] });
const allow = planOf({ budgets: [budgetOf({ name: 'b', limit: { tokens: 10_000 }, whenStoreFails: 'allow' })] });
const used = (tokens: number): Settlement => ({
  requests: 1,
  usage: { inputTokens: tokens, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
  costNanoUsd: 0,
});

describe.runIf(redisIsHere)('a ledger whose Redis', () => {
  let server: RedisServer;
  let client: Redis;
  let events: Emitter;
  let ledger: Ledger;
  let told: string[];
  beforeEach(async () => {
    server = await RedisServer.start();
    client = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => {});
    // The first command waits for the connection, which a busy machine may take its time to make.
    await client.ping();
    events = new Emitter();
    told = [];
    events.on('store.fail', ({ error }) => told.push(`fail ${error.code}`));
    events.on('store.recover', () => told.push('recover'));
    ledger = createLedger({ store: redisStore({ client }), clock: systemClock, events });
  });
  afterEach(async () => {
    await ledger.close(0);
    client.disconnect();
    await server.stop();
  });

  async function reserve(plan: Plan): Promise<Admission> {
    const call = callOf({ plan, startedMonotonicMs: performance.now(), deadlineMs: performance.now() + 10_000 });
    return ledger.reserveCall(call, ledger.estimate(call, [deploymentOf({})]));
  }
  async function admitted(plan: Plan) {
    const admission = await reserve(plan);
    if (!admission.admitted || admission.reservation === undefined) throw new Error(JSON.stringify(admission));
    return admission.reservation;
  }
  /** Spent and reserved, once the ledger answers again. */
  async function settled(spent: number): Promise<void> {
    const balance = async () => {
      const [found] = await ledger.balances(deny, undefined).catch(() => []);
      return { spent: found?.spent.tokens, reserved: found?.reserved.tokens };
    };
    await expect.poll(balance, { timeout: 10_000, interval: 50 }).toEqual({ spent, reserved: 0 });
  }

  it('is killed denies or allows as each budget says, and settles once when it is back', { timeout: 30_000 }, async () => {
    (await admitted(deny)).settle(used(10));
    await settled(10);
    await server.kill();
    expect(await reserve(deny)).toMatchObject({ admitted: false, denial: { reason: 'store', budget: 'b' } });
    (await admitted(allow)).settle(used(7));
    await server.start();
    await settled(17);
    (await admitted(deny)).settle(used(1));
    await settled(18);
    expect(told.at(0)).toBe('fail store_timeout');
    expect(told).toContain('recover');
  });

  it('is frozen is not waited for, and what it did late is undone', { timeout: 30_000 }, async () => {
    (await admitted(deny)).settle(used(10));
    const open = await admitted(deny);
    await settledReserved();
    server.freeze();
    expect(await reserve(deny)).toMatchObject({ admitted: false, denial: { reason: 'store' } });
    open.settle(used(30));
    server.thaw();
    await settled(40);
    events.flush();
    expect(told.slice(0, 2)).toEqual(['fail store_timeout', 'recover']);
  });

  it('is flushed is not taken for a fresh start: what was spent is restored', { timeout: 30_000 }, async () => {
    (await admitted(deny)).settle(used(100));
    const open = await admitted(deny);
    await settledReserved();
    await client.flushall();
    expect(await reserve(deny)).toMatchObject({ admitted: false, denial: { reason: 'store', cause: { code: 'store_reset' } } });
    open.settle(used(50));
    await settled(150);
    events.flush();
    expect(told).toEqual(['fail store_reset', 'recover']);
  });

  it('is replaced by an empty server while calls run settles each exactly once', { timeout: 30_000 }, async () => {
    const open = await Promise.all(Array.from({ length: 20 }, () => admitted(deny)));
    for (const reservation of open.slice(0, 10)) reservation.settle(used(3));
    await ledger.usage({});
    await server.kill();
    for (const reservation of open.slice(10)) reservation.settle(used(3));
    await server.start();
    await settled(60);
    expect((await reserve(deny)).admitted).toBe(true);
  });

  it('forgot its scripts goes on', async () => {
    (await admitted(deny)).settle(used(10));
    await client.script('FLUSH');
    (await admitted(deny)).settle(used(10));
    await settled(20);
    expect(told).toEqual([]);
  });

  it('needs one round trip to reserve', async () => {
    (await admitted(deny)).settle(used(10));
    await settled(10);
    const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1]);
    const scripts = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
    const before = await scripts();
    const reservation = await admitted(deny);
    expect((await scripts()) - before).toBe(1);
    reservation.release();
    expect(await commands()).toBeGreaterThan(0);
  });

  it('may evict keys is warned of', async () => {
    await client.config('SET', 'maxmemory', '100mb');
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const warnings: string[] = [];
    const store = redisStore({ client, prefix: 'other', onWarning: (message) => warnings.push(message) });
    await store.release('a', Date.now());
    expect(warnings).toEqual([expect.stringContaining('allkeys-lru')]);
  });

  it('is full or read-only fails with a typed error', async () => {
    const store = redisStore({ client });
    await store.release('a', Date.now());
    await client.config('SET', 'maxmemory', '1');
    const charges = [charge('c', 1, 9)];
    await expect(store.reserve('b', charges, 1000, Date.now())).rejects.toMatchObject({ name: 'StoreError', code: 'store_full' });
    await client.config('SET', 'maxmemory', '0');
    await client.replicaof('127.0.0.1', '1');
    await expect(store.release('c', Date.now())).rejects.toMatchObject({ name: 'StoreError', code: 'store_read_only' });
  });

  /** Waits until what was sent off the caller's path has arrived. */
  async function settledReserved(): Promise<void> {
    await ledger.usage({});
  }
});

describe('the Redis store', () => {
  it('refuses what is no client, and a prefix with braces', () => {
    expect(() => redisStore({ client: {} as Redis })).toThrow(TypeError);
    const client = { evalsha: async () => [], eval: async () => [] };
    expect(() => redisStore({ client, prefix: 'a{b}' })).toThrow(TypeError);
  });
});
