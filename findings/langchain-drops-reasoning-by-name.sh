#!/usr/bin/env bash
# One expects: `reasoning: { effort: 'high' }`, which is asked of ChatOpenAI in so many words, is in the request, whatever the model is
# called; a gateway, Azure and fine tuning all have names of their own for the same models.
# What happens: LangChain looks at the name. For one that does not begin as OpenAI's reasoning models do the option is left out of
# the request, in chats and in the Responses API, and nothing is said: `gpt-5-mini` is asked to think, `fast` is not, at the same address.
# Seen with @langchain/openai 1.6.0, @langchain/core 1.4.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @langchain/openai@1.6.0 @langchain/core@1.4.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { ChatOpenAI } from '@langchain/openai';

let sent;
const chat = { id: 'c', object: 'chat.completion', created: 1, model: 'm', usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } }] };
const response = { id: 'r', object: 'response', created_at: 1, status: 'completed', model: 'm', parallel_tool_calls: true, tools: [],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2, input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
  output: [{ id: 'o', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'Hello.', annotations: [] }] }] };
const server = createServer(async (request, answer) => {
  let body = '';
  for await (const piece of request) body += piece;
  sent = JSON.parse(body);
  answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(request.url.endsWith('/responses') ? response : chat));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const configuration = { baseURL: `http://127.0.0.1:${server.address().port}/v1` };
const seen = [];
for (const useResponsesApi of [false, true]) {
  for (const model of ['gpt-5-mini', 'fast', 'my-gpt-5-mini']) {
    await new ChatOpenAI({ model, apiKey: 'none', configuration, useResponsesApi, maxRetries: 0, reasoning: { effort: 'high' } }).invoke('Hi');
    const effort = sent.reasoning?.effort ?? sent.reasoning_effort ?? 'none';
    console.log(`${useResponsesApi ? 'responses' : 'chat'}, ${model}: effort ${effort}`);
    seen.push(effort);
  }
}
server.close();
const { version } = JSON.parse(readFileSync('node_modules/@langchain/openai/package.json', 'utf8'));
console.log(`@langchain/openai ${version}`);
process.exitCode = seen.join() === 'high,none,none,high,none,none' ? 0 : 1;
JS
node seen.mjs
