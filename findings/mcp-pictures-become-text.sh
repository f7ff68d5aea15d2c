#!/usr/bin/env bash
# One expects: a picture that a tool of an MCP server gives back, as a screenshot, reaches the model as a picture, or there is an error or a
# warning where the vendor's wire has no place for one.
# What happens: over chat completions the AI SDK writes the picture's base64 into the text of the tool's result, for OpenAI, compatible
# hosts, Mistral and Groq alike: 48 kB, a few hundred tokens as a picture, are 44,837 tokens of text in that request and in each that
# follows, and the model sees nothing. OpenAI's agents leave the picture out at the same place. Neither says a word. Over the Responses API
# and over Anthropic's wire the same tool's picture is a picture.
# Seen with ai 7.0.173, @ai-sdk/mcp 2.0.99, @ai-sdk/openai 4.0.118, @ai-sdk/openai-compatible 3.0.92, @ai-sdk/mistral 4.0.87,
# @ai-sdk/groq 4.0.84, @ai-sdk/anthropic 4.0.105, @openai/agents 0.20.0 on 2026-11-29; tokens are counted by gpt-tokenizer 4.0.0.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps ai@7.0.173 @ai-sdk/mcp@2.0.99 @ai-sdk/openai@4.0.118 \
  @ai-sdk/openai-compatible@3.0.92 @ai-sdk/mistral@4.0.87 @ai-sdk/groq@4.0.84 @ai-sdk/anthropic@4.0.105 @openai/agents@0.20.0 \
  openai@7.59.0 @modelcontextprotocol/sdk@1.32.2 gpt-tokenizer@4.0.0 zod@4.6.7
cat > server.mjs <<'JS'
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

// A PNG of 128 by 128 coloured points.
const side = 128;
const noise = (row) => Buffer.concat(Array.from({ length: side / 8 }, (_, part) => createHash('sha256').update(`${row} ${part}`).digest().subarray(0, 24)));
const rows = Array.from({ length: side }, (_, row) => Buffer.concat([Buffer.from([0]), noise(row)]));
const chunk = (type, data) => {
  const named = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
};
const head = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0]);
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]);

const server = new Server({ name: 'screen', version: '1' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: [{ name: 'look', inputSchema: { type: 'object', properties: {} } }] }));
const content = [{ type: 'text', text: 'The screen:' }, { type: 'image', data: png.toString('base64'), mimeType: 'image/png' }];
server.setRequestHandler(CallToolRequestSchema, async () => ({ content }));
await server.connect(new StdioServerTransport());
JS
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGroq } from '@ai-sdk/groq';
import { createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as Stdio } from '@ai-sdk/mcp/mcp-stdio';
import { createMistral } from '@ai-sdk/mistral';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent, MCPServerStdio, OpenAIChatCompletionsModel, OpenAIResponsesModel, run, setTracingDisabled } from '@openai/agents';
import { generateText, isStepCount } from 'ai';
import { countTokens } from 'gpt-tokenizer/model/gpt-4o';
import OpenAI from 'openai';

const png = 'iVBORw0KGgo';
const wires = {
  responses: {
    call: { output: [{ type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{}', status: 'completed' }] },
    text: { output: [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'Seen.', annotations: [] }] }] },
    rest: { id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model: 'm', usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2, input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } } },
    resultOf: ({ input }) => input.find(({ type }) => type === 'function_call_output').output,
  },
  messages: {
    call: { content: [{ type: 'tool_use', id: 'call_1', name: 'look', input: {} }], stop_reason: 'tool_use' },
    text: { content: [{ type: 'text', text: 'Seen.' }], stop_reason: 'end_turn' },
    rest: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } },
    resultOf: ({ messages }) => messages.at(-1).content[0].content,
  },
  completions: {
    call: { choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: [{ id: 'abcdefghi', type: 'function', function: { name: 'look', arguments: '{}' } }] } }] },
    text: { choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Seen.' } }] },
    rest: { id: 'c', object: 'chat.completion', created: 1, model: 'm', usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } },
    resultOf: ({ messages }) => messages.find(({ role }) => role === 'tool').content,
  },
};
let result;
let asked = 0;
const fetch = async (url, { body }) => {
  const { call, text, rest, resultOf } = wires[String(url).split('/').at(-1)];
  const isFirst = ++asked % 2 === 1;
  if (!isFirst) result = resultOf(JSON.parse(body));
  return Response.json({ ...rest, ...(isFirst ? call : text) });
};
const settings = { apiKey: 'none', baseURL: 'http://127.0.0.1', fetch };
const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['ai', '@ai-sdk/mcp', '@openai/agents', 'gpt-tokenizer'].map((name) => `${name} ${versionOf(name)}`).join(', '));
const seen = [];
const note = (name) => {
  const parts = Array.isArray(result) ? result : [{ type: 'text', text: result }];
  const texts = parts.filter(({ type }) => type.endsWith('text'));
  const written = texts.map(({ text }) => text).join('');
  const hasPicture = parts.length > texts.length;
  seen.push(hasPicture ? 'picture' : written.includes(png) ? 'text' : 'nothing');
  console.log(`${name}: ${countTokens(written)} tokens of text, which begins ${JSON.stringify(written.slice(0, 110))}; as a picture: ${hasPicture}`);
};

const mcp = await createMCPClient({ transport: new Stdio({ command: process.execPath, args: ['server.mjs'] }) });
const tools = await mcp.tools();
const models = {
  'AI SDK, @ai-sdk/openai, chat': createOpenAI(settings).chat('gpt-4.1'),
  'AI SDK, @ai-sdk/openai-compatible': createOpenAICompatible({ ...settings, name: 'p' })('m'),
  'AI SDK, @ai-sdk/mistral': createMistral(settings)('mistral-medium-latest'),
  'AI SDK, @ai-sdk/groq': createGroq(settings)('m'),
  'AI SDK, @ai-sdk/openai, responses': createOpenAI(settings).responses('gpt-4.1'),
  'AI SDK, @ai-sdk/anthropic': createAnthropic(settings)('claude-sonnet-4-6'),
};
for (const [name, model] of Object.entries(models)) {
  const { warnings } = await generateText({ model, prompt: 'x', tools, stopWhen: isStepCount(3), maxOutputTokens: 100 });
  note(`${name}, ${warnings?.length ?? 0} warnings`);
}
await mcp.close();

setTracingDisabled(true);
const screen = new MCPServerStdio({ name: 'screen', command: process.execPath, args: ['server.mjs'] });
await screen.connect();
const client = new OpenAI({ ...settings, maxRetries: 0 });
for (const Model of [OpenAIChatCompletionsModel, OpenAIResponsesModel]) {
  await run(new Agent({ name: 'a', instructions: 'x', model: new Model(client, 'gpt-4.1'), mcpServers: [screen] }), 'x');
  note(`OpenAI's agents, ${Model.name}`);
}
await screen.close();
process.exit(seen.join() === 'text,text,text,text,picture,picture,nothing,picture' ? 0 : 1);
JS
node seen.mjs
