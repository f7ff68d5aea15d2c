#!/usr/bin/env bash
# One expects: a chat that streamed an answer remembers it, however the vendor divides it into chunks. Gemini often ends a stream with a
# chunk that has a finish reason and no parts.
# What happens: the chat of Google's GenAI SDK calls the turn invalid as soon as one of its chunks has no parts, and leaves it out of the
# next request, the user's question with it. The caller has seen the whole text; nothing is thrown, `getHistory()` still shows the turn.
# The same text in one answer, or with a last chunk whose text is empty, is remembered.
# Seen with @google/genai 3.3.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @google/genai@3.3.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { GoogleGenAI } from '@google/genai';

let chunks = [];
let asked;
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  asked = JSON.parse(body).contents;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join(''));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const ai = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: `http://127.0.0.1:${server.address().port}` } });

const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 };
const chunk = (content, finishReason) => ({ candidates: [{ content, finishReason, index: 0 }], usageMetadata, modelVersion: 'gemini-2.5-flash' });
const said = (text) => ({ role: 'model', parts: [{ text }] });
const { version } = JSON.parse(readFileSync('node_modules/@google/genai/package.json', 'utf8'));
console.log(`@google/genai ${version}`);
const seen = [];
for (const [name, stream] of Object.entries({
  'one chunk': [chunk(said('Noted.'), 'STOP')],
  'a last chunk with empty text': [chunk(said('Noted.')), chunk(said(''), 'STOP')],
  'a last chunk without parts': [chunk(said('Noted.')), chunk({ role: 'model' }, 'STOP')],
  'a last chunk without content': [chunk(said('Noted.')), chunk(undefined, 'STOP')],
})) {
  chunks = stream;
  const chat = ai.chats.create({ model: 'gemini-2.5-flash' });
  let text = '';
  for await (const part of await chat.sendMessageStream({ message: 'My name is Ada.' })) text += part.text ?? '';
  const kept = chat.getHistory().length;
  for await (const _ of await chat.sendMessageStream({ message: 'What is my name?' }));
  seen.push(asked.length > 1);
  console.log(`${name}: text ${JSON.stringify(text)}, ${kept} contents in the history, the next request has: ${asked.map(({ role, parts }) => `${role} ${JSON.stringify(parts[0].text)}`).join(', ')}`);
}
server.closeAllConnections();
server.close();
process.exitCode = seen.join() === 'true,true,false,false' ? 0 : 1;
JS
node seen.mjs
