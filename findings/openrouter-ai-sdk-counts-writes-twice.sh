#!/usr/bin/env bash
# One expects: AI SDK 7 divides the input into what was not cached, what was read from the cache and what was written to it, each with a
# price of its own, so that the three are the whole.
# What happens: OpenRouter's provider takes from the whole what was read, and not what was written, which is then among both the
# uncached and the written tokens. Of 2,649 tokens in a recorded answer of Claude's, 2,569 read and 79 written, 80 are said to be uncached
# and not 1. A price list that goes by the three comes to 9 per cent more than the cost that OpenRouter tells in the same answer; of a first
# turn, where nearly all is written, to 77 per cent more. The AI SDK's package for OpenAI divides the same usage right.
# Seen with @openrouter/ai-sdk-provider 3.1.0, @ai-sdk/openai 4.0.118, ai 7.0.173, ai-sdk-cost-calculator 7.1.14 on 2026-11-29; the answer is
# one of the recordings of pydantic-ai (MIT).
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @openrouter/ai-sdk-provider@3.1.0 @ai-sdk/openai@4.0.118 \
  ai@7.0.173 ai-sdk-cost-calculator@7.1.14 zod@4.6.7
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { generateText } from 'ai';
import { calculateCost } from 'ai-sdk-cost-calculator';

// Dollars per million tokens, as Anthropic and OpenRouter have them for Claude Sonnet 4.6: input, read, written, output.
const prices = [3, 0.3, 3.75, 15];
const counted = (prompt, read, written) => ({
  prompt_tokens: prompt,
  completion_tokens: 100,
  total_tokens: prompt + 100,
  prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
  completion_tokens_details: { reasoning_tokens: 0 },
  cost: [prompt - read - written, read, written, 100].reduce((sum, tokens, index) => sum + (tokens * prices[index]) / 1_000_000, 0),
});
const told = { 'as recorded': { ...counted(2649, 2569, 79), cost: 0.00256995 }, 'a first turn': counted(10_000, 0, 9990) };
let usage;
const fetch = async () =>
  Response.json({
    id: 'gen-1',
    object: 'chat.completion',
    created: 1773012773,
    model: 'anthropic/claude-4.6-sonnet-20260217',
    choices: [{ index: 0, finish_reason: 'length', message: { role: 'assistant', content: '123 × 456 = 56,088' } }],
    usage,
  });
const settings = { apiKey: 'none', baseURL: 'http://127.0.0.1', fetch };
const models = {
  '@openrouter/ai-sdk-provider': createOpenRouter(settings).chat('anthropic/claude-sonnet-4.6'),
  '@ai-sdk/openai': createOpenAI(settings).chat('anthropic/claude-sonnet-4.6'),
};
const seen = [];
for (const [name, answer] of Object.entries(told)) {
  usage = answer;
  const due = counted(usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens, usage.prompt_tokens_details.cache_write_tokens).cost;
  console.log(`${name}: ${JSON.stringify(usage)}; by the prices $${due.toFixed(8)}`);
  for (const [provider, model] of Object.entries(models)) {
    const { version } = JSON.parse(readFileSync(`node_modules/${provider}/package.json`, 'utf8'));
    const read = (await generateText({ model, prompt: 'x' })).usage;
    const { noCacheTokens, cacheReadTokens, cacheWriteTokens } = read.inputTokenDetails;
    const sum = noCacheTokens + cacheReadTokens + cacheWriteTokens;
    const { totalCost } = calculateCost({ model: 'claude-sonnet-4-6', usage: read });
    const more = Math.round((totalCost / usage.cost - 1) * 100);
    seen.push(`${noCacheTokens}/${sum - read.inputTokens}/${more}`);
    console.log(`  ${provider} ${version}: ${noCacheTokens} uncached, ${cacheReadTokens} read, ${cacheWriteTokens} written, together ${sum} of ${read.inputTokens}; $${totalCost}, ${more} per cent more`);
  }
}
process.exit(seen.join(' ') === '80/79/9 1/0/0 10000/9990/77 10/0/0' ? 0 : 1);
JS
node seen.mjs
