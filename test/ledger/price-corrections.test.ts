import { type MatchLogic, type Provider, waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../src/core/usage.ts';
import { TEXT_ONLY } from '../../src/ledger/asked-for.ts';
import { costBound, costOf } from '../../src/ledger/price.ts';
import { type ListEntry, PRICE_CORRECTIONS } from '../../src/ledger/price-corrections.ts';
import { Prices } from '../../src/ledger/prices.ts';
import { deploymentOf, planOf } from '../support/ledger-plan.ts';

const list = (await waitForUpdate()) as Provider[];
const plan = planOf({});

function costAt(
  at: number,
  vendor: string,
  upstreamModel: string,
  inputTokens = 1_000_000,
  outputTokens = 0,
): number | undefined {
  const rates = new Prices().ratesOf(plan, deploymentOf({ provider: vendor, vendor, upstreamModel }), at);
  return rates && costOf(rates, { ...NO_USAGE, inputTokens, outputTokens });
}

/** Entries of the list as corrections see them. */
function entries(): ListEntry[] {
  return list.flatMap(({ id, models }) =>
    models.map((model) => ({ provider: id, model, priceAt: () => pricesOf(model.prices) })),
  );
}

function pricesOf(prices: ListEntry['model']['prices']) {
  return Array.isArray(prices) ? (prices.at(-1)?.prices ?? {}) : prices;
}

describe.each(PRICE_CORRECTIONS.map((correction) => [correction.name, correction] as const))(
  'the correction "%s"',
  (_, correction) => {
    it('has a source and the day it was read', () => {
      expect(correction.source).toMatch(/^https:\/\//);
      expect(correction.checkedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    });

    it('is still needed by the list in force: one that is not has to go', () => {
      // A week of half hours, since some of the mistakes hold for some hours only.
      const provider = list.find(({ id }) => id === 'deepseek') as Provider;
      const real = provider.models.map(
        (model): ListEntry => ({ provider: 'deepseek', model, priceAt: (at) => scheduled(model.prices, at) }),
      );
      expect([...entries(), ...real].some((entry) => correction.mend(entry) !== undefined)).toBe(true);
    });
  },
);

function scheduled(prices: ListEntry['model']['prices'], at: number) {
  if (!Array.isArray(prices)) return prices;
  const minutes = Math.floor((at % 86_400_000) / 60_000);
  const found = prices.findLast(({ constraint }) => {
    if (constraint === undefined) return true;
    if (constraint.type === 'start_date') return at >= Date.parse(constraint.start_date);
    const [from, to] = [constraint.start_time, constraint.end_time].map(
      (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)),
    );
    return minutes >= (from ?? 0) && minutes < (to ?? 0);
  });
  return found?.prices ?? {};
}

describe('the long-context tier', () => {
  const NOW = Date.UTC(2026, 10, 28);

  /** Names of the list whose long context begins near 272,000 tokens. */
  const long = list.flatMap(({ id, models }) =>
    models
      .filter(({ prices }) => /"start":27(?:1999|2000)/.test(JSON.stringify(prices)))
      .map((model) => [id, nameOf(model.match) ?? model.id] as const),
  );

  it.each(long)('of %s/%s begins above 272,000 tokens and not at them', (provider, model) => {
    const below = costAt(NOW, provider, model, 271_999) ?? Number.NaN;
    const at = costAt(NOW, provider, model, 272_000) ?? Number.NaN;
    const above = costAt(NOW, provider, model, 272_001) ?? Number.NaN;
    expect(at / below).toBeCloseTo(272_000 / 271_999, 6);
    expect(above / at).toBeGreaterThan(1.9);
  });

  it('of xAI begins at 200,000 tokens, as documented', () => {
    const at = costAt(NOW, 'x-ai', 'grok-4.6', 200_000) ?? Number.NaN;
    const below = costAt(NOW, 'x-ai', 'grok-4.6', 199_999) ?? Number.NaN;
    expect(at / below).toBeGreaterThan(1.9);
  });
});

function nameOf(match: MatchLogic): string | undefined {
  if ('or' in match) return match.or.map(nameOf).find((name) => name !== undefined);
  if ('equals' in match) return match.equals;
  return 'starts_with' in match ? match.starts_with : undefined;
}

describe('prices of DeepSeek', () => {
  // In UTC; Beijing is 8 hours ahead.
  const PEAK = Date.UTC(2026, 10, 30, 2);
  const NIGHT = Date.UTC(2026, 10, 30, 20);
  const WEEKEND = Date.UTC(2026, 10, 28, 2);
  const FLASH = ['deepseek-chat', 'deepseek-reasoner', 'deepseek-flash', 'deepseek-v4-flash', 'deepseek-v4-flash-vision-exp'];

  it.each(FLASH)('of %s are those of Flash, at its hours and no others', (model) => {
    expect(costAt(PEAK, 'deepseek', model)).toBe(300_000_000);
    expect(costAt(NIGHT, 'deepseek', model)).toBe(150_000_000);
    expect(costAt(WEEKEND, 'deepseek', model)).toBe(150_000_000);
    // The hours of V3 were 00:30 to 16:30.
    for (const hour of [0, 5, 11, 16, 23]) expect(costAt(Date.UTC(2026, 10, 30, hour, 29), 'deepseek', model)).toBe(150_000_000);
    expect(costAt(PEAK, 'deepseek', model, 0, 1_000_000)).toBe(1_200_000_000);
  });

  it('of V4 Pro are those of the peak from Monday to Friday only', () => {
    expect(costAt(PEAK, 'deepseek', 'deepseek-v4-pro')).toBe(1_320_000_000);
    expect(costAt(NIGHT, 'deepseek', 'deepseek-v4-pro')).toBe(660_000_000);
    expect(costAt(WEEKEND, 'deepseek', 'deepseek-v4-pro')).toBe(660_000_000);
  });

  it('change at the minute: 9:00 and 12:00, 14:00 and 18:00 in Beijing', () => {
    const edges = [
      [0, 59, 150],
      [1, 0, 300],
      [3, 59, 300],
      [4, 0, 150],
      [5, 59, 150],
      [6, 0, 300],
      [9, 59, 300],
      [10, 0, 150],
    ] as const;
    for (const [hour, minute, usd] of edges)
      expect(costAt(Date.UTC(2026, 10, 30, hour, minute), 'deepseek', 'deepseek-flash')).toBe(usd * 1_000_000);
  });

  it('are bounded by the dearest hours of the next day', () => {
    const bound = (at: number) => {
      const rates = new Prices().boundOf(
        plan,
        deploymentOf({ provider: 'deepseek', vendor: 'deepseek', upstreamModel: 'deepseek-flash' }),
        at,
      );
      return rates && costBound(rates, 1_000_000, 0, TEXT_ONLY);
    };
    expect(bound(NIGHT)).toBe(300_000_000);
    expect(bound(PEAK)).toBe(300_000_000);
    // On a Saturday morning no peak is near.
    expect(bound(WEEKEND)).toBe(150_000_000);
  });

  it('of before the change are those of the list', () => {
    expect(costAt(Date.UTC(2026, 5, 1, 20), 'deepseek', 'deepseek-v4-flash')).toBe(140_000_000);
  });

  it('do not hold for another host that has the model', () => {
    expect(costAt(NIGHT, 'azure', 'deepseek-r1')).toBeUndefined();
  });
});

describe('a correction of a list that is right', () => {
  it('is left out', () => {
    for (const { provider, model, priceAt } of entries()) {
      const right = { ...model, prices: { input_mtok: { base: 1, tiers: [{ start: 272_000, price: 2 }] }, output_mtok: 3 } };
      for (const correction of PRICE_CORRECTIONS)
        expect(correction.mend({ provider, model: right, priceAt: () => right.prices })).toBeUndefined();
      expect(priceAt).toBeDefined();
    }
  });
});
