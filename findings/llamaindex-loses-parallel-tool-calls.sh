#!/usr/bin/env bash
# One expects: of two tool calls both arrive, whether the answer is streamed or not, and whether their pieces come one after the other or
# beside each other in one chunk; `delta.tool_calls` is a list, and each piece says its index.
# What happens: LlamaIndex's OpenAI package reads the first entry of that list and nothing else. Where a chunk has both calls, as with
# vendors that send whole calls, or pieces of both, the second call is gone, without an error. A call without arguments, which comes as an
# empty text, ends the stream with a SyntaxError that is no error of OpenAI's. The same answers in one piece, and streams that send one
# call after the other, are read.
# Seen with @llamaindex/openai 0.4.23, @llamaindex/core 0.6.22 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps \
  @llamaindex/openai@0.4.23 @llamaindex/core@0.6.22 @llamaindex/env@0.1.30
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { OpenAI } from '@llamaindex/openai';

const piece = (index, id, name, text) => ({ index, ...(id && { id, type: 'function' }), function: { ...(name && { name }), arguments: text } });
const streams = {
  'one after the other': [[piece(0, 'call_1', 'sun', '{"a":1}')], [piece(1, 'call_2', 'rain', '{"b":2}')]],
  'both in one chunk': [[piece(0, 'call_1', 'sun', '{"a":1}'), piece(1, 'call_2', 'rain', '{"b":2}')]],
  'pieces of both in each chunk': [
    [piece(0, 'call_1', 'sun', '{"a"'), piece(1, 'call_2', 'rain', '{"b"')],
    [piece(0, undefined, undefined, ':1}'), piece(1, undefined, undefined, ':2}')],
  ],
  'a call without arguments': [[piece(0, 'call_1', 'sun', '')]],
};
const head = { id: 'c', created: 1, model: 'm' };
let pieces = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  const { stream } = JSON.parse(body);
  response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
  if (stream) {
    const deltas = [{ role: 'assistant', content: null }, ...pieces.map((tool_calls) => ({ tool_calls })), {}];
    const chunks = deltas.map((delta, at) => ({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: at === deltas.length - 1 ? 'tool_calls' : null }] }));
    return response.end(`${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`);
  }
  const calls = [];
  for (const { index, id, function: { name, arguments: text } } of pieces.flat()) {
    calls[index] ??= { id, type: 'function', function: { name, arguments: '' } };
    calls[index].function.arguments += text;
  }
  response.end(JSON.stringify({ ...head, object: 'chat.completion', choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: calls } }] }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const llm = new OpenAI({ model: 'gpt-4o', apiKey: 'none', baseURL: `http://127.0.0.1:${server.address().port}/v1`, maxRetries: 0 });
const tools = ['sun', 'rain'].map((name) => ({ metadata: { name, description: name, parameters: { type: 'object', properties: {} } }, call: () => name }));
const params = { messages: [{ role: 'user', content: 'x' }], tools };
const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['@llamaindex/openai', '@llamaindex/core'].map((name) => `${name} ${versionOf(name)}`).join(', '));
const seen = [];
for (const [name, sent] of Object.entries(streams)) {
  pieces = sent;
  const whole = (await llm.chat(params)).message.options.toolCall.map((call) => call.name).join(' and ');
  const found = new Set();
  let error;
  try {
    for await (const chunk of await llm.chat({ ...params, stream: true })) for (const call of chunk.options?.toolCall ?? []) found.add(call.name);
  } catch (reason) {
    error = reason;
  }
  seen.push(error?.name ?? [...found].join('+'));
  console.log(`${name}: whole ${whole}; streamed ${error ? `${error.name}: ${error.message}` : [...found].join(' and ')}`);
}
server.closeAllConnections();
server.close();
process.exitCode = seen.join() === 'sun+rain,sun,sun,SyntaxError' ? 0 : 1;
JS
node seen.mjs
