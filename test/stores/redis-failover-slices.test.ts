import { Cluster, Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import { priceData } from '../../src/ledger/price-data.ts';
import { sliceCode } from '../../src/ledger/slices/slice-code.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { budgetOf, callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { asking, RedisCluster, until } from '../support/redis-cluster.ts';
import { RedisSentinels } from '../support/redis-sentinels.ts';
import { redisIsHere } from '../support/redis-server.ts';

const NAMES = ['company', 'team', 'user', 'key', 'model', 'day'];
const window = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;
const plan = planOf({ budgets: NAMES.map((name) => budgetOf({ name, limit: { tokens: 2 ** 50 }, window })) });
const usage = { inputTokens: 3, outputTokens: 4, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
const HOME = '{tollgate}:2:generation';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Eight callers that are held by slices, until they are told to stop: how many calls were admitted, and how many of them in memory. */
function traffic(store: Store) {
  const ledger = createLedger({
    store,
    clock: systemClock,
    events: new Emitter(),
    countTokens: () => 0,
    ownsStore: false,
    slices: { reportMs: 50 },
  });
  const state = { settled: 0, inMemory: 0, isOver: false };
  const loop = async () => {
    while (!state.isOver) {
      const call = callOf({ plan, deadlineMs: performance.now() + 60_000 });
      const admission = ledger.reserveCall(call, ledger.estimate(call, [deploymentOf({})]));
      const { admitted, reservation } = { reservation: undefined, ...(await admission) };
      if (admitted) {
        reservation?.settle({ requests: 1, usage, costNanoUsd: 0 });
        state.settled += 1;
        if (!(admission instanceof Promise)) state.inMemory += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const ended = Promise.all(Array.from({ length: 8 }, loop));
  return {
    state,
    more: (count: number) => {
      const wanted = state.inMemory + count;
      return until(async () => state.inMemory >= wanted);
    },
    async stop() {
      state.isOver = true;
      await ended;
      await ledger.close(20_000);
    },
  };
}

async function balancesOf(store: Store) {
  const found = await Promise.all(NAMES.map((name) => store.balances({ prefix: `${name}|` }, Date.now())));
  return found.map(([balance]) => [balance?.spent, balance?.reserved, balance?.sliced]);
}

/** Calls go on through a fault; in the end each counter holds what was used, to the unit, and nothing is held or lent. */
async function survive(store: Store, fault: () => Promise<unknown>): Promise<void> {
  await Promise.all([priceData.load(), sliceCode.load()]);
  const running = traffic(store);
  await running.more(200);
  await fault();
  await until(async () => {
    await running.more(20);
    return balancesOf(store).then(
      () => true,
      () => false,
    );
  });
  await running.more(200);
  await running.stop();
  const used = running.state.settled * 7;
  expect(await balancesOf(store)).toEqual(NAMES.map(() => [used, 0, 0]));
}

describe.runIf(redisIsHere)('slices over a Redis Cluster that fails over while calls run', { timeout: 60_000 }, () => {
  async function start() {
    const cluster = await RedisCluster.start(3, 1);
    cleanups.push(() => cluster.stop());
    const client = new Cluster(cluster.nodes);
    client.on('error', () => {});
    cleanups.push(() => client.disconnect());
    return { cluster, store: redisStore({ client }) };
  }

  it('lose nothing and hold nothing in the end where a master is killed', async () => {
    const { cluster, store } = await start();
    await survive(store, async () => (await cluster.masterOf(HOME)).kill());
  });

  it('lose nothing and hold nothing in the end where a replica takes over by command', async () => {
    const { cluster, store } = await start();
    await survive(store, async () => {
      const before = await cluster.masterOf(HOME);
      const replica = cluster.replicas[cluster.masters.indexOf(before)];
      await asking(replica?.port ?? 0, (client) => client.cluster('FAILOVER'));
      await until(async () => (await cluster.masterOf(HOME)) !== before);
    });
  });
});

describe.runIf(redisIsHere)('slices over a Redis under sentinels that fails over by command', { timeout: 60_000 }, () => {
  async function start() {
    const sentinels = await RedisSentinels.start();
    cleanups.push(() => sentinels.stop());
    return sentinels;
  }

  /** The replica takes over, whatever it has not got; the old master is made its replica a moment later. */
  async function failOver({ name, nodes, replica }: RedisSentinels): Promise<void> {
    await asking(nodes[0]?.port ?? 0, (client) => client.call('SENTINEL', 'FAILOVER', name));
    await until(async () => (await asking(replica.port, (client) => client.info('replication'))).includes('role:master'));
  }

  it('lose nothing and hold nothing in the end, over ioredis', async () => {
    const sentinels = await start();
    const client = new Redis({ sentinels: sentinels.nodes, name: sentinels.name });
    client.on('error', () => {});
    cleanups.push(() => client.disconnect());
    await survive(redisStore({ client }), () => failOver(sentinels));
  });

  it('lose nothing and hold nothing in the end, over node-redis', async () => {
    const sentinels = await start();
    const made = createSentinel({ name: sentinels.name, sentinelRootNodes: sentinels.nodes });
    made.on('error', () => {});
    const client = await made.connect();
    cleanups.push(() => client.destroy());
    await survive(redisStore({ client }), () => failOver(sentinels));
  });
});
