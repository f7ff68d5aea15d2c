#!/usr/bin/env bash
# One expects: a tool call whose arguments end in the middle, since the answer reached its token limit (`finish_reason: "length"`), is
# not run; at least, whether it is run does not depend on how the run is watched.
# What happens: a LangChain agent leaves the cut call alone under `invoke` and under `stream` of updates. Under `stream` of messages, as
# a chat page uses it, the model is asked for a stream, whose cut JSON is closed by guess: ["tmp/cache", "tm becomes ["tmp/cache","tm"],
# a valid call of which nothing says that it was cut, and the tool runs on a path that the model never wrote.
# Seen with langchain 1.5.14, @langchain/core 1.4.0, @langchain/openai 1.6.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps \
  langchain@1.5.14 @langchain/core@1.4.0 @langchain/langgraph@1.7.3 @langchain/openai@1.6.0 zod@4.6.7
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { z } from 'zod';

const head = { id: 'c', created: 1, model: 'm' };
const cut = { index: 0, id: 'call_1', type: 'function', function: { name: 'remove', arguments: '{"paths": ["tmp/cache", "tm' } };
const turns = [
  { message: { role: 'assistant', content: null, tool_calls: [cut] }, finish_reason: 'length' },
  { message: { role: 'assistant', content: 'done' }, finish_reason: 'stop' },
];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  const { stream, messages } = JSON.parse(body);
  const { message, finish_reason } = turns[messages.some(({ role }) => role === 'tool') ? 1 : 0];
  const chunk = (delta, reason) => `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
  if (stream) response.end(`${chunk(message, null)}${chunk({}, finish_reason)}data: [DONE]\n\n`);
  else response.end(JSON.stringify({ ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }] }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const configuration = { baseURL: `http://127.0.0.1:${server.address().port}/v1` };

console.warn = () => {};
let ran = [];
const remove = tool(({ paths }) => (ran.push(paths), 'removed'), { name: 'remove', description: 'Remove paths.', schema: z.object({ paths: z.array(z.string()) }) });
const agent = createAgent({ model: new ChatOpenAI({ model: 'm', apiKey: 'none', maxRetries: 0, configuration }), tools: [remove] });
const input = { messages: [{ role: 'user', content: 'clean up' }] };
const drain = async (source) => {
  for await (const _ of source);
};
const ways = {
  invoke: () => agent.invoke(input),
  'stream of updates': async () => drain(await agent.stream(input, { streamMode: 'updates' })),
  'stream of messages': async () => drain(await agent.stream(input, { streamMode: 'messages' })),
};
const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['langchain', '@langchain/core', '@langchain/openai'].map((name) => `${name} ${versionOf(name)}`).join(', '));
console.log(`the model wrote: ${cut.function.arguments}`);
const seen = [];
for (const [name, way] of Object.entries(ways)) {
  ran = [];
  await way();
  seen.push(JSON.stringify(ran));
  console.log(`${name}: the tool ran ${ran.length === 0 ? 'never' : `with ${JSON.stringify(ran[0])}`}`);
}
server.closeAllConnections();
server.close();
process.exitCode = seen.join(' ') === '[] [] [["tmp/cache","tm"]]' ? 0 : 1;
JS
node seen.mjs
