#!/usr/bin/env bash
# One expects: an error that a vendor sends in a stream keeps all that stood in its chunk, so that the usage beside `error`,
# which OpenRouter sends and bills, can still be read.
# What happens: openai 7.57 makes its APIError of the inner `error` object only; the usage that stood beside it is nowhere.
# Seen with openai 7.57.0 on Node 24, 2026-11-28.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund openai@7.57.0
cat > seen.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import OpenAI from 'openai';

const chunk = { id: 'gen-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [],
  error: { code: 502, message: 'provider disconnected' }, usage: { prompt_tokens: 4321, completion_tokens: 1234, total_tokens: 5555 } };
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify(chunk)}\n\n`);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${server.address().port}/v1`, maxRetries: 0 });
let seen;
try {
  for await (const _ of await client.chat.completions.create({ model: 'm', messages: [], stream: true }));
} catch (error) {
  seen = error;
}
server.close();
const { version } = JSON.parse(readFileSync('node_modules/openai/package.json', 'utf8'));
const printed = inspect(seen, { depth: 10, showHidden: true });
console.log(`openai ${version}: ${seen?.constructor.name}, its error: ${JSON.stringify(seen?.error)}`);
console.log(`the usage is ${printed.includes('4321') ? 'there' : 'nowhere on it'}`);
process.exitCode = seen?.error?.message === 'provider disconnected' && !printed.includes('4321') ? 0 : 1;
JS
node seen.mjs
