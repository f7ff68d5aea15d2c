import { describe, expect, it } from 'vitest';
import { namesOf } from '../../src/ledger/model-names.ts';
import { listedProvider, PriceList } from '../../src/ledger/price-list.ts';
import { type Exchange, exchangeIndex, readExchange } from '../support/fixtures.ts';

const list = new PriceList();
const entryOf = (vendor: string, model: string) => list.find(vendor, model)?.entry;

describe('a name that a vendor prints', () => {
  it.each([
    // Foundation models and inference profiles by their addresses; a bare name is priced as one region, a global profile lower.
    [
      'bedrock',
      'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0',
      'aws/regional.anthropic.claude-haiku-4-5-20251001-v1:0',
    ],
    [
      'bedrock',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0',
      'aws/regional.anthropic.claude-haiku-4-5-20251001-v1:0',
    ],
    [
      'bedrock',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-haiku-4-5-20251001-v1:0',
      'aws/global.anthropic.claude-haiku-4-5-20251001-v1:0',
    ],
    ['bedrock', 'arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0', 'aws/amazon.nova-lite-v1:0'],
    ['bedrock', 'ca.anthropic.claude-opus-5', 'aws/regional.anthropic.claude-opus-5'],
    ['bedrock', 'global.anthropic.claude-opus-5-5', 'aws/global.anthropic.claude-opus-5-5'],
    ['bedrock', 'us.openai.gpt-5.5', 'aws/openai.gpt-5.5'],
    ['bedrock', 'eu.openai.gpt-5.6-sol', 'aws/regional.openai.gpt-5.6-sol'],
    ['bedrock', 'amazon.nova-lite-v1:0:300k', 'aws/amazon.nova-lite-v1:0'],
    ['google', 'models/gemini-2.5-pro', 'google/gemini-2.5-pro'],
    ['vertex', 'publishers/google/models/gemini-2.5-flash', 'google/gemini-2.5-flash'],
    ['vertex', 'projects/p/locations/us/publishers/google/models/gemini-2.5-pro', 'google/gemini-2.5-pro'],
    ['gcp.vertex_ai', 'google/gemini-2.5-flash', 'google/gemini-2.5-flash'],
    ['vertex', 'claude-haiku-4-5@20251001', 'anthropic/claude-haiku-4-5'],
    ['vertex', 'claude-opus-5@20260724', 'google/claude-opus-5'],
    ['vertex', 'claude-opus-5-5@default', 'google/claude-opus-5-5'],
    ['openrouter', 'anthropic/claude-haiku-4-5', 'openrouter/anthropic/claude-haiku-4.5'],
    ['openrouter', 'anthropic/claude-sonnet-4-5-20250929', 'openrouter/anthropic/claude-sonnet-4.5'],
    ['openrouter', 'anthropic/claude-4.5-haiku-20251001', 'openrouter/anthropic/claude-haiku-4.5'],
    ['openrouter', 'google/gemini-3.1-flash-lite-preview-20260303', 'openrouter/google/gemini-3.1-flash-lite'],
    ['openrouter', 'google/gemini-2.5-flash:nitro', 'openrouter/google/gemini-2.5-flash'],
    ['openrouter', 'google/gemini-2.5-flash:floor', 'openrouter/google/gemini-2.5-flash'],
    ['openrouter', 'openai/gpt-4o:extended', 'openrouter/openai/gpt-4o:extended'],
    ['fireworks', 'llama-v3p1-8b-instruct', 'fireworks/llama-v3p1-8b-instruct'],
    ['openai', 'gpt-4o-2027-01-31', 'openai/gpt-4o'],
    ['openai', 'gpt-5.6-sol-2026-07-09', 'openai/gpt-5.6-sol'],
    ['openai', 'GPT-5-Mini', 'openai/gpt-5-mini'],
    ['azure', 'gpt-4o-mini-2024-07-18', 'openai/gpt-4o-mini'],
    ['deepseek', 'deepseek-flash', 'deepseek/deepseek-v4-flash'],
  ])('is known: %s %s', (vendor, model, entry) => {
    expect(entryOf(vendor, model)).toBe(entry);
  });

  it.each([
    ['bedrock', 'arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.titan-text-lite-v1:0:4k/abcdef'],
    ['bedrock', 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/amazon.nova-lite-v1:0'],
    ['bedrock', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/anthropic.claude-opus-5'],
    ['bedrock', 'arn:aws:bedrock:us-east-1:123456789012:imported-model/meta.llama3-70b-instruct'],
    ['mistral', 'ft:open-mistral-7b:abcdef:20240101:x'],
    ['google', 'tunedModels/gemini-2.5-pro-mine'],
    ['vertex', 'projects/p/locations/us/endpoints/123'],
    ['vertex', 'endpoints/gemini-2.5-pro'],
    ['fireworks', 'accounts/acme/models/llama-v3p1-8b-instruct'],
    ['openai', `gpt-5-mini${'x'.repeat(1_000)}`],
    ['azure', 'deepseek-r1'],
    ['openai', ''],
  ])('of a model of somebody’s own, or of another price, is not: %s %s', (vendor, model) => {
    expect(entryOf(vendor, model)).toBeUndefined();
  });

  it('of a fine-tuned model has its own price where the list has one, and no other', () => {
    expect(entryOf('openai', 'ft:gpt-4o-mini-2024-07-18:acme::abc123')).toBe('openai/ft:gpt-4o-mini');
    expect(entryOf('openai', 'ft:gpt-5-mini-2025-08-07:acme::abc123')).toBeUndefined();
  });

  it('is found as it is before any other form of it', () => {
    expect(namesOf('openai', 'gpt-4o-2024-05-13')[0]).toBe('gpt-4o-2024-05-13');
    expect(entryOf('openai', 'gpt-4o-2024-05-13')).toBe('openai/gpt-4o-2024-05-13');
    expect(entryOf('openrouter', 'openai/gpt-6-sol:batch')).toBe('openrouter/openai/gpt-6-sol:batch');
  });
});

describe('what costs nothing', () => {
  const isFree = (vendor: string, model: string) => list.find(vendor, model)?.isFree === true;

  it.each([
    ['openai', 'omni-moderation-latest'],
    ['openai', 'omni-moderation-2024-09-26'],
    ['openai', 'text-moderation-stable'],
    ['openrouter', 'deepseek/deepseek-r1:free'],
    ['openrouter', 'somebody/not-in-the-list:free'],
    ['gcp.gemini', 'gemma-3-27b-it'],
  ])('is known to: %s %s', (vendor, model) => {
    expect(isFree(vendor, model)).toBe(true);
  });

  it.each([
    ['gcp.vertex_ai', 'gemma-3-27b-it'],
    ['mistral_ai', 'mistral-moderation-latest'],
    ['together', 'somebody/model:free'],
    ['openrouter', 'google/lyria-3-pro-preview'],
    ['cerebras', 'qwen-3-coder-480b'],
    ['openai', 'gpt-5-mini'],
  ])('is not taken for it: %s %s', (vendor, model) => {
    expect(isFree(vendor, model)).toBe(false);
  });
});

describe('recorded answers', () => {
  it('name models that have a price at their vendor, but for those that the list does not have', () => {
    const unknown = new Set<string>();
    for (const entry of exchangeIndex()) {
      const exchange = readExchange(entry.file);
      const vendor = exchange.provider.startsWith('bedrock') ? 'bedrock' : exchange.provider;
      if (!VENDORS.has(listedProvider(vendor))) continue;
      for (const model of modelsIn(exchange)) if (entryOf(vendor, model) === undefined) unknown.add(`${vendor} ${model}`);
    }
    expect([...unknown].filter((name) => !NOT_LISTED.has(name))).toEqual([]);
  });
});

/** Vendors of recordings that the list knows; of own servers and small hosts it has no prices. */
const VENDORS: ReadonlySet<string> = new Set([
  'anthropic',
  'aws',
  'azure',
  'cerebras',
  'deepseek',
  'fireworks',
  'google',
  'groq',
  'mistral',
  'moonshotai',
  'openai',
  'openrouter',
  'perplexity',
  'together',
  'x-ai',
  'zai',
]);

const NOT_LISTED: ReadonlySet<string> = new Set([
  'azure ',
  'azure embed-english-v3.0',
  'bedrock openai.gpt-oss-safeguard-20b',
  'fireworks accounts/fireworks/models/qwen3-embedding-8b',
  'openai davinci-002',
  'openrouter text-embedding-3-small',
  'openrouter x-ai/grok-4.1-fast',
  'perplexity pplx-embed-v1-0.6b',
  'together meta-llama/Llama-3.3-70B-Instruct-Turbo-Free',
  'together togethercomputer/m2-bert-80M-32k-retrieval',
  'xai grok-3-mini-high',
  'zai glm-4.7-flash',
]);

function modelsIn({ response }: Exchange): string[] {
  const { body, sse = [], ndjson = [], events = [] } = response;
  const text = [JSON.stringify(body ?? null), ...sse, ...ndjson, JSON.stringify(events)].join('\n');
  if (response.status !== 200) return [];
  return [...text.matchAll(/"(?:model|modelVersion)"\s*:\s*"([^"]*)"/g)].map(([, model = '']) => model);
}
