#!/usr/bin/env bash
# One expects: the helpers of the openai package give what the vendor sent. A final message of `.stream()` has the thinking of all
# its deltas, or none; `runTools` sends the caller's tools and the assistant's turn as they are.
# What happens: `.stream()` keeps the last delta of a field that it does not know, so that `reasoning_content` (DeepSeek, Kimi, vLLM
# and others) is its last word; and where the answer is a legacy `function_call`, the final message has no such field at all although
# the snapshot of the same stream has. `runTools` leaves such fields out of its second request, whose vendor then answers 400, and
# writes the tools anew, so that their `cache_control` is lost.
# Seen with openai 7.57.0 on Node 24, 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund openai@7.57.0
cat > seen.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';

const requests = [];
let answers = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  requests.push(JSON.parse(body));
  const answer = answers.shift();
  if (!Array.isArray(answer)) return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`${answer.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${server.address().port}/v1`, maxRetries: 0 });

const head = { id: 'c', created: 1, model: 'm' };
const chunk = (delta, finish_reason = null) => ({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] });
const whole = (message, finish_reason) => ({ ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }] });
const messages = [{ role: 'user', content: 'weather?' }];

answers = [[chunk({ role: 'assistant', reasoning_content: 'first, ' }), chunk({ reasoning_content: 'then' }), chunk({ content: 'sunny' }), chunk({}, 'stop')]];
const streamed = await client.chat.completions.stream({ model: 'm', messages }).finalMessage();

answers = [[chunk({ role: 'assistant', reasoning_content: 'I call' }), chunk({ function_call: { name: 'f', arguments: '{}' } }), chunk({}, 'function_call')]];
const legacy = client.chat.completions.stream({ model: 'm', messages, functions: [{ name: 'f', parameters: {} }] });
let snapshot;
legacy.on('chunk', (_chunk, current) => (snapshot = current.choices[0].message.reasoning_content));
const final = await legacy.finalMessage();

const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
answers = [whole({ role: 'assistant', content: null, reasoning_content: 'I call', tool_calls: [call] }, 'tool_calls'), whole({ role: 'assistant', content: 'sunny' }, 'stop')];
requests.length = 0;
const tool = { type: 'function', cache_control: { type: 'ephemeral' }, function: { name: 'f', parameters: { type: 'object', properties: {} }, parse: JSON.parse, function: () => 'sunny' } };
await client.chat.completions.runTools({ model: 'm', messages, tools: [tool] }).done();
server.close();

const { version } = JSON.parse(readFileSync('node_modules/openai/package.json', 'utf8'));
const turn = requests[1].messages.find(({ role }) => role === 'assistant');
const seen = {
  'thinking in the final message': streamed.reasoning_content,
  'the same beside a function_call': final.reasoning_content,
  "thinking in the second request of runTools": turn.reasoning_content,
  "cache_control of the tool that runTools sent": requests[0].tools[0].cache_control,
};
console.log(`openai ${version}`);
console.log(`the snapshot beside a function_call has: ${JSON.stringify(snapshot)}`);
for (const [what, value] of Object.entries(seen)) console.log(`${what}: ${JSON.stringify(value)}`);
const [text, ...lost] = Object.values(seen);
process.exitCode = text === 'then' && snapshot === 'I call' && lost.every((value) => value === undefined) ? 0 : 1;
JS
node seen.mjs
