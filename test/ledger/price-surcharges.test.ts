import { describe, expect, it } from 'vitest';
import type { Plan, ProviderOptions, ProviderPlan } from '../../src/core/plan.ts';
import { type Served, servedOrAsked, servingAsked } from '../../src/core/served.ts';
import { NO_USAGE, type Usage } from '../../src/core/usage.ts';
import { costOf } from '../../src/ledger/price.ts';
import { Prices } from '../../src/ledger/prices.ts';
import { deploymentOf, planOf } from '../support/ledger-plan.ts';
import { listedUsd, nano } from '../support/listed-prices.ts';

const NOW = Date.UTC(2026, 10, 28, 12);
const usage: Usage = {
  ...NO_USAGE,
  inputTokens: 1_000,
  cachedInputTokens: 400,
  cacheWriteTokens: 300,
  hourCacheWriteTokens: 100,
  outputTokens: 200,
};

const text: Usage = { ...NO_USAGE, inputTokens: 1_000, outputTokens: 200 };

function costServed(
  vendor: string,
  upstreamModel: string,
  served: Served | undefined,
  plan: Plan = planOf({}),
  price?: { input: number; output: number },
  of = usage,
) {
  const rates = new Prices().ratesOf(plan, deploymentOf({ provider: vendor, vendor, upstreamModel, price }), NOW, served);
  return rates && costOf(rates, of);
}

const standard = (provider: string, model: string) => {
  const usd = (key: string) => listedUsd(provider, model, key);
  return (
    nano(300, usd('input_mtok')) +
    nano(400, usd('cache_read_mtok')) +
    nano(200, usd('cache_write_mtok')) +
    nano(100, 2 * usd('input_mtok')) +
    nano(200, usd('output_mtok'))
  );
};

describe('fast mode of Claude', () => {
  it('costs twice as much, cache included, where it was served so', () => {
    for (const model of ['claude-opus-5', 'claude-opus-5-5', 'claude-opus-4-8']) {
      expect(costServed('anthropic', model, { model, speed: 'fast' }), model).toBe(2 * standard('anthropic', model));
      expect(costServed('anthropic', model, { model, speed: 'standard' }), model).toBe(standard('anthropic', model));
    }
  });

  it('has its price whatever texts others ask for in the places beside it', () => {
    const [prices, plan] = [new Prices(), planOf({})];
    const deployment = deploymentOf({ provider: 'anthropic', vendor: 'anthropic', upstreamModel: 'claude-opus-5' });
    const cost = (served: Served) => {
      const rates = prices.ratesOf(plan, deployment, NOW, served);
      return rates && costOf(rates, usage);
    };
    expect(cost({ serviceTier: 'undefined', speed: 'fast' })).toBeUndefined();
    expect(cost({ speed: 'fast', inferenceGeo: 'us undefined' })).toBeUndefined();
    expect(cost({ speed: 'fast' })).toBe(2 * standard('anthropic', 'claude-opus-5'));
  });

  it('is an unknown price where no model of that name has one', () => {
    expect(costServed('anthropic', 'claude-opus-4-6', { speed: 'fast' })).toBeUndefined();
    expect(costServed('anthropic', 'claude-opus-5', { speed: 'ludicrous' })).toBeUndefined();
    expect(costServed('vertex', 'claude-opus-5', { speed: 'fast' })).toBeUndefined();
    expect(costServed('anthropic', 'claude-opus-4-6', { speed: 'fast' }, planOf({ unknownPrice: { input: 1, output: 1 } }))).toBe(
      1_000 * 1_000 + 100 * 1_000 + 200 * 1_000,
    );
  });
});

describe('the place where Claude ran', () => {
  it('costs a tenth more in the US, and on top of fast mode', () => {
    const usual = standard('anthropic', 'claude-opus-5');
    expect(costServed('anthropic', 'claude-opus-5', { inferenceGeo: 'us' })).toBe(usual * 1.1);
    expect(costServed('anthropic', 'claude-opus-5', { inferenceGeo: 'us', speed: 'fast' })).toBe(usual * 2.2);
    expect(costServed('anthropic', 'claude-opus-5', { inferenceGeo: 'global' })).toBe(usual);
    expect(costServed('anthropic', 'claude-haiku-4-5', { inferenceGeo: 'not_available' })).toBe(
      standard('anthropic', 'claude-haiku-4-5'),
    );
    expect(costServed('anthropic', 'claude-opus-5', { inferenceGeo: 'mars' })).toBeUndefined();
  });
});

describe('a tier of service', () => {
  it.each(['fast', 'ultra', 'performance'])(
    'that costs more than the listed price, nobody says how much, is an unknown one: %s',
    (serviceTier) => {
      expect(costServed('openai', 'gpt-5-nano', { serviceTier }, planOf({}), undefined, text)).toBeUndefined();
      expect(costServed('anthropic', 'claude-opus-5', { serviceTier })).toBeUndefined();
    },
  );

  it.each(['auto', 'default', 'standard', 'flex', 'batch', 'scale', 'on_demand'])(
    'at the listed price or below it has that: %s',
    (serviceTier) => {
      expect(costServed('anthropic', 'claude-opus-5', { serviceTier })).toBe(standard('anthropic', 'claude-opus-5'));
    },
  );

  it('is covered by a price that the user states', () => {
    const price = { input: 1, output: 2 };
    for (const served of [{ serviceTier: 'priority' }, { speed: 'fast' }, { inferenceGeo: 'us' }]) {
      expect(costServed('anthropic', 'claude-opus-5', served, planOf({}), price)).toBe(900 * 1_000 + 100 * 2_000 + 200 * 2_000);
    }
  });
});

describe('an endpoint that costs more', () => {
  const planAt = (provider: string, options: Partial<ProviderOptions>) => {
    const at: ProviderPlan = { name: provider, type: provider, options: { apiKeys: [], middleware: [], drop: [], ...options } };
    return planOf({ providers: new Map([[provider, at]]) });
  };
  const ratio = (vendor: string, model: string, options: Partial<ProviderOptions>) => {
    const here = costServed(vendor, model, undefined, planAt(vendor, options), undefined, text);
    return (here ?? Number.NaN) / (costServed(vendor, model, undefined, planOf({}), undefined, text) ?? Number.NaN);
  };

  it.each([
    ['openai', 'gpt-5.4', { baseURL: 'https://eu.api.openai.com/v1' }, 1.1],
    ['openai', 'gpt-6-sol-2026-09-22', { baseURL: 'https://us.api.openai.com/v1' }, 1.1],
    ['openai', 'gpt-5.4', { client: { baseURL: 'https://jp.api.openai.com/v1' } }, 1.1],
    ['openai', 'gpt-5-mini', { baseURL: 'https://eu.api.openai.com/v1' }, 1],
    ['openai', 'gpt-5.4', { baseURL: 'https://api.openai.com/v1' }, 1],
    ['x_ai', 'grok-4.6', { baseURL: 'https://us.api.x.ai/v1' }, 1.1],
    ['x_ai', 'grok-4.6', { baseURL: 'https://api.x.ai/v1' }, 1],
    ['gcp.vertex_ai', 'claude-opus-5@20260724', { region: 'europe-west1' }, 1.1],
    ['gcp.vertex_ai', 'claude-sonnet-4-5@20250929', { region: 'us' }, 1.1],
    ['gcp.vertex_ai', 'claude-opus-5', { region: 'global' }, 1],
    ['gcp.vertex_ai', 'claude-opus-5', {}, 1],
    ['gcp.vertex_ai', 'claude-sonnet-4@20250514', { region: 'europe-west1' }, 1],
    ['gcp.vertex_ai', 'gemini-2.5-pro', { region: 'europe-west1' }, 1],
  ] as const)('multiplies the listed price: %s %s %o by %d', (vendor, model, options, factor) => {
    expect(ratio(vendor, model, options)).toBeCloseTo(factor, 6);
  });
});

describe('how a call is to be served', () => {
  it('is what the params that are sent ask', () => {
    expect(servingAsked({ speed: 'fast' })).toMatchObject({ speed: 'fast' });
    expect(servingAsked({ service_tier: 'priority' })).toMatchObject({ serviceTier: 'priority' });
    expect(servingAsked({ inference_geo: 'us' })).toMatchObject({ inferenceGeo: 'us' });
    // The speed of a voice is a number.
    expect(servingAsked({ speed: 1.5 })).toBeUndefined();
    expect(servingAsked({})).toBeUndefined();
  });

  it('gives way to what the answer says, and stands where that is silent', () => {
    const asked = servingAsked({ speed: 'fast', inference_geo: 'us' });
    expect(servedOrAsked({ model: 'm', speed: 'standard' }, asked)).toEqual({
      model: 'm',
      speed: 'standard',
      inferenceGeo: 'us',
    });
    expect(servedOrAsked(undefined, asked)).toBe(asked);
    const said = { model: 'm' };
    expect(servedOrAsked(said, undefined)).toBe(said);
  });
});
