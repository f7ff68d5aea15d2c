#!/usr/bin/env bash
# One expects: a tool whose schema tells null ("take the date away") from a property that is left out ("leave it") gets what the model said,
# whoever's model it is.
# What happens: for a model of a provider with "openai" or "groq" in its name, Mastra has all properties required, and turns the null of an
# optional one back into undefined, also where the tool's own schema allows null. `due: null` of the model reaches the tool as nothing, the
# date stays, the tool says "done" and so does the model. The same answer from a provider of another name, read by the same package, is null.
# Seen with @mastra/core 1.71.0, @ai-sdk/openai 4.0.118, zod 4.6.7 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @mastra/core@1.71.0 @ai-sdk/openai@4.0.118 @ai-sdk/openai-compatible@3.0.92 zod@4.6.7
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { z } from 'zod';

const said = '{"id":"taxes","due":null}';
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
let told;
const fetch = async (_, { body }) => {
  const { messages, tools, stream } = JSON.parse(body);
  const isAnswered = messages.some(({ role }) => role === 'tool');
  if (!isAnswered) told = tools[0].function.parameters;
  const tool_calls = [{ index: 0, id: 'call_1', type: 'function', function: { name: 'change', arguments: said } }];
  const message = isAnswered ? { role: 'assistant', content: 'Done.' } : { role: 'assistant', content: null, tool_calls };
  const choice = { index: 0, finish_reason: isAnswered ? 'stop' : 'tool_calls', logprobs: null };
  const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'm', usage };
  if (!stream) return Response.json({ ...answer, choices: [{ ...choice, message }] });
  const chunk = { ...answer, object: 'chat.completion.chunk', choices: [{ ...choice, delta: message }] };
  return new Response(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`, { headers: { 'content-type': 'text/event-stream' } });
};
const settings = { apiKey: 'none', baseURL: 'http://127.0.0.1', fetch };
const models = {
  openai: createOpenAI(settings).chat('gpt-4.1'),
  groq: createOpenAICompatible({ ...settings, name: 'groq' })('gpt-4.1'),
  other: createOpenAICompatible({ ...settings, name: 'other' })('gpt-4.1'),
};
const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(`@mastra/core ${versionOf('@mastra/core')}, @ai-sdk/openai ${versionOf('@ai-sdk/openai')}, zod ${versionOf('zod')}`);
console.log(`the model says: ${said}`);

const seen = [];
for (const [name, model] of Object.entries(models)) {
  const tasks = new Map([['taxes', '2026-12-01']]);
  let got;
  const change = createTool({
    id: 'change',
    description: 'Changes a task: null takes its date away, a date left out stays.',
    inputSchema: z.object({ id: z.string(), due: z.string().nullable().optional() }),
    execute: async (input) => {
      got = input;
      if (input.due !== undefined) tasks.set(input.id, input.due);
      return 'done';
    },
  });
  const agent = new Agent({ id: 'a', name: 'a', instructions: 'Change tasks.', model, tools: { change } });
  const { text } = await agent.generate('Take the date of my taxes away.', { maxSteps: 3 });
  seen.push(tasks.get('taxes'));
  console.log(`${name}: required ${JSON.stringify(told.required)}, the tool gets ${inspect(got)}, the date is ${tasks.get('taxes')}, the answer ${JSON.stringify(text)}`);
}
process.exit(seen[0] === '2026-12-01' && seen[1] === '2026-12-01' && seen[2] === null ? 0 : 1);
JS
node seen.mjs
