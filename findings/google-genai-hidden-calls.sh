#!/usr/bin/env bash
# One expects: where Google's GenAI SDK calls tools by itself, the answer's usage has the tokens of all the requests that it took, or they
# can be found; and at the limit of such requests no tool runs whose result nobody reads.
# What happens: an answer that took three requests of 1,000, 2,000 and 3,000 input tokens says 3,000, and the rest is nowhere on it, while
# the same SDK does sum the requests by which it continues a long answer. With `maximumRemoteCalls: 1` the tool runs after that one
# request, the model is never told its result, and the answer still asks for the call: a caller who acts on it runs the tool again. That
# it ran stands only in the history beside.
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
import { inspect } from 'node:util';
import { GoogleGenAI } from '@google/genai';

const asked = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  asked.push(JSON.parse(body).contents);
  const parts = asked.length === 3 ? [{ text: 'Both are sent.' }] : [{ functionCall: { name: 'send', args: { mail: asked.length } } }];
  const promptTokenCount = 1000 * asked.length;
  const usageMetadata = { promptTokenCount, candidatesTokenCount: 10, totalTokenCount: promptTokenCount + 10 };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts } }], usageMetadata }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const ai = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: `http://127.0.0.1:${server.address().port}` } });

let runs = [];
const tool = {
  tool: async () => ({ functionDeclarations: [{ name: 'send', description: 'Send a mail.', parametersJsonSchema: { type: 'object', properties: { mail: { type: 'number' } } } }] }),
  callTool: async (calls) => calls.map(({ name, args }) => (runs.push(args.mail), { functionResponse: { name, response: { ok: true } } })),
};
const ask = async (config) => {
  asked.length = 0;
  runs = [];
  return ai.models.generateContent({ model: 'gemini-2.5-flash', contents: 'Send both mails.', config: { tools: [tool], ...config } });
};

const { version } = JSON.parse(readFileSync('node_modules/@google/genai/package.json', 'utf8'));
const answer = await ask({});
const earlier = inspect(answer, { depth: 20, showHidden: true }).match(/TokenCount: (1000|2000|6000)/)?.[1];
console.log(`@google/genai ${version}: ${asked.length} requests, tool runs ${runs.join(' and ')}, usage ${JSON.stringify(answer.usageMetadata)}, earlier counts ${earlier ?? 'nowhere'}`);
const isLost = asked.length === 3 && answer.usageMetadata.promptTokenCount === 3000 && earlier === undefined;

const limited = await ask({ automaticFunctionCalling: { maximumRemoteCalls: 1 } });
const told = asked.some((contents) => JSON.stringify(contents).includes('functionResponse'));
const kept = JSON.stringify(limited.automaticFunctionCallingHistory ?? []).includes('functionResponse');
console.log(`with maximumRemoteCalls 1: ${asked.length} request, tool runs ${runs.join()}, its result was ${told ? '' : 'not '}sent and is ${kept ? '' : 'not '}in the history, the answer asks for ${JSON.stringify(limited.functionCalls)}`);
server.closeAllConnections();
server.close();
process.exitCode = isLost && asked.length === 1 && runs.length === 1 && !told && limited.functionCalls?.length === 1 ? 0 : 1;
JS
node seen.mjs
