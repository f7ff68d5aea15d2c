#!/usr/bin/env bash
# One expects: a loop over an answer that is left with `break` ends the request behind it, as it does with OpenAI's, Cohere's, Mistral's
# and OpenRouter's clients; many hosts stop the model of a reader who hangs up, and do not bill what it has not said.
# What happens: Google's GenAI SDK, Ollama's and Hugging Face's clients and fetch-event-stream leave the connection open. Nobody reads
# it any more, nothing is thrown, and the model says all that it has to say: 20 words of 20 after a loop that took 3. So does what is
# built on such, as LangChain's packages for Gemini and Ollama, while its package for OpenAI hangs up; and the AI SDK over any vendor.
# Google's `abortSignal` and Ollama's `abort()` would end it.
# Seen with @google/genai 3.3.0, ollama 0.6.4, @huggingface/inference 4.13.30, fetch-event-stream 0.1.6, ai 7.0.173,
# @langchain/google-genai 2.3.2, @langchain/ollama 1.3.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps openai@7.59.0 cohere-ai@8.1.0 @mistralai/mistralai@2.7.0 \
  @openrouter/sdk@1.3.19 @google/genai@3.3.0 ollama@0.6.4 @huggingface/inference@4.13.30 fetch-event-stream@0.1.6 ai@7.0.173 \
  @ai-sdk/openai-compatible@3.0.92 @langchain/core@1.4.0 @langchain/openai@1.6.0 @langchain/google-genai@2.3.2 @langchain/ollama@1.3.0 zod@4.6.7
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { GoogleGenAI } from '@google/genai';
import { InferenceClient } from '@huggingface/inference';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';
import { ChatOllama } from '@langchain/ollama';
import { ChatOpenAI } from '@langchain/openai';
import { Mistral } from '@mistralai/mistralai';
import { OpenRouter } from '@openrouter/sdk';
import { streamText } from 'ai';
import { CohereClientV2 } from 'cohere-ai';
import { stream as fetchEvents } from 'fetch-event-stream';
import { Ollama } from 'ollama';
import OpenAI from 'openai';

const words = 20;
const event = (data) => `data: ${JSON.stringify(data)}\n\n`;
const reason = (last) => (last ? 'stop' : null);
const wires = {
  openai: (text, last) =>
    event({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: text }, finish_reason: reason(last) }] }),
  google: (text, last) => event({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...(last && { finishReason: 'STOP' }) }] }),
  cohere: (text) => event({ type: 'content-delta', index: 0, delta: { message: { content: { text } } } }),
  ollama: (text, last) => `${JSON.stringify({ model: 'm', created_at: '2026-11-29T00:00:00Z', message: { role: 'assistant', content: text }, done: last })}\n`,
};
let answered;
const answer = async (response, toWire) => {
  let [said, gone] = [0, false];
  response.on('close', () => (gone = true));
  while (said < words && !gone) {
    response.write(toWire(`word${++said} `, said === words));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  response.end();
  return said;
};
const server = createServer(async (request, response) => {
  for await (const _ of request);
  const wire = request.url.split('/')[1];
  response.writeHead(200, { 'content-type': wire === 'ollama' ? 'application/x-ndjson' : 'text/event-stream' });
  answered(await answer(response, wires[wire]));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const at = (wire) => `http://127.0.0.1:${server.address().port}/${wire}`;

const messages = [{ role: 'user', content: 'x' }];
const params = { model: 'm', messages, stream: true };
const google = () => new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: at('google') } });
const readers = {
  openai: () => new OpenAI({ apiKey: 'none', baseURL: at('openai') }).chat.completions.create(params),
  'cohere-ai': () => new CohereClientV2({ token: 'none', environment: at('cohere') }).chatStream({ model: 'm', messages }),
  '@mistralai/mistralai': () => new Mistral({ apiKey: 'none', serverURL: at('openai') }).chat.stream({ model: 'm', messages }),
  '@openrouter/sdk': () => new OpenRouter({ apiKey: 'none', serverURL: at('openai') }).chat.send({ chatRequest: params }),
  '@langchain/openai': () => new ChatOpenAI({ model: 'm', apiKey: 'none', configuration: { baseURL: at('openai') } }).stream('x'),
  '@google/genai': () => google().models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'x' }),
  ollama: () => new Ollama({ host: at('ollama') }).chat(params),
  '@huggingface/inference': () => new InferenceClient('hf_none', { endpointUrl: at('openai') }).chatCompletionStream({ model: 'm', messages }),
  'fetch-event-stream': () => fetchEvents(at('openai'), { method: 'POST', body: '{}' }),
  '@langchain/google-genai': () => new ChatGoogleGenerativeAI({ model: 'gemini-2.5-flash', apiKey: 'none', baseUrl: at('google') }).stream('x'),
  '@langchain/ollama': () => new ChatOllama({ model: 'm', baseUrl: at('ollama') }).stream('x'),
  ai: () => streamText({ model: createOpenAICompatible({ name: 'p', apiKey: 'none', baseURL: at('openai') })('m'), prompt: 'x' }).textStream,
};
const hangsUp = {};
for (const [name, read] of Object.entries(readers)) {
  const end = new Promise((resolve) => (answered = resolve));
  let taken = 0;
  for await (const _ of await read()) if (++taken === 3) break;
  const said = await end;
  hangsUp[name] = said < words;
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
  console.log(`${name} ${version}: left after ${taken}, the model said ${said} words of ${words}`);
}
server.closeAllConnections();
server.close();
const isExpected = Object.entries(hangsUp).every(([name, hangs], index) => hangs === index < 5);
process.exit(isExpected ? 0 : 1);
JS
node seen.mjs
