import { Cluster, Redis } from 'ioredis';
import { createCluster, createSentinel } from 'redis';
import { afterEach, describe, expect, it } from 'vitest';
import { type RedisClient, redisStore } from '../../src/stores/redis/index.ts';
import type { Charge, Store } from '../../src/stores/store.ts';
import { StoreError } from '../../src/stores/store-error.ts';
import { asking, RedisCluster, until } from '../support/redis-cluster.ts';
import { RedisSentinels } from '../support/redis-sentinels.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';

const LIMIT = 1_000_000;
const COUNTERS = ['company', 'team', 'user', 'key', 'model', 'day'];
const charges: Charge[] = COUNTERS.map((counter) => ({
  ...{ counter, amount: 10, limit: LIMIT, enforced: true },
  window: { kind: 'calendar', endsAt: null },
}));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
function closing<T>(value: T, close: (value: T) => unknown): T {
  cleanups.push(() => close(value));
  return value;
}

/** As the ledger's outbox does: again under the same id, until the store answers. */
async function insist<T>(verb: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await verb();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Callers that reserve 10 and use 7 of each counter, until they are told to stop. */
function traffic(store: Store, callers: number, name = 'call') {
  const state = { settled: 0, longestMs: 0, over: false };
  const loop = async (caller: number) => {
    for (let turn = 0; !state.over; turn++) {
      const startedMs = performance.now();
      const id = `${name}-${caller}-${turn}`;
      await insist(() => store.reserve(id, charges, 60_000, Date.now()));
      await insist(() => settle(store, id));
      state.settled += 1;
      state.longestMs = Math.max(state.longestMs, performance.now() - startedMs);
    }
  };
  const ended = Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  const stop = async () => {
    state.over = true;
    await ended;
    return state;
  };
  const settles = (count: number) => until(async () => state.settled >= count);
  return { state, settles, stop };
}

/** As the ledger does if the store has lost the reservation: charged anew under the same id. */
async function settle(store: Store, id: string): Promise<void> {
  const actual = charges.map(() => 7);
  const { state } = await store.settle(id, actual, Date.now());
  if (state !== 'unknown') return;
  await store.reserve(
    id,
    charges.map((each) => ({ ...each, enforced: false })),
    60_000,
    Date.now(),
  );
  await store.settle(id, actual, Date.now());
}

async function spentOf(store: Store): Promise<number[]> {
  const found = await insist(() => store.balances({ counters: COUNTERS }, Date.now()));
  return COUNTERS.map((counter) => found.find((each) => each.counter === counter)?.spent ?? 0);
}

/** Traffic goes on through a fault; afterwards each counter holds what was used, to the unit. */
async function survives(store: Store, fault: () => Promise<void>): Promise<void> {
  const running = traffic(store, 8);
  await running.settles(100);
  await fault();
  const { settled, longestMs } = { ...running.state };
  await running.settles(settled + 100);
  const ended = await running.stop();
  console.log(`${expect.getState().currentTestName}: longest call ${Math.round(Math.max(longestMs, ended.longestMs))} ms`);
  expect(await spentOf(store)).toEqual(COUNTERS.map(() => ended.settled * 7));
}

describe.runIf(redisIsHere)('a failover that loses acknowledged writes', { timeout: 30_000 }, () => {
  /** A store whose client is turned over from a master to a replica that has not got the last writes. */
  async function turnedOver() {
    const master = closing(await RedisServer.start(), (server) => server.stop());
    const replica = closing(await RedisServer.start(['--repl-diskless-sync-delay', '0']), (server) => server.stop());
    const [old, young] = [master, replica].map(({ url }) => closing(new Redis(url), (client) => client.disconnect())) as [
      Redis,
      Redis,
    ];
    await young.replicaof('127.0.0.1', master.port);
    await until(async () => (await young.info('replication')).includes('master_link_status:up'));
    let current = old;
    /** Commands to the replica that get through, then those that do not. */
    const fails = { after: 0, left: 0 };
    const isCutOff = () => current === young && fails.after-- <= 0 && fails.left-- > 0;
    const gone = () => Promise.reject(new Error('away'));
    const client = {
      evalsha: (...args: Parameters<Redis['evalsha']>) => (isCutOff() ? gone() : current.evalsha(...args)),
      eval: (...args: Parameters<Redis['eval']>) => (isCutOff() ? gone() : current.eval(...args)),
    };
    const cutOff = async () => {
      await old.wait(1, 0);
      await young.replicaof('NO', 'ONE');
    };
    const turn = () => {
      current = young;
    };
    return { client, cutOff, turn, fails };
  }

  it('is noticed, and what was settled meanwhile is charged again, once', async () => {
    const { client, cutOff, turn } = await turnedOver();
    const store = redisStore({ client });
    for (const id of ['a', 'b', 'c']) await store.reserve(id, charges, 60_000, Date.now());
    await settle(store, 'a');
    await cutOff();
    await settle(store, 'b');
    await store.reserve('d', charges, 60_000, Date.now());
    await settle(store, 'd');
    await store.reserve('e', charges, 60_000, Date.now());
    turn();
    const found = await store.balances({ counters: COUNTERS }, Date.now());
    expect(found).toEqual(COUNTERS.map((counter) => ({ counter, spent: 21, reserved: 20, sliced: 0 })));
    await settle(store, 'c');
    await settle(store, 'e');
    expect(await spentOf(store)).toEqual(COUNTERS.map(() => 35));
  });

  it('is made good by a later command if the first try does not get through', async () => {
    const { client, cutOff, turn, fails } = await turnedOver();
    const store = redisStore({ client });
    await store.reserve('a', charges, 60_000, Date.now());
    await cutOff();
    await settle(store, 'a');
    turn();
    // The first finds out; then the settlement, and what holds it anew, do not get through. The replica wants the script first.
    for (const after of [1, 0, 2]) {
      Object.assign(fails, { after, left: 1 });
      await expect(store.release('x', Date.now())).rejects.toMatchObject({ name: 'StoreError', message: 'Redis: away' });
    }
    Object.assign(fails, { after: 0, left: 0 });
    expect(await spentOf(store)).toEqual(COUNTERS.map(() => 7));
  });

  it('costs a process nothing whose writes had all arrived, whatever others add first', async () => {
    const { client, cutOff, turn } = await turnedOver();
    const [idle, busy] = [redisStore({ client }), redisStore({ client })];
    await idle.reserve('i', charges, 60_000, Date.now());
    await settle(idle, 'i');
    await cutOff();
    for (const id of ['a', 'b']) await busy.reserve(id, charges, 60_000, Date.now());
    await settle(busy, 'a');
    turn();
    for (const id of ['j', 'k', 'l', 'm']) {
      await idle.reserve(id, charges, 60_000, Date.now());
      await settle(idle, id);
    }
    await settle(busy, 'b');
    expect(await spentOf(busy)).toEqual(COUNTERS.map(() => 7 * 7));
  });

  it('gives slices back what they held, and charges what they had reported', async () => {
    const { client, cutOff, turn } = await turnedOver();
    const store = redisStore({ client });
    const report = (changes: object) => ({
      ...{ counter: 'company', limit: 100, enforced: true, window: { kind: 'calendar', endsAt: null } as const },
      ...{ slice: 's', sequence: 1, spent: 0, inUse: 0, wants: 0, atRisk: 0, recall: 0, ...changes },
    });
    await store.exchange?.('p', [report({ wants: 50 })], 60_000, Date.now());
    await cutOff();
    await store.exchange?.('p', [report({ sequence: 2, spent: 30, wants: 40 })], 60_000, Date.now());
    await store.exchange?.('p', [report({ slice: 't', spent: 5, wants: 20 })], 60_000, Date.now());
    turn();
    const found = await store.balances({ counters: ['company'] }, Date.now());
    expect(found).toEqual([{ counter: 'company', spent: 35, reserved: 0, sliced: 60 }]);
    const grants = await store.exchange?.('p', [report({ sequence: 3, spent: 45, wants: 0 })], 60_000, Date.now());
    expect(grants).toMatchObject([{ held: 0, spent: 50, sliced: 20 }]);
  });
});

describe.runIf(redisIsHere)('a Redis Cluster with replicas, while calls run', { timeout: 60_000 }, () => {
  const start = async () => closing(await RedisCluster.start(3, 1), (cluster) => cluster.stop());
  const ioredisOf = (cluster: RedisCluster): RedisClient => {
    const client = closing(new Cluster(cluster.nodes), (each) => each.disconnect());
    client.on('error', () => {});
    return client;
  };
  const nodeRedisOf = async (cluster: RedisCluster): Promise<RedisClient> => {
    const client = createCluster({ rootNodes: cluster.nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })) });
    client.on('error', () => {});
    return closing(await client.connect(), (each) => each.destroy());
  };
  const HOME = '{tollgate}:2:generation';

  it('whose master is killed loses nothing, over ioredis', async () => {
    const cluster = await start();
    await survives(redisStore({ client: ioredisOf(cluster) }), async () => (await cluster.masterOf(HOME)).kill());
  });

  it('whose master is killed loses nothing, over node-redis', async () => {
    const cluster = await start();
    await survives(redisStore({ client: await nodeRedisOf(cluster) }), async () => (await cluster.masterOf(HOME)).kill());
  });

  it('that fails over by command loses nothing', async () => {
    const cluster = await start();
    await survives(redisStore({ client: ioredisOf(cluster) }), async () => {
      const before = await cluster.masterOf(HOME);
      const replica = cluster.replicas[cluster.masters.indexOf(before)];
      await asking(replica?.port ?? 0, (client) => client.cluster('FAILOVER'));
      await until(async () => (await cluster.masterOf(HOME)) !== before);
    });
  });

  it('whose master is frozen until another has taken over, and thaws, loses nothing', async () => {
    const cluster = await start();
    await survives(redisStore({ client: ioredisOf(cluster) }), async () => {
      const frozen = await cluster.masterOf(HOME);
      const replica = cluster.replicas[cluster.masters.indexOf(frozen)] as RedisServer;
      frozen.freeze();
      const promoted = async () => (await asking(replica.port, (client) => client.info('replication'))).includes('role:master');
      await until(promoted);
      frozen.thaw();
    });
  });

  it('whose master is wiped restores its counters, and leaves the others alone', async () => {
    const cluster = await start();
    const store = redisStore({ client: ioredisOf(cluster) });
    const running = traffic(store, 8);
    await running.settles(100);
    await running.stop();
    const wiped = await cluster.masterOf(HOME);
    await asking(wiped.port, (client) => client.flushall());
    await expect(store.release('x', Date.now())).rejects.toMatchObject({ code: 'store_reset' });
    expect(await spentOf(store)).toEqual(COUNTERS.map(() => running.state.settled * 7));
  });
});

describe.runIf(redisIsHere)('a Redis under sentinels, whose master is killed while calls run', { timeout: 60_000 }, () => {
  const start = async () => closing(await RedisSentinels.start(), (sentinels) => sentinels.stop());

  it('loses nothing over ioredis', async () => {
    const sentinels = await start();
    const client = closing(new Redis({ sentinels: sentinels.nodes, name: sentinels.name }), (each) => each.disconnect());
    client.on('error', () => {});
    await survives(redisStore({ client }), () => sentinels.master.kill());
  });

  it('loses nothing over node-redis', async () => {
    const sentinels = await start();
    const made = createSentinel({ name: sentinels.name, sentinelRootNodes: sentinels.nodes });
    made.on('error', () => {});
    const client = closing(await made.connect(), (each) => each.destroy());
    await survives(redisStore({ client }), () => sentinels.master.kill());
  });
});
