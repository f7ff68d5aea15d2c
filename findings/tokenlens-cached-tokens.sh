#!/usr/bin/env bash
# One expects: an answer of which 9,000 of 10,000 input tokens came from the cache costs less than one without; TokenLens reads the usage
# of OpenAI and of the AI SDK and knows the price of cached tokens.
# What happens: `costFromUsage` adds the cached tokens to an input that already has them, so that what was cached is paid at both prices
# and costs more than what was not: $0.0253 instead of $0.0073. The same answer of the Responses API, or as AI SDK 7 tells it, costs
# $0.0208: there the cached tokens are under other names, and none is seen.
# Seen with tokenlens 1.3.1, ai 7.0.173 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps \
  tokenlens@1.3.1 ai@7.0.173 @ai-sdk/openai-compatible@3.0.92 zod@4.6.7
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText } from 'ai';
import { breakdownTokens, costFromUsage, getTokenCosts } from 'tokenlens';

const usage = { prompt_tokens: 10_000, completion_tokens: 100, total_tokens: 10_100, prompt_tokens_details: { cached_tokens: 9000 } };
const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'm', usage,
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }] };
const fetch = async () => Response.json(answer);
const model = createOpenAICompatible({ name: 'p', baseURL: 'http://127.0.0.1', apiKey: 'none', fetch })('m');
const fromAiSdk7 = (await generateText({ model, prompt: 'x' })).usage;

const { version } = JSON.parse(readFileSync('node_modules/tokenlens/package.json', 'utf8'));
const id = 'openai:gpt-4.1';
const prices = getTokenCosts({ modelId: id, usage: { inputTokens: 1_000_000, outputTokens: 1_000_000, cachedInputTokens: 1_000_000 } });
console.log(`tokenlens ${version}, ${id}, per million: $${prices.inputUSD} in, $${prices.cacheReadUSD} cached, $${prices.outputUSD} out`);
const due = (1000 * prices.inputUSD + 9000 * prices.cacheReadUSD + 100 * prices.outputUSD) / 1_000_000;
console.log(`due for 10,000 in, of which 9,000 cached, and 100 out: $${due.toFixed(4)}`);
const seen = [];
for (const [name, told] of Object.entries({
  'nothing cached': { ...usage, prompt_tokens_details: { cached_tokens: 0 } },
  'chat completions': usage,
  'AI SDK 5 and 6': { inputTokens: 10_000, outputTokens: 100, totalTokens: 10_100, cachedInputTokens: 9000 },
  'Responses API': { input_tokens: 10_000, output_tokens: 100, total_tokens: 10_100, input_tokens_details: { cached_tokens: 9000 } },
  'AI SDK 7': fromAiSdk7,
})) {
  seen.push(costFromUsage({ id, usage: told }).toFixed(4));
  console.log(`${name}: $${seen.at(-1)}, cached ${breakdownTokens(told).cacheReads ?? 'not seen'}`);
}
const known = fromAiSdk7.inputTokenDetails?.cacheReadTokens === 9000;
process.exitCode = known && due.toFixed(4) === '0.0073' && seen.join() === '0.0208,0.0253,0.0253,0.0208,0.0208' ? 0 : 1;
JS
node seen.mjs
