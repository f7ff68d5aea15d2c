#!/usr/bin/env bash
# One expects: the streaming helper of the openai package gives the tool calls of hosts that it can be pointed at, or says that it can't.
# Each call comes whole, with an id and a name of its own; some hosts (Ollama, Gemini's OpenAI route) gave each the index 0, and Mistral,
# as recorded, gives none.
# What happens: two calls with the index 0 become one, without an error: the id and the name of the last, and the arguments of both in a
# row, which are no JSON; `runTools` runs that one alone. Without an index the stream ends in an error. With indexes that begin at 1
# it ends in an error that speaks of reading a property of undefined. The same chunks, read from the bare stream, have both calls.
# Seen with openai 7.59.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts openai@7.59.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import OpenAI from 'openai';

const call = (index, id, name, text) => ({ ...(index !== undefined && { index }), id, type: 'function', function: { name, arguments: text } });
const twoAt = (first, second) => [call(first, 'call_1', 'sun', '{"a":1}'), call(second, 'call_2', 'rain', '{"b":2}')];
let calls = [];
const requests = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  const { messages } = JSON.parse(body);
  requests.push(messages);
  const isAnswered = messages.some(({ role }) => role === 'tool');
  const deltas = isAnswered ? [{ role: 'assistant', content: 'done' }, {}] : [{ role: 'assistant', content: null }, ...calls.map((one) => ({ tool_calls: [one] })), {}];
  const last = isAnswered ? 'stop' : 'tool_calls';
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [at, delta] of deltas.entries()) {
    const choices = [{ index: 0, delta, finish_reason: at === deltas.length - 1 ? last : null }];
    response.write(`data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`);
  }
  response.end('data: [DONE]\n\n');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${server.address().port}/v1`, maxRetries: 0 });

const { version } = JSON.parse(readFileSync('node_modules/openai/package.json', 'utf8'));
console.log(`openai ${version}`);
const tools = ['sun', 'rain'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object', properties: {} } } }));
const params = { model: 'm', messages: [{ role: 'user', content: 'x' }], tools };
const seen = [];
for (const [name, sent] of Object.entries({ 'indexes 0 and 1': twoAt(0, 1), 'index 0 twice': twoAt(0, 0), 'no index': twoAt(), 'indexes 1 and 2': twoAt(1, 2) })) {
  calls = sent;
  const bare = [];
  for await (const { choices } of await client.chat.completions.create({ ...params, stream: true })) for (const one of choices[0].delta.tool_calls ?? []) bare.push(one.function.name);
  const said = await client.chat.completions.stream(params).finalMessage().then(
    (message) => message.tool_calls.map((one) => `${one.id} ${one.function.name} ${one.function.arguments}`).join(', '),
    (error) => `${error.constructor.name}: ${error.message}`,
  );
  seen.push(said);
  console.log(`${name}: bare stream ${bare.join(' and ')}; helper: ${said}`);
}
calls = twoAt(0, 0);
const ran = [];
const runnable = tools.map((tool) => ({ ...tool, function: { ...tool.function, function: (text) => (ran.push(`${tool.function.name} ${text}`), 'ok') } }));
await client.chat.completions.runTools({ ...params, stream: true, tools: runnable }).done();
console.log(`runTools, index 0 twice: ran ${ran.join(', ')}`);
server.closeAllConnections();
server.close();
const merged = '{"a":1}{"b":2}';
const isAsSeen = seen[0].includes('sun') && seen[1] === `call_2 rain ${merged}` && /invalid tool call index/.test(seen[2]) && /properties of undefined/.test(seen[3]);
process.exitCode = isAsSeen && ran.join() === `rain ${merged}` ? 0 : 1;
JS
node seen.mjs
