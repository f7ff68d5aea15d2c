import { describe, expect, it, vi } from 'vitest';
import { adaptClient } from '../../src/stores/redis/client.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import { homeOf, partsOf } from '../../src/stores/redis/parts.ts';
import { ScriptRunner } from '../../src/stores/redis/script-runner.ts';
import type { SliceReport, Store } from '../../src/stores/store.ts';
import { charge, rolling, START } from '../../src/testing/store-contract-parts.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';

/** Longer than a command without any answer is waited for. */
const LONGEST_MS = 6_000;

const report = (changes: Partial<SliceReport>): SliceReport => ({
  ...{ counter: 'c', limit: 100, enforced: true, window: charge('c', 0, 0).window },
  ...{ slice: 's', sequence: 1, spent: 0, inUse: 0, wants: 0, atRisk: 0, recall: 0, ...changes },
});

describe.runIf(redisIsHere)('slices in Redis', () => {
  const redis = redisForSuite();
  const open = (prefix: string): Store => redisStore({ client: redis.client, prefix, time: 'ledger' });
  const amounts = async (store: Store, counter = 'c', now = START) => (await store.balances({ counters: [counter] }, now))[0];

  it('of two hundred counters need few commands', async () => {
    const store = open('many');
    const reports = Array.from({ length: 200 }, (_, place) => report({ counter: `c${place}`, slice: `s${place}`, wants: 10 }));
    const scripts = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0);
    await store.exchange?.('p', reports, 1_000, START);
    const before = await scripts();
    const grants = await store.exchange?.(
      'p',
      reports.map((each) => ({ ...each, sequence: 2, wants: 20 })),
      1_000,
      START,
    );
    expect((await scripts()) - before).toBe(4);
    expect(grants?.map(({ held }) => held)).toEqual(reports.map(() => 20));
  });

  it('are restored after a wipe with what they held, and nothing that they reported is charged twice', async () => {
    const [one, two] = [open('wiped'), open('wiped')];
    await one.exchange?.('p1', [report({ slice: 'a', wants: 40, atRisk: 40 })], 5_000, START);
    await one.exchange?.('p1', [report({ slice: 'a', sequence: 2, spent: 10, wants: 30, atRisk: 30 })], 5_000, START);
    await two.exchange?.('p2', [report({ slice: 'b', spent: 5, wants: 20, atRisk: 20 })], 5_000, START);
    await redis.client.del(
      '{wiped}:2:generation',
      '{wiped}:2:c:c',
      '{wiped}:2:x:a',
      '{wiped}:2:x:b',
      '{wiped}:2:open',
      '{wiped}:2:counters',
    );
    for (const store of [one, two]) {
      await expect(store.release('x', START)).rejects.toMatchObject({ code: 'store_reset' });
      await vi.waitFor(() => store.release('y', START));
    }
    expect(await amounts(one)).toEqual({ counter: 'c', spent: 15, reserved: 0, sliced: 50 });
    const grants = await one.exchange?.('p1', [report({ slice: 'a', sequence: 3, spent: 25, wants: 0 })], 5_000, START);
    expect(grants).toMatchObject([{ held: 0, spent: 30, sliced: 20 }]);
    // The lease of the other, which never comes back, charges what was at risk.
    expect(await amounts(one, 'c', START + 5_000)).toEqual({ counter: 'c', spent: 50, reserved: 0, sliced: 0 });
  });

  it('and reservations of a call make one sum: together they never pass a limit', async () => {
    const store = open('both');
    const ask = async (number: number) => {
      const [grant] = (await store.exchange?.('p', [report({ slice: `s${number}`, wants: 7 })], 60_000, START)) ?? [];
      return grant?.held ?? 0;
    };
    const hold = async (number: number) => {
      const { granted } = await store.reserve(`r${number}`, [charge('c', 5, 100)], 60_000, START);
      return granted === true ? 5 : 0;
    };
    const taken = await Promise.all(Array.from({ length: 40 }, (_, number) => (number % 2 === 0 ? ask(number) : hold(number))));
    expect(taken.reduce((sum, amount) => sum + amount, 0)).toBe(100);
    const balance = await amounts(store);
    expect((balance?.reserved ?? 0) + (balance?.sliced ?? 0)).toBe(100);
  });

  it('of a bucket that has left its window count nowhere, and are lent nothing more', async () => {
    const store = open('rolled');
    const { window } = rolling('w', 0, 0, 60_000);
    const ofWindow = (changes: Partial<SliceReport>) => report({ counter: 'w', window, ...changes });
    await store.exchange?.('p', [ofWindow({ wants: 60 })], 300_000, START);
    const later = START + 61_000;
    const grants = await store.exchange?.('p', [ofWindow({ sequence: 2, spent: 30, inUse: 4, wants: 60 })], 300_000, later);
    expect(grants).toMatchObject([{ held: 4, spent: 0, sliced: 0 }]);
    expect(await store.reserve('a', [rolling('w', 100, 100, 60_000)], 1_000, later)).toEqual({ granted: true });
  });

  it('a rolling window keeps its sums over an hour of steps of every size', async () => {
    const store = open('sums');
    const spent: { at: number; amount: number }[] = [];
    let now = START;
    for (let turn = 0; turn < 120; turn++) {
      now += ((turn * 7_919) % 61) * 500;
      await store.reserve(`r${turn}`, [rolling('w', 1, 2 ** 40, 60_000)], 1_000, now);
      await store.settle(`r${turn}`, [turn], now);
      spent.push({ at: now, amount: turn });
      const oldest = Math.floor((now - 60_000) / 1_000);
      const counted = spent.filter(({ at }) => Math.floor(at / 1_000) >= oldest);
      expect((await amounts(store, 'w', now))?.spent).toBe(counted.reduce((sum, { amount }) => sum + amount, 0));
    }
    // What has left is not kept.
    expect(await redis.client.hlen('{sums}:2:c:w')).toBeLessThan(3 * 62 + 8);
  });

  it('counters of the first form are neither read nor taken for a loss', async () => {
    await redis.client.mset('{older}:generation', 'an-older-one', '{older}:now', String(START));
    await redis.client.hset('{older}:c:c', 's0', '70', 'r0', '10');
    const store = open('older');
    expect(await store.reserve('a', [charge('c', 100, 100)], 1_000, START)).toEqual({ granted: true });
    expect(await redis.client.get('{older}:generation')).toBe('an-older-one');
  });
});

describe('a script', () => {
  const silent = { isCluster: true, evalsha: () => new Promise<never>(() => {}), eval: () => new Promise<never>(() => {}) };

  it('over keys of two slots is refused before it is sent', async () => {
    const sent: unknown[] = [];
    const client = {
      evalsha: async (...args: unknown[]) => sent.push(args),
      eval: async (...args: unknown[]) => sent.push(args),
    };
    const answer = new ScriptRunner(adaptClient(client)).run('return {}', ['{a}:2:x', '{b}:2:x'], []);
    await expect(answer).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining('two hash tags, {a} and {b}'),
    });
    expect(sent).toEqual([]);
  });

  it('that a client keeps for ever ends by its deadline, and the next one is sent all the same', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const store = redisStore({ client: silent });
      const first = expect(store.release('a', 1)).rejects.toMatchObject({ code: 'store_timeout' });
      await vi.advanceTimersByTimeAsync(LONGEST_MS);
      await first;
      const second = expect(store.release('a', 1)).rejects.toMatchObject({ code: 'store_timeout' });
      await vi.advanceTimersByTimeAsync(LONGEST_MS);
      await second;
    } finally {
      vi.useRealTimers();
    }
  });

  it('goes to the same home for a counter in every process, and homes come in one order', () => {
    expect(['company', 'team', 'user', 'ключ'].map((name) => homeOf(name, 16))).toEqual([12, 12, 2, 9]);
    const charges = ['company', 'team', 'user', 'company2'].map((counter) => charge(counter, 1, 9));
    const homes = partsOf(charges, 16).map(({ home }) => home);
    expect(homes).toEqual(homes.toSorted((a, b) => a - b));
    expect(
      partsOf(charges, 16)
        .flatMap(({ places }) => places)
        .toSorted(),
    ).toEqual([0, 1, 2, 3]);
  });
});
