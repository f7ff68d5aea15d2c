#!/usr/bin/env bash
# One expects: an answer in which Cohere cites the result of a tool, as it does by itself after a tool was used, is read like any other.
# What happens: @ai-sdk/cohere takes each source of a citation for a document. A source of type `tool` has `tool_output` instead, and
# the whole answer is refused: `generateText` throws "Invalid JSON response" about an answer with status 200 that has text and was
# billed; the error cannot be retried and has no usage. The same answer as a stream is read, without its sources. Cohere's own client
# reads both.
# Seen with @ai-sdk/cohere 4.0.52, ai 7.0.173, cohere-ai 8.1.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps ai@7.0.173 @ai-sdk/cohere@4.0.52 cohere-ai@8.1.0 zod@4.6.7
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createCohere } from '@ai-sdk/cohere';
import { generateText, streamText } from 'ai';
import { CohereClientV2 } from 'cohere-ai';

const usage = { billed_units: { input_tokens: 40, output_tokens: 8 }, tokens: { input_tokens: 1522, output_tokens: 21 } };
const citation = { start: 6, end: 11, text: 'sunny', sources: [{ type: 'tool', id: 'weather_1:0', tool_output: { content: 'sunny' } }], type: 'TEXT_CONTENT' };
const whole = { id: 'c', message: { role: 'assistant', content: [{ type: 'text', text: 'It is sunny.' }], citations: [citation] }, finish_reason: 'COMPLETE', usage };
const events = [
  { type: 'message-start', id: 'c', delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } } },
  { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
  { type: 'content-delta', index: 0, delta: { message: { content: { text: 'It is sunny.' } } } },
  { type: 'citation-start', index: 0, delta: { message: { citations: citation } } },
  { type: 'citation-end', index: 0 },
  { type: 'content-end', index: 0 },
  { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } },
];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  const { stream } = JSON.parse(body);
  response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
  response.end(stream ? events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('') : JSON.stringify(whole));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['@ai-sdk/cohere', 'ai', 'cohere-ai'].map((name) => `${name} ${versionOf(name)}`).join(', '));

const own = await new CohereClientV2({ token: 'none', environment: origin }).chat({ model: 'm', messages: [{ role: 'user', content: 'weather?' }] });
console.log(`Cohere's client: ${own.message.content[0].text}`);

const model = createCohere({ apiKey: 'none', baseURL: `${origin}/v2` })('command-a-03-2025');
let error;
const answer = await generateText({ model, prompt: 'weather?', maxRetries: 0 }).catch((reason) => void (error = reason));
const path = error?.cause?.cause?.issues?.[0]?.path?.join('.') ?? '';
console.log(`generateText: ${answer?.text ?? `${error.name}: ${error.message}, status ${error.statusCode}, retryable ${error.isRetryable}`} ${path && `(${path})`}`);

const streamed = streamText({ model, prompt: 'weather?', maxRetries: 0 });
const text = await streamed.text;
const sources = await streamed.sources;
console.log(`streamText: ${text} with ${sources.length} sources`);
server.closeAllConnections();
server.close();
process.exitCode = error?.message === 'Invalid JSON response' && error.statusCode === 200 && text === 'It is sunny.' && sources.length === 0 ? 0 : 1;
JS
node seen.mjs
