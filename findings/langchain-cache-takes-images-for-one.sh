#!/usr/bin/env bash
# One expects: `cache: true` of a LangChain chat model answers again what was asked before, and nothing else; and it leaves the answer
# alone that it once gave out.
# What happens: the key of the cache is the conversation as text, in which each image is "[image]" and each file "[file]". The same
# question about a second picture or a second PDF gets the answer about the first, and no request is sent. On a hit the token counts of
# the answer are set to zero, and with the cache in memory that is the very object that the first caller holds: an account that is
# made at the end of a run is short of the one request that was paid for.
# Seen with @langchain/core 1.4.0, @langchain/openai 1.6.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @langchain/openai@1.6.0 @langchain/core@1.4.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';

let requests = 0;
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  requests++;
  const [text, shown] = JSON.parse(body).messages[0].content;
  const content = `${text.text} ${shown.image_url?.url ?? shown.file.filename}`;
  const usage = { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', usage, choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }] }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['@langchain/core', '@langchain/openai'].map((name) => `${name} ${versionOf(name)}`).join(', '));

const image = (url) => ({ type: 'image_url', image_url: { url } });
const pdf = (filename) => ({ type: 'file', file: { filename, file_data: `data:application/pdf;base64,${btoa(filename)}` } });
const model = new ChatOpenAI({ model: 'gpt-4.1', apiKey: 'none', maxRetries: 0, cache: true, configuration: { baseURL: `http://127.0.0.1:${server.address().port}` } });
const answers = [];
const ask = async (name, text, part) => {
  const before = requests;
  const answer = await model.invoke([new HumanMessage({ content: [{ type: 'text', text }, part] })]);
  answers.push(answer);
  console.log(`asked about ${name}: the answer is about ${JSON.stringify(answer.content)}, ${requests - before} requests`);
  return answer;
};
const first = await ask('a cat', 'Picture', image('https://example.com/cat.png'));
const firstTokens = first.usage_metadata.input_tokens;
await ask('a dog', 'Picture', image('https://example.com/dog.png'));
await ask('the dog with other words', 'The picture', image('https://example.com/dog.png'));
await ask('one contract', 'Contract', pdf('ada.pdf'));
await ask('the other contract', 'Contract', pdf('bob.pdf'));
const later = first.usage_metadata.input_tokens;
console.log(`input tokens of the first answer: ${firstTokens} when it came, ${later} at the end`);
server.closeAllConnections();
server.close();
const expected = ['cat.png', 'cat.png', 'dog.png', 'ada.pdf', 'ada.pdf'];
const isExpected = answers.every(({ content }, index) => content.endsWith(expected[index]));
process.exitCode = isExpected && requests === 3 && firstTokens === 1000 && later === 0 ? 0 : 1;
JS
node seen.mjs
