import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisStore } from '../../src/stores/redis/index.ts';
import type { SliceReport } from '../../src/stores/store.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { balance, charge, START } from '../../src/testing/store-contract-parts.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { redisIsHere } from '../support/redis-server.ts';

const LIMIT = 100;
const names = (start: string) => Array.from({ length: 12 }, (_, place) => `${start}|${place}`);

function wanting(counter: string, wants: number): SliceReport {
  const { window } = charge(counter, 0, LIMIT);
  const amounts = { sequence: 1, spent: 0, inUse: 0, wants, atRisk: 0, recall: 0 };
  return { counter, limit: LIMIT, enforced: true, window, slice: `${counter}-s`, ...amounts };
}

describe.runIf(redisIsHere)('the Redis store on a cluster of three masters', () => {
  let cluster: RedisCluster;
  let ioredis: Cluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start(3);
    ioredis = new Cluster(cluster.nodes);
  }, 30_000);
  afterAll(async () => {
    ioredis?.disconnect();
    await cluster?.stop();
  });

  describe('over ioredis', () => {
    for (const [place, { name, run }] of storeContract().entries()) {
      it(name, async () => {
        await expect(run(redisStore({ client: ioredis, prefix: `io${place}`, time: 'ledger' }))).resolves.toBeUndefined();
      });
    }
  });

  describe('over node-redis', () => {
    const connected = async () =>
      createCluster({ rootNodes: cluster.nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })) }).connect();
    let client: Awaited<ReturnType<typeof connected>>;
    beforeAll(async () => {
      client = await connected();
    });
    afterAll(() => client.destroy());

    for (const [place, { name, run }] of storeContract().entries()) {
      it(name, async () => {
        await expect(run(redisStore({ client, prefix: `node${place}`, time: 'ledger' }))).resolves.toBeUndefined();
      });
    }
  });

  /** Calls of a kind of script that each master has had. */
  const scripts = () =>
    Promise.all(
      ioredis
        .nodes('master')
        .map(async (node) => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await node.info('commandstats'))?.[1] ?? 0)),
    );

  it('spreads counters over all masters, and asks for slices of all of them at once', async () => {
    const store = redisStore({ client: ioredis, prefix: 'spread', time: 'ledger' });
    const counters = Array.from({ length: 200 }, (_, place) => `c${place}`);
    const reports = counters.map((counter) => wanting(counter, 60));
    await store.exchange?.('p', reports, 1_000, START);
    const before = await scripts();
    const again = reports.map((report) => ({ ...report, sequence: 2 }));
    const grants = await store.exchange?.('p', again, 1_000, START);
    expect(grants?.map(({ held }) => held)).toEqual(counters.map(() => 60));
    const asked = (await scripts()).map((count, place) => count - (before[place] ?? 0));
    expect(Math.min(...asked)).toBeGreaterThan(0);
    expect(asked.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(16);
    const found = await store.balances({ prefix: 'c' }, START);
    expect(found).toHaveLength(200);
  });

  it('holds a call over twelve budgets whole or not at all, whichever of them is full', async () => {
    const store = redisStore({ client: ioredis, prefix: 'whole', time: 'ledger' });
    const counters = names('w');
    for (const full of counters) {
      const charges = counters.map((counter) => charge(`${full}-${counter}`, 10, counter === full ? 5 : LIMIT));
      const place = counters.indexOf(full);
      expect(await store.reserve(`call-${full}`, charges, 1_000, START)).toMatchObject({
        granted: false,
        deniedBy: place,
        remaining: 5,
      });
      for (const { counter } of charges) expect(await balance(store, counter, START)).toEqual({ spent: 0, reserved: 0 });
      // Nothing is remembered of it: the same id may try again.
      const smaller = charges.map((each) => ({ ...each, amount: 5 }));
      expect(await store.reserve(`call-${full}`, smaller, 1_000, START)).toEqual({ granted: true });
    }
  });

  it('never passes a limit with calls at once over several budgets, and wastes none of it', async () => {
    const store = redisStore({ client: ioredis, prefix: 'race', time: 'ledger' });
    const counters = names('r');
    const calls = Array.from({ length: 100 }, (_, number) => number);
    const charges = counters.map((counter) => charge(counter, 3, 50));
    const answers = await Promise.all(calls.map((number) => store.reserve(`r${number}`, charges, 1_000, START)));
    expect(answers.filter(({ granted }) => granted === true)).toHaveLength(16);
    await Promise.all(
      calls.map((number) =>
        store.settle(
          `r${number}`,
          counters.map(() => 3),
          START,
        ),
      ),
    );
    for (const counter of counters) expect(await balance(store, counter, START)).toEqual({ spent: 48, reserved: 0 });
  });

  it('frees by its lease what a process held that died between two homes', async () => {
    const counters = names('d');
    const charges = counters.map((counter) => charge(counter, 10, LIMIT));
    let left = 5;
    // The client of a process that dies after some commands: no later one is sent.
    const dying = {
      isCluster: true,
      evalsha: (...args: Parameters<Cluster['evalsha']>) =>
        left-- > 0 ? ioredis.evalsha(...args) : Promise.reject(new Error('gone')),
      eval: (...args: Parameters<Cluster['eval']>) => (left-- > 0 ? ioredis.eval(...args) : Promise.reject(new Error('gone'))),
    };
    await expect(
      redisStore({ client: dying, prefix: 'dies', time: 'ledger' }).reserve('a', charges, 1_000, START),
    ).rejects.toThrow('gone');
    const store = redisStore({ client: ioredis, prefix: 'dies', time: 'ledger' });
    const reserved = async (now: number) => {
      const found = await store.balances({ counters }, now);
      return found.reduce((sum, each) => sum + each.reserved, 0);
    };
    expect(await reserved(START + 999)).toBeGreaterThan(0);
    expect(await reserved(START + 1_000)).toBe(0);
  });

  it('settles what another process reserved, in every home, once', async () => {
    const charges = names('o').map((counter) => charge(counter, 10, LIMIT));
    const reserving = redisStore({ client: ioredis, prefix: 'other', time: 'ledger' });
    const settling = redisStore({ client: ioredis, prefix: 'other', time: 'ledger' });
    await reserving.reserve('a', charges, 1_000, START);
    const actual = charges.map((_, place) => place);
    expect(await settling.settle('a', actual, START)).toEqual({ state: 'settled', spent: actual });
    expect(await reserving.settle('a', actual, START)).toEqual({ state: 'already-settled' });
    // A release of an id that no home knows voids it in all of them.
    expect(await settling.release('b', START)).toEqual({ state: 'voided' });
    expect(await reserving.reserve('b', charges, 1_000, START)).toEqual({ granted: 'already', state: 'released' });
  });

  it('is told from a server by itself: a client of one node is a clear error', async () => {
    const client = new Redis(cluster.nodes[0] ?? {});
    const node = await createClient({ url: `redis://127.0.0.1:${cluster.nodes[1]?.port}` }).connect();
    const stores = [redisStore({ client, prefix: 'one' }), redisStore({ client: node, prefix: 'other-one' })];
    const ask = (store: (typeof stores)[number]) =>
      store.reserve(
        'a',
        names('n').map((counter) => charge(counter, 1, 9)),
        1_000,
        START,
      );
    const answers = await Promise.allSettled(stores.map(ask));
    client.disconnect();
    node.destroy();
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused)
      expect(reason).toMatchObject({ name: 'StoreError', message: expect.stringContaining('cluster client') });
  });
});
