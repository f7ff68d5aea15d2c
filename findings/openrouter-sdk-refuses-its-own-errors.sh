#!/usr/bin/env bash
# One expects: OpenRouter's own client reads what OpenRouter sends: the error in a stream that its page on streaming shows, and the names
# of the provider that served an answer and of the reason for which that one ended.
# What happens: the page's event has the code "server_error", the client's schema wants a number: the loop ends in a ZodError about that
# type, and the message of the error, and the usage beside it, are nowhere on it. With a number as code nothing is thrown: the loop ends
# as after a whole answer, and only who looks for `error` in each chunk knows better. `provider` and `native_finish_reason` are left out of
# every answer. OpenAI's client, at the same address, throws the error with its message in both cases, and has both names.
# Seen with @openrouter/sdk 1.3.19, openai 7.59.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @openrouter/sdk@1.3.19 openai@7.59.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { OpenRouter } from '@openrouter/sdk';
import OpenAI from 'openai';

const said = 'Provider disconnected unexpectedly';
const head = { id: 'gen-1', object: 'chat.completion.chunk', created: 1, model: 'openai/gpt-4o', provider: 'OpenAI' };
const chunk = (delta, finish, more) => ({ ...head, choices: [{ index: 0, delta: { role: 'assistant', ...delta }, finish_reason: finish, native_finish_reason: finish }], ...more });
const begun = chunk({ content: 'You may take ' }, null);
const usage = { prompt_tokens: 70_001, completion_tokens: 3, total_tokens: 70_004 };
const streams = {
  'the error of the page': [begun, chunk({ content: '' }, 'error', { error: { code: 'server_error', message: said }, usage })],
  'the error with a number': [begun, chunk({ content: '' }, 'error', { error: { code: 502, message: said }, usage })],
  'a whole answer': [begun, chunk({ content: 'both.' }, 'stop', { usage })],
};
let chunks;
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`: OPENROUTER PROCESSING\n\n${chunks.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('')}data: [DONE]\n\n`);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const params = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'x' }], stream: true };
const clients = {
  '@openrouter/sdk': () => new OpenRouter({ apiKey: 'none', serverURL: origin }).chat.send({ chatRequest: params }),
  openai: () => new OpenAI({ apiKey: 'none', baseURL: origin, maxRetries: 0 }).chat.completions.create(params),
};
const seen = [];
for (const [name, stream] of Object.entries(streams)) {
  chunks = stream;
  for (const [client, send] of Object.entries(clients)) {
    const read = [];
    let error;
    try {
      for await (const part of await send()) read.push(part);
    } catch (thrown) {
      error = thrown;
    }
    const known = { message: inspect(error, { depth: 9 }).includes(said), usage: inspect([error, read], { depth: 9 }).includes('70001') };
    const provider = JSON.stringify(read).includes('"OpenAI"');
    seen.push(`${error?.constructor.name ?? 'end'} ${known.message} ${provider}`);
    const { version } = JSON.parse(readFileSync(`node_modules/${client}/package.json`, 'utf8'));
    const end = error ? `throws ${error.constructor.name}: ${error.message.replace(/\s+/g, ' ').slice(0, 150)}` : 'ends without an error';
    console.log(`${name}, ${client} ${version}: ${read.length} chunks, then it ${end}; usage known: ${known.usage}, provider known: ${provider}`);
  }
}
server.closeAllConnections();
server.close();
const expected = ['ZodError false false', 'APIError true true', 'end false false', 'APIError true true', 'end false false', 'end false true'];
process.exit(seen.join() === expected.join() ? 0 : 1);
JS
node seen.mjs
