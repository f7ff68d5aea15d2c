#!/usr/bin/env bash
# One expects: a tool of an MCP server that takes one of two shapes, told apart by a constant, can be called with either, and a parameter
# that Python's servers tell as `anyOf` of a type and null keeps its type.
# What happens: LangChain's MCP adapter rewrites `oneOf` and `anyOf` for the model: the properties of all shapes are laid over each other,
# so that of `kind` only the last constant is left. The model is not told of the other shape, and a call with it, which the server takes,
# is refused before it is sent. An optional integer has no type at all any more, so that "ten" passes; an optional object is no longer
# allowed the null that is its own default; and a parameter called `definitions` is left out. The AI SDK hands the schema on as it is.
# Seen with @langchain/mcp-adapters 1.1.4, @langchain/core 1.4.0, @ai-sdk/mcp 2.0.99, @modelcontextprotocol/sdk 1.32.2 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0 \
  @langchain/langgraph@1.7.3 @modelcontextprotocol/sdk@1.32.2 @ai-sdk/mcp@2.0.99 ai@7.0.173 zod@4.6.7
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createMCPClient } from '@ai-sdk/mcp';
import { loadMcpTools } from '@langchain/mcp-adapters';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const shape = (kind, property) => ({ type: 'object', properties: { kind: { const: kind }, [property]: { type: 'string' } }, required: ['kind', property] });
const orNull = (schema) => ({ anyOf: [schema, { type: 'null' }], default: null });
const inputSchema = {
  type: 'object',
  properties: {
    source: { oneOf: [shape('file', 'path'), shape('web', 'url')] },
    limit: orNull({ type: 'integer' }),
    since: orNull({ type: 'object', properties: { day: { type: 'string' } }, required: ['day'] }),
    definitions: { type: 'boolean' },
  },
  required: ['source'],
};
const served = async () => {
  const server = new Server({ name: 's', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: [{ name: 'read', inputSchema }] }));
  server.setRequestHandler(CallToolRequestSchema, async () => ({ content: [{ type: 'text', text: 'taken' }] }));
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  return near;
};
const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
console.log(['@langchain/mcp-adapters', '@langchain/core', '@ai-sdk/mcp', '@modelcontextprotocol/sdk'].map((name) => `${name} ${versionOf(name)}`).join(', '));

const client = new Client({ name: 'c', version: '1' });
await client.connect(await served());
const [adapted] = await loadMcpTools('s', client);
const { read } = await (await createMCPClient({ transport: await served() })).tools();
const toldByAiSdk = (await read.inputSchema.jsonSchema).properties;
const told = adapted.schema.properties;
console.log(`the server says: ${JSON.stringify(inputSchema.properties)}`);
console.log(`LangChain tells the model: ${JSON.stringify(told)}`);
console.log(`the AI SDK tells it as it is: ${JSON.stringify(toldByAiSdk) === JSON.stringify(inputSchema.properties)}`);

const seen = [];
const web = { kind: 'web', url: 'https://example.com' };
for (const args of [{ source: web }, { source: { kind: 'file', path: 'a.txt' } }, { source: web, since: null }, { source: web, limit: 'ten' }]) {
  const own = (await client.callTool({ name: 'read', arguments: args })).content[0].text;
  const called = await adapted.invoke({ type: 'tool_call', id: '1', name: 'read', args }).then(({ content }) => content, ({ message }) => message);
  const bySdk = (await read.execute(args, { toolCallId: '1', messages: [] })).content[0].text;
  seen.push(called === 'taken');
  console.log(`${JSON.stringify(args)}: the server: ${own}; the AI SDK: ${bySdk}; LangChain: ${called}`);
}
const isLost = told.source.properties.kind.const === 'web' && !('type' in told.limit) && !('definitions' in told);
process.exit(isLost && 'oneOf' in toldByAiSdk.source && seen.join() === 'true,false,false,true' ? 0 : 1);
JS
node seen.mjs
