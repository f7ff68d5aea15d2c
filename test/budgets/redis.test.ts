import { Redis } from 'ioredis';
import { type Gateway, type GatewayConfig, StoreUnavailableError } from 'tollgate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, echo, failureOf, gatewayOf, providersAt, upstream } from '../public/harness.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';
import { ANSWER_USD, PRICES } from './stage.ts';

const budgets: GatewayConfig['budgets'] = [
  { name: 'money', match: { team: 'strict' }, limit: { usd: 1 }, window: 'month' },
  { name: 'tokens', match: { team: 'lenient' }, limit: { tokens: 10_000 }, window: 'month' },
];

describe.runIf(redisIsHere)('a gateway whose Redis', () => {
  let server: RedisServer;
  let client: Redis;
  let gateway: Gateway;
  let strict: Gateway;
  let lenient: Gateway;
  let told: string[];
  /** Holds answers back while it is closed. */
  let gate = Promise.resolve();

  beforeEach(async () => {
    server = await RedisServer.start();
    client = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => {});
    // The first command waits for the connection, which a busy machine may take its time to make.
    await client.ping();
    gate = Promise.resolve();
    const up = await upstream((exchange) => gate.then(() => echo(exchange)));
    gateway = gatewayOf({
      providers: providersAt(up, 'one', 'two'),
      models: { m: ['one/m'] },
      prices: PRICES,
      budgets,
      // Each call is held in the store: with slices it goes on without it, as the tests of slices show.
      store: { type: 'redis', client, slices: false },
    });
    strict = gateway.for({ team: 'strict' });
    lenient = gateway.for({ team: 'lenient' });
    told = [];
    gateway.on('store.fail', ({ error }) => told.push(error.code));
    gateway.on('store.recover', () => told.push('recover'));
  });
  afterEach(async () => {
    await gateway.close({ deadlineMs: 0 });
    client.disconnect();
    await server.stop();
  });

  const call = (of: Gateway) => ask(of, 'm', { max_tokens: 20 });

  /** What is spent, in answers, and nothing held: once the store answers again. */
  async function settles(answersOfStrict: number, answersOfLenient: number): Promise<void> {
    const counters = async () => {
      const balances = await gateway.control.budgets().catch(() => []);
      return balances.map(({ spent, reserved }) => ({ spent, reserved }));
    };
    await expect.poll(counters, { timeout: 10_000, interval: 50 }).toEqual([
      { spent: { usd: expect.closeTo(answersOfStrict * ANSWER_USD, 12) }, reserved: { usd: 0 } },
      { spent: { tokens: answersOfLenient * 15 }, reserved: { tokens: 0 } },
    ]);
  }

  it('is not there from the start is built all the same, and each budget has its policy', async () => {
    await server.kill();
    const error = await failureOf(call(strict));
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error).toMatchObject({ status: 503, code: 'store_unavailable' });
    await call(lenient);
    await server.start();
    await settles(0, 1);
    expect(told).toContain('recover');
  });

  it('is killed and comes back empty denies or allows, keeps what was spent, and charges what it let through once', {
    timeout: 30_000,
  }, async () => {
    for (let turn = 0; turn < 3; turn++) await Promise.all([call(strict), call(lenient)]);
    await settles(3, 3);
    await server.kill();
    expect(await failureOf(call(strict))).toMatchObject({ status: 503 });
    await Promise.all([call(lenient), call(lenient)]);
    await server.start();
    await settles(3, 5);
    await Promise.all([call(strict), call(lenient)]);
    await settles(4, 6);
  });

  it('is frozen does not hold calls up, and what it did late is undone', { timeout: 30_000 }, async () => {
    await Promise.all([call(strict), call(lenient)]);
    await settles(1, 1);
    server.freeze();
    // Both are answered while it is frozen.
    expect(await failureOf(call(strict))).toMatchObject({ status: 503 });
    await call(lenient);
    server.thaw();
    await settles(1, 2);
    expect(told.slice(0, 2)).toEqual(['store_timeout', 'recover']);
  });

  it('is flushed is not taken for a fresh start', { timeout: 30_000 }, async () => {
    for (let turn = 0; turn < 3; turn++) await Promise.all([call(strict), call(lenient)]);
    await settles(3, 3);
    await client.flushall();
    expect(await failureOf(call(strict))).toMatchObject({ status: 503 });
    await settles(3, 3);
    await call(strict);
    await settles(4, 3);
    expect(told.slice(0, 2)).toEqual(['store_reset', 'recover']);
  });

  it('fails over to an empty server while calls run settles each of them once', { timeout: 30_000 }, async () => {
    await Promise.all([call(strict), call(lenient)]);
    await settles(1, 1);
    const { promise, resolve: open } = Promise.withResolvers<void>();
    gate = promise;
    const running = Promise.all(Array.from({ length: 10 }, () => [call(strict), call(lenient)]).flat());
    const reserved = async () => Number(await client.zcard('{tollgate}:2:open'));
    await expect.poll(reserved, { interval: 10, timeout: 5_000 }).toBe(20);
    await server.kill();
    await server.start();
    open();
    await running;
    await settles(11, 11);
    await call(strict);
    await settles(12, 11);
  });

  it('forgot its scripts, and whose usage report is asked, goes on', async () => {
    await call(strict);
    await settles(1, 0);
    await client.script('FLUSH');
    await call(strict);
    await settles(2, 0);
    expect(await gateway.control.usage({ by: 'team' })).toMatchObject([{ team: 'strict', requests: 2 }]);
    expect(told).toEqual([]);
  });
});
