#!/usr/bin/env bash
# One expects: `prompt_tokens` of a gateway in OpenAI's form has the cached tokens in it, as OpenAI's has, so that the rest is what was
# not cached.
# What happens: for an Anthropic answer Portkey's gateway gives Anthropic's own count, which is without them, as `prompt_tokens`, and the
# cached ones as a part of it: 8,845 of 4. What reads it as OpenAI's usage, here the AI SDK, comes to minus 8,841 tokens that were not
# cached, which a price list turns into a credit. Only `total_tokens` has all. The cached tokens of DeepSeek, Mistral, Together and
# Fireworks, told as OpenAI tells them, are left out altogether.
# Seen with @portkey-ai/gateway 1.15.2, @ai-sdk/openai-compatible 3.0.92 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @portkey-ai/gateway@1.15.2 @ai-sdk/openai-compatible@3.0.92 zod@4.6.7
cat > seen.mjs <<'JS'
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';

let answer;
const upstream = createServer((request, response) => {
  request.resume();
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

async function ask(provider, told) {
  answer = told;
  const headers = { 'x-portkey-provider': provider, 'x-portkey-custom-host': `http://127.0.0.1:${upstream.address().port}/v1` };
  const model = createOpenAICompatible({ name: 'portkey', apiKey: 'none', baseURL: `${origin}/v1`, headers })('m');
  const { usage } = await model.doGenerate({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }], maxOutputTokens: 100 });
  return usage;
}

const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['@portkey-ai/gateway', '@ai-sdk/openai-compatible'].map((name) => `${name} ${versionOf(name)}`).join(', '));
const chat = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
  usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, prompt_tokens_details: { cached_tokens: 64 } } };
const seen = [];
for (const [provider, told] of Object.entries({
  anthropic: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn', stop_sequence: null,
    usage: { input_tokens: 4, cache_creation_input_tokens: 6, cache_read_input_tokens: 8845, output_tokens: 193 } },
  openai: chat, deepseek: chat, 'mistral-ai': chat, 'together-ai': chat, 'fireworks-ai': chat,
})) {
  const { raw, inputTokens } = await ask(provider, told);
  const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details } = raw;
  console.log(`${provider}: prompt ${prompt_tokens}, cached ${prompt_tokens_details?.cached_tokens}, completion ${completion_tokens}, total ${total_tokens}; the AI SDK: ${inputTokens.noCache} not cached`);
  seen.push(`${prompt_tokens}/${prompt_tokens_details?.cached_tokens}/${inputTokens.noCache}/${completion_tokens}`);
}
upstream.closeAllConnections();
upstream.close();
const rest = '100/undefined/100/10';
process.exit(seen.join(' ') === `4/8845/-8841/193 100/64/36/10 ${rest} ${rest} ${rest} ${rest}` ? 0 : 1);
JS
node seen.mjs
