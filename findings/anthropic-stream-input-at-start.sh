#!/usr/bin/env bash
# One expects: the input tokens of a streamed Anthropic answer are the last that were told. Where a server tool (web fetch, web search,
# code execution) brings text in, `message_delta` tells more than `message_start` did: 7,244 after 899 in a recorded web fetch.
# What happens: LangChain and PostHog keep the count of `message_start`, an eighth of what is billed, and LangChain adds both output
# counts, although the later one includes the first. The same answer in one piece is counted right by both, and PostHog's event
# contradicts itself: the count beside, the vendor's own, is the right one. Anthropic's client has 7,244 and 153.
# Seen with @langchain/anthropic 1.5.11, @posthog/ai 8.13.1, @anthropic-ai/sdk 1.14.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps \
  @anthropic-ai/sdk@1.14.0 @langchain/anthropic@1.5.11 @langchain/core@1.4.0 @posthog/ai@8.13.1 posthog-node@5.70.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { ChatAnthropic } from '@langchain/anthropic';
import { Anthropic as PostHogAnthropic } from '@posthog/ai/anthropic';

const uncached = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
const atStart = { ...uncached, input_tokens: 899, output_tokens: 3 };
const atEnd = { ...uncached, input_tokens: 7244, output_tokens: 153, server_tool_use: { web_search_requests: 0, web_fetch_requests: 1 } };
const text = { type: 'text', text: 'Read.' };
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-4-8', content: [], stop_reason: null, stop_sequence: null };
const events = [
  { type: 'message_start', message: { ...message, usage: atStart } },
  { type: 'content_block_start', index: 0, content_block: { ...text, text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: text.text } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: atEnd },
  { type: 'message_stop' },
];
const whole = { ...message, content: [text], stop_reason: 'end_turn', usage: atEnd };
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  const { stream } = JSON.parse(body);
  response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
  response.end(stream ? events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('') : JSON.stringify(whole));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseURL = `http://127.0.0.1:${server.address().port}`;
const params = { model: 'claude-opus-4-8', max_tokens: 1000, messages: [{ role: 'user', content: 'read it' }] };

const seen = [];
const note = (who, how, input, output) => {
  seen.push(`${input}/${output}`);
  console.log(`${who}, ${how}: ${input} in, ${output} out`);
};
const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['@anthropic-ai/sdk', '@langchain/anthropic', '@posthog/ai'].map((name) => `${name} ${versionOf(name)}`).join(', '));

const own = await new Anthropic({ apiKey: 'none', baseURL, maxRetries: 0 }).messages.stream(params).finalMessage();
note('Anthropic', 'streamed', own.usage.input_tokens, own.usage.output_tokens);

const chat = new ChatAnthropic({ model: params.model, apiKey: 'none', anthropicApiUrl: baseURL, maxRetries: 0, maxTokens: 1000 });
const invoked = (await chat.invoke('read it')).usage_metadata;
note('LangChain', 'whole', invoked.input_tokens, invoked.output_tokens);
let joined;
for await (const chunk of await chat.stream('read it')) joined = joined === undefined ? chunk : joined.concat(chunk);
note('LangChain', 'streamed', joined.usage_metadata.input_tokens, joined.usage_metadata.output_tokens);

const captured = [];
const posthog = { capture: (event) => captured.push(event.properties), captureImmediate: async (event) => captured.push(event.properties), options: {} };
const traced = new PostHogAnthropic({ apiKey: 'none', baseURL, maxRetries: 0, posthog });
await traced.messages.create(params);
for await (const _ of await traced.messages.create({ ...params, stream: true }));
for (let turns = 0; captured.length < 2 && turns < 100; turns++) await new Promise((resolve) => setTimeout(resolve, 20));
for (const [index, how] of ['whole', 'streamed'].entries()) note('PostHog', how, captured[index].$ai_input_tokens, captured[index].$ai_output_tokens);
const beside = captured[1].$ai_usage.input_tokens;
console.log(`PostHog, streamed, the vendor's own count in the same event: ${beside} in`);
server.closeAllConnections();
server.close();
process.exitCode = seen.join(' ') === '7244/153 7244/153 899/156 7244/153 899/153' && beside === 7244 ? 0 : 1;
JS
node seen.mjs
