import { type Provider, waitForUpdate } from '@pydantic/genai-prices';
import { afterEach, describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../src/core/usage.ts';
import { costOf } from '../../src/ledger/price.ts';
import { updatePriceList } from '../../src/ledger/price-list-update.ts';
import { type LoadedPrices, PriceUpdates } from '../../src/ledger/price-updates.ts';
import { Prices } from '../../src/ledger/prices.ts';
import { deploymentOf, planOf } from '../support/ledger-plan.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';

const NOW = Date.UTC(2026, 10, 28, 12);
const good = (prices: number): LoadedPrices => ({ ok: true, update: { kind: 'source', prices: new Map() }, prices });

/** Updates every hour from a source that a test scripts. */
function updatesFrom(load: () => Promise<LoadedPrices>) {
  const clock = new TestClock(NOW);
  const seen: LoadedPrices[] = [];
  const updates = new PriceUpdates({ load, everyMs: 3_600_000, clock, loaded: (result) => seen.push(result) });
  return { clock, seen, updates };
}

describe('updates of prices', () => {
  it('are loaded at once, in a turn of their own, and then in their time', async () => {
    let loads = 0;
    const { clock, seen, updates } = updatesFrom(async () => good(++loads));
    updates.start();
    expect(loads).toBe(0);
    await settlePromises();
    expect(seen).toEqual([good(1)]);
    await clock.elapse(3_599_999);
    expect(loads).toBe(1);
    await clock.elapse(1);
    expect(seen).toEqual([good(1), good(2)]);
    updates.stop();
  });

  it('go on after a failure, and tell of it without a word of the source', async () => {
    const failure = Object.assign(new Error('password=hunter2 refused'), { code: 'ECONNREFUSED' });
    const outcomes = [
      () => Promise.reject(failure),
      () => {
        throw new Error('secret');
      },
      async () => good(3),
    ];
    const { clock, seen, updates } = updatesFrom(() => (outcomes.shift() ?? (async () => good(9)))() as Promise<LoadedPrices>);
    updates.start();
    await settlePromises();
    await clock.elapse(3_600_000);
    await clock.elapse(3_600_000);
    expect(seen).toEqual([
      { ok: false, code: 'price_source_failed', message: 'the source of prices failed: ECONNREFUSED' },
      { ok: false, code: 'price_source_failed', message: 'the source of prices failed' },
      good(3),
    ]);
    updates.stop();
  });

  it('do not wait for a source that hangs, nor take what it gives too late', async () => {
    let answer: (prices: LoadedPrices) => void = () => {};
    const { clock, seen, updates } = updatesFrom(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    updates.start();
    await settlePromises();
    await clock.elapse(60_000);
    expect(seen).toMatchObject([{ ok: false, code: 'price_source_timeout' }]);
    answer(good(1));
    await settlePromises();
    expect(seen).toHaveLength(1);
    await clock.elapse(3_600_000);
    answer(good(2));
    await settlePromises();
    expect(seen.at(-1)).toEqual(good(2));
    updates.stop();
  });

  it('end when they are stopped, also in the middle of one', async () => {
    let loads = 0;
    let answer: (prices: LoadedPrices) => void = () => {};
    const { clock, seen, updates } = updatesFrom(
      () =>
        new Promise((resolve) => {
          loads += 1;
          answer = resolve;
        }),
    );
    updates.start();
    await settlePromises();
    updates.stop();
    answer(good(1));
    await settlePromises();
    await clock.elapse(7_200_000);
    expect([loads, seen.length, clock.pending]).toEqual([1, 0, 0]);
  });
});

describe('an update of the price list', () => {
  const original = waitForUpdate();
  afterEach(async () => {
    const { problems } = await updatePriceList(async () => structuredClone(await original));
    expect(problems).toEqual([]);
  });
  const changed = async (change: (list: Provider[]) => unknown) => {
    const list = structuredClone((await original) as Provider[]);
    return change(list) ?? list;
  };
  const mini = (list: Provider[]) =>
    list.find(({ id }) => id === 'openai')?.models.find(({ id }) => id === 'gpt-5-mini') as { prices: unknown; match: unknown };
  const priced = (prices: unknown) => (list: Provider[]) => {
    mini(list).prices = prices;
  };
  const costOfMini = (prices: Prices, plan = planOf({})) => {
    const rates = prices.ratesOf(plan, deploymentOf({}), NOW);
    return rates && costOf(rates, { ...NO_USAGE, inputTokens: 1_000 });
  };

  it('puts the new prices in force for plans to come, and leaves those of before theirs', async () => {
    const prices = new Prices();
    const before = planOf({});
    expect(costOfMini(prices, before)).toBe(250_000);
    const { models, problems } = await updatePriceList((address) => {
      expect(address).toMatch(/^https:\/\//);
      return changed(priced({ input_mtok: 3, output_mtok: 4 }));
    });
    expect([models > 1_000, problems]).toEqual([true, []]);
    prices.update({ kind: 'list' }, NOW);
    expect(costOfMini(prices)).toBe(3_000_000);
    expect(costOfMini(prices, before)).toBe(250_000);
    expect(prices.applied(planOf({}), deploymentOf({}), NOW, 1)).toMatchObject({
      from: 'list',
      asOf: '2026-11-28T12:00:00.000Z',
    });
    // Half an hour later everything is compiled anew, and a running call's price is still its own.
    const later = prices.ratesOf(before, deploymentOf({}), NOW + 1_800_000);
    expect(later && costOf(later, { ...NO_USAGE, inputTokens: 1_000 })).toBe(250_000);
  });

  it('that the process made by itself is seen within half an hour', async () => {
    const prices = new Prices();
    const plan = planOf({});
    expect(costOfMini(prices, plan)).toBe(250_000);
    await updatePriceList(() => changed(priced({ input_mtok: 3, output_mtok: 4 })));
    const later = prices.ratesOf(plan, deploymentOf({}), NOW + 1_800_000);
    expect(later && costOf(later, { ...NO_USAGE, inputTokens: 1_000 })).toBe(3_000_000);
  });

  it.each([
    ['no list', (): unknown => ({ providers: [] }), 'expected a list of providers'],
    ['an empty one', (): unknown => [], 'openai is missing'],
    ['a negative price', priced({ input_mtok: -1 }), 'openai/gpt-5-mini: input_mtok'],
    ['a price that is no number', priced({ input_mtok: '0' }), 'openai/gpt-5-mini: input_mtok'],
    ['an absurd one', priced({ output_mtok: 1e9 }), 'openai/gpt-5-mini: output_mtok'],
    ['a tier without a start', priced({ input_mtok: { base: 1, tiers: [{ price: 2 }] } }), 'openai/gpt-5-mini: input_mtok'],
    [
      'a pattern that is none',
      (list: Provider[]) => {
        mini(list).match = { regex: '(' };
      },
      'openai/gpt-5-mini: no id or no match',
    ],
    ['a condition of another form', priced([{ constraint: { weekday: 1 }, prices: { input_mtok: 1 } }]), 'price constraint'],
  ])('is refused by name where it has %s, and changes nothing', async (_, change, named) => {
    const { problems } = await updatePriceList(() => changed(change));
    expect(problems.join()).toContain(named);
    expect(costOfMini(new Prices())).toBe(250_000);
  });
});

describe('prices of a source', () => {
  it('come after those of the configuration, before the list, and only for plans to come', () => {
    const prices = new Prices();
    const before = planOf({});
    const own = planOf({ prices: new Map([['openai/gpt-5-nano', { input: 5, output: 5 }]]) });
    const costOn = (plan: typeof before, upstreamModel: string, price?: { input: number; output: number }) => {
      const rates = prices.ratesOf(plan, deploymentOf({ upstreamModel, price }), NOW);
      return rates && costOf(rates, { ...NO_USAGE, inputTokens: 1_000 });
    };
    expect(costOn(before, 'gpt-5-mini')).toBe(250_000);
    const source = new Map(
      ['openai/gpt-5-mini', 'openai/gpt-5-nano', 'openai/my-own'].map((id) => [id, { input: 2, output: 2 }]),
    );
    prices.update({ kind: 'source', prices: source }, NOW);
    expect(costOn(before, 'gpt-5-mini')).toBe(250_000);
    expect(costOn(own, 'gpt-5-mini')).toBe(2_000_000);
    expect(costOn(own, 'my-own')).toBe(2_000_000);
    expect(costOn(own, 'gpt-5-nano')).toBe(5_000_000);
    expect(costOn(own, 'gpt-5-mini', { input: 1, output: 1 })).toBe(1_000_000);
    expect(costOn(own, 'gpt-5')).toBe(1_250_000);
    expect(prices.applied(own, deploymentOf({}), NOW, 1)).toMatchObject({ from: 'source', asOf: '2026-11-28T12:00:00.000Z' });
    prices.update({ kind: 'none' }, NOW);
    expect(costOn(planOf({}), 'gpt-5-mini')).toBe(250_000);
  });
});
