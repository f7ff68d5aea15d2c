#!/usr/bin/env bash
# One expects: the packages that read a vendor's usage know what the vendor counts apart: Gemini its thinking and what a tool brought
# in, xAI its reasoning, Cohere the tokens of images. All of it is billed and in the vendor's total.
# What happens: they read the main count alone. LangChain's packages for Gemini and for xAI report 14 and 2 output tokens of 290 and 322,
# the AI SDK's for Cohere 34 input tokens of 293 (Cohere itself bills 267), its generic one for xAI 2 output tokens of which 320 are
# reasoning. LangChain's own totals, 810 and 334, have all of it. The AI SDK's package for Gemini reads the same answer as 520 and 290.
# Seen with @langchain/google-genai 2.3.2, @langchain/xai 1.4.15, @ai-sdk/google 4.0.121, @ai-sdk/cohere 4.0.52,
# @ai-sdk/openai-compatible 3.0.92 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @langchain/core@1.4.0 @langchain/google-genai@2.3.2 \
  @langchain/xai@1.4.15 @ai-sdk/google@4.0.121 @ai-sdk/cohere@4.0.52 @ai-sdk/openai-compatible@3.0.92 zod@4.6.7
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createCohere } from '@ai-sdk/cohere';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';
import { ChatXAI } from '@langchain/xai';

const answers = {
  google: { candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: [{ text: 'Hi' }] } }],
    usageMetadata: { promptTokenCount: 20, toolUsePromptTokenCount: 500, candidatesTokenCount: 14, thoughtsTokenCount: 276, totalTokenCount: 810 } },
  xai: { id: 'c', object: 'chat.completion', created: 1, model: 'grok', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
    usage: { prompt_tokens: 12, completion_tokens: 2, total_tokens: 334, completion_tokens_details: { reasoning_tokens: 320 } } },
  cohere: { id: 'c', message: { role: 'assistant', content: [{ type: 'text', text: 'A ruby.' }] }, finish_reason: 'COMPLETE',
    usage: { billed_units: { input_tokens: 267, output_tokens: 66 }, tokens: { input_tokens: 34, image_tokens: 259, output_tokens: 70 } } },
};
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[request.url.split('/')[1]]));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const at = (vendor) => `http://127.0.0.1:${server.address().port}/${vendor}`;

const langchain = async (model) => {
  const { input_tokens, output_tokens, total_tokens } = (await model.invoke('x')).usage_metadata;
  return [input_tokens, output_tokens, total_tokens];
};
const aiSdk = async (model) => {
  const { inputTokens, outputTokens } = (await model.doGenerate({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] })).usage;
  return [inputTokens.total, outputTokens.total, undefined, outputTokens.reasoning];
};
const readers = {
  'Gemini @langchain/google-genai': () => langchain(new ChatGoogleGenerativeAI({ model: 'gemini-2.5-flash', apiKey: 'none', baseUrl: at('google'), maxRetries: 0 })),
  'Gemini @ai-sdk/google': () => aiSdk(createGoogleGenerativeAI({ apiKey: 'none', baseURL: at('google') })('gemini-2.5-flash')),
  'xAI @langchain/xai': () => langchain(new ChatXAI({ model: 'grok-3', apiKey: 'none', baseURL: at('xai'), maxRetries: 0 })),
  'xAI @ai-sdk/openai-compatible': () => aiSdk(createOpenAICompatible({ name: 'xai', apiKey: 'none', baseURL: at('xai') })('grok-3')),
  'Cohere @ai-sdk/cohere': () => aiSdk(createCohere({ apiKey: 'none', baseURL: at('cohere') })('command-a-vision')),
};
for (const [vendor, { usage, usageMetadata }] of Object.entries(answers)) console.log(`${vendor} tells ${JSON.stringify(usage ?? usageMetadata)}`);
const seen = [];
for (const [name, read] of Object.entries(readers)) {
  const [input, output, total, reasoning] = await read();
  const { version } = JSON.parse(readFileSync(`node_modules/${name.split(' ')[1]}/package.json`, 'utf8'));
  seen.push(`${input}/${output}`);
  console.log(`${name} ${version}: ${input} in, ${output} out${reasoning ? ` (${reasoning} of them reasoning)` : ''}${total ? `, total ${total}` : ''}`);
}
server.closeAllConnections();
server.close();
process.exitCode = seen.join(' ') === '20/14 520/290 12/2 12/2 34/70' ? 0 : 1;
JS
node seen.mjs
