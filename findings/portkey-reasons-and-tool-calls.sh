#!/usr/bin/env bash
# One expects: a gateway in OpenAI's form hands tools on and tool calls back, and its finish reason fits the message.
# What happens: Portkey's gateway sends the tools of a call to DeepSeek, Moonshot and four others not at all, and says nothing. Where an
# answer of DeepSeek, Moonshot, Zhipu or DeepInfra has tool calls, they are left out, and the finish reason "tool_calls" stays. Gemini's
# tool calls come with "stop", with which a loop that goes by the reason ends before the tool, and Anthropic's refusal becomes "stop" too:
# an empty answer that looks like a good one, although OpenAI has "content_filter".
# Seen with @portkey-ai/gateway 1.15.2, whole answers, no option set, on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @portkey-ai/gateway@1.15.2
cat > seen.mjs <<'JS'
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

let sent;
let answer;
const upstream = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  sent = JSON.parse(body);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});
await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
const probe = createServer();
await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
const { port } = probe.address();
await new Promise((resolve) => probe.close(resolve));
const gateway = spawn(process.execPath, ['node_modules/@portkey-ai/gateway/build/start-server.js', '--headless', `--port=${port}`], { stdio: 'ignore' });
process.on('exit', () => gateway.kill());
const origin = `http://127.0.0.1:${port}`;
while (!(await fetch(origin).catch(() => undefined))?.ok) await new Promise((resolve) => setTimeout(resolve, 100));

const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
async function ask(provider, upstreamAnswer) {
  answer = upstreamAnswer;
  sent = undefined;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer none', 'x-portkey-provider': provider };
  headers['x-portkey-custom-host'] = `http://127.0.0.1:${upstream.address().port}/v1`;
  const body = JSON.stringify({ model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'x' }], tools });
  const response = await fetch(`${origin}/v1/chat/completions`, { method: 'POST', headers, body });
  const { message, finish_reason } = (await response.json()).choices[0];
  return { tools: sent.tools !== undefined, calls: message.tool_calls?.length ?? 0, text: message.content ?? '', reason: finish_reason };
}

const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
const chat = { id: 'c', object: 'chat.completion', created: 1, model: 'm', usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: '', tool_calls: [call] } }] };
const claude = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: 'refusal', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } };
const gemini = (finishReason, parts) => ({ candidates: [{ index: 0, finishReason, content: { role: 'model', parts } }], usageMetadata: { promptTokenCount: 1, totalTokenCount: 1 } });

const { version } = JSON.parse(readFileSync('node_modules/@portkey-ai/gateway/package.json', 'utf8'));
console.log(`@portkey-ai/gateway ${version}; an answer with one tool call, reason "tool_calls":`);
const unsent = [];
const lost = [];
for (const provider of ['openai', 'groq', 'deepseek', 'moonshot', 'sambanova', 'siliconflow', 'zhipu', 'deepinfra']) {
  const { tools: handedOn, calls, reason } = await ask(provider, chat);
  if (!handedOn) unsent.push(provider);
  if (calls === 0 && reason === 'tool_calls') lost.push(provider);
  console.log(`  ${provider}: tools ${handedOn ? 'sent' : 'not sent'}, ${calls} calls in the answer, reason ${JSON.stringify(reason)}`);
}
console.log(`tools not sent: ${unsent.join(', ')}`);
console.log(`reason without calls: ${lost.join(', ')}`);
const others = [];
for (const [name, provider, told] of [
  ['Gemini, one call, STOP', 'google', gemini('STOP', [{ functionCall: { name: 'f', args: {} } }])],
  ['Anthropic, refusal', 'anthropic', claude],
]) {
  const { calls, text, reason } = await ask(provider, told);
  others.push(`${calls}${text}${reason}`);
  console.log(`${name}: ${calls} calls, text ${JSON.stringify(text)}, reason ${JSON.stringify(reason)}`);
}
upstream.closeAllConnections();
upstream.close();
const expected = ['deepseek,moonshot,sambanova,siliconflow,zhipu,deepinfra', 'deepseek,moonshot,zhipu,deepinfra', '1stop,0stop'];
process.exit([unsent, lost, others].every((list, index) => list.join(',') === expected[index]) ? 0 : 1);
JS
node seen.mjs
