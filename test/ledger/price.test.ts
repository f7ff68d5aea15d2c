import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../src/core/usage.ts';
import { TEXT_ONLY } from '../../src/ledger/asked-for.ts';
import { cachedIsCheaper, costBound, costOf, outputBoughtBy } from '../../src/ledger/price.ts';
import { contextWindowOf } from '../../src/ledger/price-list.ts';
import { ratesOfOverride } from '../../src/ledger/price-override.ts';
import { Prices, priceFor } from '../../src/ledger/prices.ts';
import { type Rates, toPico } from '../../src/ledger/rates.ts';
import { deploymentOf, planOf } from '../support/ledger-plan.ts';

const NOW = Date.UTC(2026, 5, 1);
const plan = planOf({});
const PLAIN = TEXT_ONLY;
const HOUR_CACHE = { ...TEXT_ONLY, special: true, hourCache: true };
const AUDIO = { ...TEXT_ONLY, special: true, inputAudio: true, outputAudio: true };

function rates(vendor: string, upstreamModel: string): Rates {
  const found = new Prices().ratesOf(plan, deploymentOf({ provider: vendor, vendor, upstreamModel }), NOW);
  if (found === undefined) throw new Error(`no price for ${vendor}/${upstreamModel}`);
  return found;
}
const usage = (tokens: Partial<Usage>): Usage => ({ ...NO_USAGE, ...tokens });

describe('the price of a call', () => {
  it('is exact in nano-dollars', () => {
    // gpt-5-mini: $0.25 in, $0.025 cached, $2 out per million.
    expect(costOf(rates('openai', 'gpt-5-mini'), usage({ inputTokens: 1_000_000, outputTokens: 1_000_000 }))).toBe(2_250_000_000);
    expect(costOf(rates('openai', 'gpt-5-mini'), usage({ inputTokens: 1 }))).toBe(250);
  });

  it('does not charge cached tokens twice', () => {
    const cached = usage({ inputTokens: 1_000_000, cachedInputTokens: 900_000 });
    expect(costOf(rates('openai', 'gpt-5-mini'), cached)).toBe(100_000 * 250 + 900_000 * 25);
    const written = usage({ inputTokens: 1000, cachedInputTokens: 600, cacheWriteTokens: 300 });
    // claude-haiku-4-5: $1 in, $0.1 read, $1.25 written.
    expect(costOf(rates('anthropic', 'claude-haiku-4-5'), written)).toBe(100 * 1000 + 600 * 100 + 300 * 1250);
  });

  it('charges cache writes for an hour at their own rate', () => {
    const haiku = rates('anthropic', 'claude-haiku-4-5');
    const written = usage({ inputTokens: 1000, cacheWriteTokens: 800, hourCacheWriteTokens: 300 });
    expect(costOf(haiku, written)).toBe(200 * 1000 + 500 * 1250 + 300 * 2000);
    expect(costBound(haiku, 1000, 0, PLAIN)).toBe(1000 * 1250);
    expect(costBound(haiku, 1000, 0, HOUR_CACHE)).toBe(1000 * 2000);
  });

  it('follows the long-context tier, for every token of the call', () => {
    const pro = rates('google', 'gemini-2.5-pro');
    expect(costOf(pro, usage({ inputTokens: 200_000, outputTokens: 10 }))).toBe(200_000 * 1250 + 10 * 10_000);
    expect(costOf(pro, usage({ inputTokens: 200_001, outputTokens: 10 }))).toBe(200_001 * 2500 + 10 * 15_000);
  });

  it('charges audio and reasoning by their own rates, and falls back to the plain ones', () => {
    const flash = rates('google', 'gemini-2.5-flash');
    expect(costOf(flash, usage({ inputTokens: 100, inputAudioTokens: 40 }))).toBe(60 * 300 + 40 * 1000);
    const own = ratesOfOverride({ input: 1, output: 2, reasoning: 5 });
    expect(costOf(own, usage({ inputTokens: 10, outputTokens: 10, reasoningTokens: 4 }))).toBe(10 * 1000 + 6 * 2000 + 4 * 5000);
    const plain = ratesOfOverride({ input: 1, output: 2 });
    expect(costOf(plain, usage({ inputTokens: 10, cachedInputTokens: 5, outputTokens: 10, reasoningTokens: 4 }))).toBe(30_000);
  });

  it('charges every token of a call by one class, however the provider counts', () => {
    // A prime for each class, in nano-dollars a token.
    const prime = (nano: number) => nano * 1_000;
    const own: Rates = {
      base: {
        input: prime(2),
        cacheRead: prime(3),
        cacheWrite: prime(5),
        hourCacheWrite: prime(7),
        output: prime(11),
        reasoning: prime(13),
        inputAudio: prime(17),
        cacheAudioRead: prime(19),
        outputAudio: prime(23),
      },
      tiers: [],
    };
    const cost = (tokens: Partial<Usage>) => costOf(own, usage(tokens));
    const mixed = { inputTokens: 100, cachedInputTokens: 60, cacheWriteTokens: 30, hourCacheWriteTokens: 20 };
    expect(cost(mixed)).toBe(10 * 2 + 60 * 3 + 10 * 5 + 20 * 7);
    expect(cost({ ...mixed, inputAudioTokens: 25 })).toBe(10 * 17 + 45 * 3 + 15 * 19 + 10 * 5 + 20 * 7);
    expect(cost({ ...mixed, inputAudioTokens: 95 })).toBe(10 * 17 + 60 * 19 + 10 * 5 + 20 * 7);
    expect(cost({ inputTokens: 100, cachedInputTokens: 60, cacheWriteTokens: 90 })).toBe(60 * 3 + 40 * 5);
    expect(cost({ inputTokens: 100, cachedInputTokens: 130 })).toBe(100 * 3);
    expect(cost({ inputTokens: 10, cacheWriteTokens: 10, hourCacheWriteTokens: 50 })).toBe(10 * 7);
    expect(cost({ inputTokens: 10, inputAudioTokens: 50 })).toBe(10 * 17);
    expect(cost({ outputTokens: 50, reasoningTokens: 10, outputAudioTokens: 15 })).toBe(25 * 11 + 10 * 13 + 15 * 23);
    expect(cost({ outputTokens: 50, reasoningTokens: 40, outputAudioTokens: 20 })).toBe(30 * 13 + 20 * 23);
    expect(cost({ outputTokens: 50, outputAudioTokens: 80 })).toBe(50 * 23);
    expect(costBound(own, 10, 10, PLAIN)).toBe(10 * 5 + 10 * 13);
    expect(costBound(own, 10, 10, AUDIO)).toBe(10 * 19 + 10 * 23);
    expect(costBound(own, 10, 10, HOUR_CACHE)).toBe(10 * 7 + 10 * 13);
    expect(cachedIsCheaper(own)).toBe(false);
    expect(cachedIsCheaper(ratesOfOverride({ input: 1, output: 1 }))).toBe(false);
    expect(cachedIsCheaper(ratesOfOverride({ input: 1, output: 1, cacheRead: 0.5 }))).toBe(true);
  });

  it('bounds by the tier that the input may reach, and by no other', () => {
    const pro = rates('google', 'gemini-2.5-pro');
    expect(costBound(pro, 200_000, 10, PLAIN)).toBe(200_000 * 1_250 + 10 * 10_000);
    expect(costBound(pro, 200_001, 10, PLAIN)).toBe(200_001 * 2_500 + 10 * 15_000);
  });

  it('tells how much output money buys, after the input', () => {
    const own = ratesOfOverride({ input: 1, output: 2 });
    expect(outputBoughtBy(own, 10_000, 4, PLAIN)).toBe(3);
    expect(outputBoughtBy(own, 9_999, 4, PLAIN)).toBe(2);
    expect(outputBoughtBy(own, 4_000, 4, PLAIN)).toBe(0);
    expect(outputBoughtBy(own, 3_999, 4, PLAIN)).toBe(-1);
    expect(outputBoughtBy(ratesOfOverride({ input: 1, output: 0 }), 4_000, 4, PLAIN)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('takes every rate of an override, and the finest price for more than nothing', () => {
    const own = ratesOfOverride({ input: 1, output: 2, cacheRead: 3, cacheWrite: 4, reasoning: 5 });
    expect(priceFor(own, 1)).toMatchObject({ input: 1, output: 2, cacheRead: 3, cacheWrite: 4, reasoning: 5 });
    expect(costOf(own, usage({ inputTokens: 1, cacheWriteTokens: 1 }))).toBe(4_000);
    expect(toPico(1e-12)).toBe(1);
    expect(toPico(0.000_000_123_4)).toBe(1);
    expect(toPico(0.1 + 0.2)).toBe(300_000);
    expect(toPico(0)).toBe(0);
  });

  it('is rounded up once, not for every class', () => {
    const fine = ratesOfOverride({ input: 0.000_1, output: 0.000_1, cacheRead: 0.000_1 });
    expect(costOf(fine, usage({ inputTokens: 4, cachedInputTokens: 2, outputTokens: 4 }))).toBe(1);
    expect(costOf(fine, usage({ inputTokens: 10, outputTokens: 1 }))).toBe(2);
    expect(costOf(fine, usage({}))).toBe(0);
  });

  it('stays exact beyond what a product of doubles holds', () => {
    const odd = ratesOfOverride({ input: 600.000_001, output: 0 });
    expect(costOf(odd, usage({ inputTokens: 999_999_001 }))).toBe(599_999_401_600_000);
    expect(costOf(ratesOfOverride({ input: 1e9, output: 0 }), usage({ inputTokens: 1e9 }))).toBe(Number.MAX_SAFE_INTEGER);
    const dear = ratesOfOverride({ input: 600, output: 600 });
    expect(costOf(dear, usage({ inputTokens: 999_999_999, outputTokens: 1 }))).toBe(1_000_000_000 * 600_000);
  });

  it('is the same as the sum over exact fractions', () => {
    const price = fc.integer({ min: 0, max: 1_000_000 }).map((micro) => micro / 10_000);
    const tokens = fc.integer({ min: 0, max: 2_000_000 });
    fc.assert(
      fc.property(price, price, price, tokens, tokens, tokens, (input, output, cacheRead, fresh, cached, out) => {
        const cost = costOf(
          ratesOfOverride({ input, output, cacheRead }),
          usage({ inputTokens: fresh + cached, cachedInputTokens: cached, outputTokens: out }),
        );
        const pico = (usd: number) => BigInt(Math.round(usd * 1e6));
        const exact = BigInt(fresh) * pico(input) + BigInt(cached) * pico(cacheRead) + BigInt(out) * pico(output);
        expect(BigInt(cost ?? -1)).toBe((exact + 999n) / 1000n);
      }),
    );
  });

  it('is never above its bound, and what money buys is never above the money', () => {
    const models = fc.constantFrom(
      rates('google', 'gemini-2.5-pro'),
      rates('anthropic', 'claude-haiku-4-5'),
      rates('openai', 'gpt-5-mini'),
    );
    const tokens = fc.integer({ min: 0, max: 400_000 });
    fc.assert(
      fc.property(
        models,
        tokens,
        tokens,
        fc.double({ min: 0, max: 1, noNaN: true }),
        tokens,
        (of, input, output, share, slack) => {
          const cached = Math.floor(input * share);
          const cost = costOf(
            of,
            usage({
              inputTokens: input,
              cachedInputTokens: cached,
              cacheWriteTokens: input - cached,
              outputTokens: output,
              reasoningTokens: Math.floor(output * share),
            }),
          );
          if (cost === undefined) throw new Error('text has a price');
          expect(cost).toBeLessThanOrEqual(costBound(of, input + slack, output + slack, PLAIN) ?? -1);
          const money = cost + slack;
          const bought = outputBoughtBy(of, money, input, PLAIN);
          if (bought >= 0) expect(costBound(of, input, bought, PLAIN)).toBeLessThanOrEqual(money);
        },
      ),
    );
  });
});

describe('the source of a price', () => {
  const prices = new Prices();
  const override = { input: 1, output: 1 };

  it('is the deployment first, then the override by name, then the list', () => {
    const withPrices = planOf({ prices: new Map([['openai/gpt-5-mini', { input: 3, output: 3 }]]) });
    const cost = (deployment: Parameters<typeof deploymentOf>[0], of = withPrices) => {
      const found = prices.ratesOf(of, deploymentOf(deployment), NOW);
      return found && costOf(found, usage({ inputTokens: 1 }));
    };
    expect(cost({ price: override })).toBe(1000);
    expect(cost({})).toBe(3000);
    expect(cost({}, plan)).toBe(250);
  });

  it('takes a price of zero for a price', () => {
    const found = prices.ratesOf(plan, deploymentOf({ price: { input: 0, output: 0 } }), NOW);
    expect(found && costOf(found, usage({ inputTokens: 1000, outputTokens: 1000 }))).toBe(0);
  });

  it('is the list for the model that answered, where it is another one that the list knows', () => {
    const cost = (respondedModel: string, of: Partial<Parameters<typeof deploymentOf>[0]> = {}, from = plan) => {
      const found = prices.ratesOf(from, deploymentOf(of), NOW, { model: respondedModel });
      return found && costOf(found, usage({ inputTokens: 1 }));
    };
    expect(cost('gpt-5')).toBe(1250);
    expect(cost('gpt-5-mini')).toBe(250);
    expect(cost('no-such-model')).toBe(250);
    expect(cost('gpt-5', { price: override })).toBe(1000);
    expect(cost('gpt-5', {}, planOf({ prices: new Map([['openai/gpt-5-mini', { input: 3, output: 3 }]]) }))).toBe(3000);
    expect(cost('gpt-5', { upstreamModel: 'my-own' }, planOf({ unknownPrice: override }))).toBe(1250);
  });

  it("of a tier that the list does not have is the user's own", () => {
    const cost = (of: Partial<Parameters<typeof deploymentOf>[0]>, from = plan) => {
      const found = prices.ratesOf(from, deploymentOf(of), NOW, { serviceTier: 'ultrafast' });
      return found && costOf(found, usage({ inputTokens: 1 }));
    };
    expect(cost({})).toBeUndefined();
    expect(cost({ price: override })).toBe(1000);
    expect(cost({}, planOf({ prices: new Map([['openai/gpt-5-mini', { input: 3, output: 3 }]]) }))).toBe(3000);
    expect(cost({}, planOf({ unknownPrice: { input: 7, output: 7 } }))).toBe(7000);
  });

  it('can be shown as users write it, of the tier that an input reaches', () => {
    const found = prices.ratesOf(plan, deploymentOf({ provider: 'google', upstreamModel: 'gemini-2.5-pro' }), NOW);
    if (found === undefined) throw new Error('no rates');
    expect(priceFor(found, 200_000)).toMatchObject({ input: 1.25, output: 10 });
    expect(priceFor(found, 200_001)).toMatchObject({ input: 2.5, output: 15, reasoning: 15 });
  });

  it('is nothing for an unknown model, unless a default is configured or the answering model is known', () => {
    const unknown = deploymentOf({ upstreamModel: 'my-own-model' });
    expect(prices.ratesOf(plan, unknown, NOW)).toBeUndefined();
    const found = prices.ratesOf(plan, unknown, NOW, { model: 'gpt-5-mini' });
    expect(found && costOf(found, usage({ inputTokens: 1 }))).toBe(250);
    const fallback = prices.ratesOf(planOf({ unknownPrice: override }), unknown, NOW);
    expect(fallback && costOf(fallback, usage({ inputTokens: 1 }))).toBe(1000);
  });

  it('is not taken from another provider whose name is contained', () => {
    expect(
      prices.ratesOf(plan, deploymentOf({ provider: 'my', vendor: 'my-openai-like', upstreamModel: 'gpt-5' }), NOW),
    ).toBeUndefined();
  });

  it.each([
    ['gcp.gemini', 'gemini-2.5-flash'],
    ['vertex', 'gemini-2.5-flash'],
    ['aws.bedrock', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['azure.ai.openai', 'gpt-5-mini'],
    ['mistral_ai', 'mistral-large-latest'],
    ['xai', 'grok-3'],
  ])('knows %s %s', (vendor, upstreamModel) => {
    expect(prices.ratesOf(plan, deploymentOf({ provider: vendor, vendor, upstreamModel }), NOW)).toBeDefined();
  });

  it('knows context windows too', () => {
    expect(contextWindowOf('openai', 'gpt-5-mini')).toBe(400_000);
    expect(contextWindowOf('openai', 'no-such-model')).toBeUndefined();
  });
});
