import { Redis } from 'ioredis';
import Keyv from 'keyv';
import { routeOf } from 'tollgate';
import { afterEach, describe, expect, it } from 'vitest';
import { eventsOf, stage } from '../budgets/stage.ts';
import { messages, until } from '../public/harness.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';

const closers: (() => unknown)[] = [];
const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A keyv over a real Redis, as its own adapter makes one: a client that connects again by itself and queues meanwhile. */
async function redisCache() {
  const server = await RedisServer.start();
  const client = new Redis(server.port, { retryStrategy: () => 5, maxRetriesPerRequest: null });
  client.on('error', () => {});
  closers.push(
    () => server.kill(),
    () => client.disconnect(),
  );
  const adapter = {
    opts: {},
    get: (key: string) => client.get(key),
    set: (key: string, value: string, ttlMs?: number) => client.set(key, value, 'PX', ttlMs ?? 1),
    delete: async (key: string) => (await client.del(key)) > 0,
    clear: async () => void (await client.flushall()),
  };
  return { server, client, store: new Keyv({ store: adapter as never }) };
}

describe.runIf(redisIsHere)('answers in a Redis, by keyv', () => {
  it.each([
    ['that is killed and comes back', (server: RedisServer) => server.kill(), (server: RedisServer) => server.start()],
    ['that stops answering and goes on', (server: RedisServer) => server.freeze(), (server: RedisServer) => server.thaw()],
  ])('%s: misses meanwhile, within the limit and without an error, and hits again', async (_what, away, back) => {
    process.on('unhandledRejection', note);
    closers.push(() => process.off('unhandledRejection', note));
    const { server, client, store } = await redisCache();
    const { gateway, clock, sent } = await stage({ cache: { ttl: '1h', store } });
    const troubles = eventsOf(gateway, 'store.fail');
    const { completions } = gateway.for({ team: 'search' }).chat;
    const ask = async (seed: number) => routeOf(await completions.create({ model: 'm', messages, seed }))?.cache?.hit;
    const kept = async () => (await client.dbsize()) > 0;
    expect(await ask(1)).toBe(false);
    while (!(await kept()));
    expect(await ask(1)).toBe(true);

    await away(server);
    for (const seed of [1, 2, 3, 4]) {
      let hit: boolean | undefined | 'waiting' = 'waiting';
      const startedMs = clock.monotonicMs();
      void ask(seed).then((own) => {
        hit = own;
      });
      await until(() => {
        if (hit === 'waiting' && clock.monotonicMs() - startedMs < 1_000) clock.advance(10);
        return hit !== 'waiting';
      });
      expect(hit).toBe(false);
    }
    expect(sent()).toHaveLength(5);
    expect(troubles.map(({ operation }) => operation)).toContain('cache.get');

    await back(server);
    await client.ping();
    // What is under way gets to its limit, and then the pause to its end.
    for (const ms of [100, 5_000]) await clock.elapse(ms);
    expect(await ask(5)).toBe(false);
    while ((await client.dbsize()) === 0);
    expect(await ask(5)).toBe(true);
    expect(rejections).toEqual([]);
  });
});
