import { describe, expect, it } from 'vitest';
import { servedOf } from '../../src/core/served.ts';
import { NO_USAGE } from '../../src/core/usage.ts';
import { costOf } from '../../src/ledger/price.ts';
import { Prices } from '../../src/ledger/prices.ts';
import { deploymentOf, planOf } from '../support/ledger-plan.ts';

const NOW = Date.UTC(2026, 10, 28, 12);

/** Nano-dollars of 1,000 tokens in, a fifth of them cached, and 200 out; undefined if no price is known. */
function cost(vendor: string, upstreamModel: string, serviceTier?: string, price?: { input: number; output: number }) {
  const deployment = deploymentOf({ provider: vendor, vendor, upstreamModel, price });
  const rates = new Prices().ratesOf(planOf({}), deployment, NOW, { model: upstreamModel, serviceTier });
  return rates && costOf(rates, { ...NO_USAGE, inputTokens: 1_000, cachedInputTokens: 200, outputTokens: 200 });
}

/** How often the listed price a tier costs at most; `unknown`: nobody has to know. */
const TABLE: readonly (readonly [string, string, string, number | 'unknown'])[] = [
  // https://openai.com/api-fast-mode/ beside https://developers.openai.com/api/docs/pricing
  ['openai', 'gpt-5.6-sol', 'priority', 2],
  ['openai', 'gpt-5.6-luna', 'fast', 2],
  ['openai', 'gpt-5.5', 'priority', 2.5],
  ['openai', 'gpt-5.5-2026-04-23', 'priority', 2.5],
  ['openai', 'gpt-5.4', 'fast', 2],
  ['openai', 'gpt-5.4-mini', 'priority', 2],
  ['openai', 'gpt-5.2', 'priority', 2],
  ['openai', 'gpt-5.1-codex', 'priority', 2],
  ['openai', 'gpt-5', 'priority', 2],
  ['openai', 'gpt-5-mini', 'priority', 1.8],
  ['openai', 'gpt-4.1', 'priority', 1.75],
  ['openai', 'gpt-5-nano', 'priority', 'unknown'],
  ['openai', 'gpt-5-pro', 'priority', 'unknown'],
  ['openai', 'gpt-4o-audio-preview', 'priority', 'unknown'],
  ['openai', 'gpt-5.6-sol', 'ultrafast', 'unknown'],
  ['openai', 'gpt-5', 'flex', 1],
  ['openai', 'gpt-5', 'scale', 1],
  ['openai', 'gpt-5', 'auto', 1],
  ['azure', 'gpt-5', 'priority', 'unknown'],
  ['openrouter', 'openai/gpt-5', 'priority', 'unknown'],
  ['openrouter', 'openai/gpt-5', 'flex', 1],
  // https://ai.google.dev/gemini-api/docs/optimization
  ['gcp.gemini', 'gemini-2.5-flash', 'priority', 2],
  ['gcp.gemini', 'gemini-2.5-flash', 'flex', 1],
  ['gcp.gemini', 'gemini-2.5-flash', 'deferred', 'unknown'],
  ['gcp.vertex_ai', 'gemini-2.5-flash', 'priority', 'unknown'],
  ['gcp.vertex_ai', 'gemini-2.5-flash', 'flex', 1],
  // https://platform.claude.com/docs/en/api/service-tiers
  ['anthropic', 'claude-opus-5', 'priority', 1],
  ['anthropic', 'claude-opus-5', 'standard_only', 1],
  ['anthropic', 'claude-opus-5', 'batch', 1],
  ['anthropic', 'claude-opus-5', 'ultra', 'unknown'],
  // https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html
  ['aws.bedrock', 'amazon.nova-pro-v1:0', 'reserved', 1],
  ['aws.bedrock', 'amazon.nova-pro-v1:0', 'flex', 1],
  ['aws.bedrock', 'amazon.nova-pro-v1:0', 'priority', 'unknown'],
  ['groq', 'llama-3.3-70b-versatile', 'on_demand', 1],
  ['groq', 'llama-3.3-70b-versatile', 'flex', 1],
  ['groq', 'llama-3.3-70b-versatile', 'performance', 'unknown'],
  ['x_ai', 'grok-4.6', 'priority', 'unknown'],
];

describe('a tier of service', () => {
  it.each(TABLE)('%s %s %s costs %s times the listed price', (vendor, model, tier, times) => {
    const standard = cost(vendor, model) ?? Number.NaN;
    expect(standard).toBeGreaterThan(0);
    const costs = cost(vendor, model, tier);
    if (times === 'unknown') expect(costs).toBeUndefined();
    else expect((costs ?? Number.NaN) / standard).toBeCloseTo(times, 6);
  });

  it('is covered by a price that the user states', () => {
    for (const [vendor, model, tier] of TABLE) expect(cost(vendor, model, tier, { input: 1, output: 2 })).toBe(1_400_000);
  });
});

describe('the tier that served', () => {
  it.each<[object, string | undefined]>([
    [{ model: 'm', service_tier: 'priority' }, 'priority'],
    // Groq's, which OpenAI's schema does not have
    [{ model: 'm', service_tier: null, native_service_tier: 'performance' }, 'performance'],
    [{ model: 'm', service_tier: 'default', native_service_tier: 'on_demand' }, 'default'],
    [{ model: 'm', usage: { service_tier: 'reserved' } }, 'reserved'],
    [{ model: 'm', service_tier: null, usage: null }, undefined],
    [{ model: 'm', usage: { service_tier: 7 } }, undefined],
  ])('of %j is %s', (answer, tier) => {
    expect(servedOf(answer)?.serviceTier).toBe(tier);
  });
});
