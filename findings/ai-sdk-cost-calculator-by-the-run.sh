#!/usr/bin/env bash
# One expects: `withCost`, which ai-sdk-cost-calculator's own page puts into `onFinish`, gives what the run cost, whichever of the AI SDKs
# that it allows (6 and up) runs it. A price for long prompts is a matter of one request; the package's own tracker says so in a comment.
# What happens: it reads `usage`. In AI SDK 7 that is the sum of the run: three requests of 100,000 tokens are priced as one of 300,000,
# above the edge of 272,000, for twice the money. In AI SDK 6 it is the last request alone, for a third of it. A tool of the caller's own
# that is called `webSearch` is charged as the vendor's search. And of a model whose name it doesn't know, as a gateway or Azure name it,
# it throws, which `onFinish` swallows: the cost of the session is $0, of 0 requests.
# Seen with ai-sdk-cost-calculator 7.1.14, ai 7.0.173 and 6.0.325 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps ai-sdk-cost-calculator@7.1.14 zod@4.6.7 \
  ai@7.0.173 @ai-sdk/openai-compatible@3.0.92 ai6@npm:ai@6.0.325 compatible6@npm:@ai-sdk/openai-compatible@2.0.92
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import * as ai7 from 'ai';
import { calculateCost, createCostAwareAI, withCost } from 'ai-sdk-cost-calculator';
import * as ai6 from 'ai6';
import { createOpenAICompatible as createCompatible6 } from 'compatible6';
import { z } from 'zod';

const usage = { prompt_tokens: 100_000, completion_tokens: 1000, total_tokens: 101_000 };
let name = 'search';
let requests = 0;
const fetch = async () => {
  const isLast = ++requests % 3 === 0;
  const tool_calls = isLast ? undefined : [{ id: `call_${requests}`, type: 'function', function: { name, arguments: '{}' } }];
  const message = { role: 'assistant', content: isLast ? 'Done.' : null, tool_calls };
  return Response.json({ id: 'c', object: 'chat.completion', created: 1, model: 'm', usage, choices: [{ index: 0, message, finish_reason: isLast ? 'stop' : 'tool_calls' }] });
};
const run = ({ generateText, isStepCount, stepCountIs, tool }, create, onFinish) => {
  const model = create({ name: 'p', apiKey: 'none', baseURL: 'http://127.0.0.1', fetch })('gpt-5.6-sol');
  const tools = { [name]: tool({ description: 'Our own documents.', inputSchema: z.object({}), execute: async () => 'found' }) };
  return generateText({ model, prompt: 'x', tools, stopWhen: (isStepCount ?? stepCountIs)(5), onFinish });
};
const costOf = async (sdk, create) => {
  let cost;
  const answer = await run(sdk, create, withCost('gpt-5.6-sol', (finished) => (cost = finished.cost)));
  const due = answer.steps.reduce((sum, step) => sum + calculateCost({ model: 'gpt-5.6-sol', usage: step.usage }).totalCost, 0);
  return { cost, due: due.toFixed(3), said: cost.totalCost.toFixed(3) };
};
const versionOf = (folder) => JSON.parse(readFileSync(`node_modules/${folder}/package.json`, 'utf8')).version;
console.log(`ai-sdk-cost-calculator ${versionOf('ai-sdk-cost-calculator')}, ai ${versionOf('ai')} and ${versionOf('ai6')}`);

const in7 = await costOf(ai7, createOpenAICompatible);
console.log(`AI SDK 7, 3 requests of ${usage.prompt_tokens} in: $${in7.said}, by the request $${in7.due}; priced as a long prompt: ${in7.cost.isLongContext}`);
const in6 = await costOf(ai6, createCompatible6);
console.log(`AI SDK 6, the same: $${in6.said}, by the request $${in6.due}`);
name = 'webSearch';
const searched = await costOf(ai7, createOpenAICompatible);
console.log(`the same with a tool of one's own called ${name}: $${searched.said}, of which $${searched.cost.webSearchCost} for searches of the vendor`);
const session = createCostAwareAI();
const { text } = await run(ai7, createOpenAICompatible, session.onFinish('openai/gpt-5.6-sol'));
const total = session.getTotal().totalCost;
console.log(`as openai/gpt-5.6-sol: text ${JSON.stringify(text)}, the session's cost $${total} for ${session.getRequestCount()} requests`);
const seen = [in7.due, in7.said, in6.due, in6.said, searched.cost.webSearchCost, total].join(' ');
process.exit(seen === '1.260 2.490 1.260 0.420 0.02 0' ? 0 : 1);
JS
node seen.mjs
