/**
 * Mounts the handler of the packed package as docs/handler.md says, its very lines, in `node:http`, Hono, Express and
 * Fastify, and tries each as a client: `npm run try:mounts`, with names to try only some. Packages come from the registry.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Sandbox } from './packed.ts';

const page = readFileSync(new URL('../docs/handler.md', import.meta.url), 'utf8');

/** The block of the page that contains a text. */
function block(containing: string): string {
  const blocks = [...page.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  const found = blocks.filter((code) => code.includes(containing));
  if (found.length !== 1) throw new Error(`docs/handler.md has ${found.length} blocks with ${containing}`);
  return found[0] ?? '';
}

const serve = block('async function serve(');
const [serveAlone = ''] = serve.split('\ncreateServer(');
const GATEWAY = "import { gateway } from './gateway.js';\n";
const TELL = (server: string) => `console.log('http://localhost:' + ${server}.address().port);\n`;

/** Source of a server, and below what its paths begin. */
const MOUNTS: Readonly<Record<string, { readonly source: string; readonly prefix: string }>> = {
  'node:http': {
    source: `${GATEWAY}${serve.replace(/^createServer\(/m, 'const server = createServer(').replace('.listen(8080)', '.listen(0)')}
server.once('listening', () => {
${TELL('server')}});
`,
    prefix: '/any/where',
  },
  hono: {
    source: `${GATEWAY}import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();
${block('// Hono')}
const server = serve({ fetch: app.fetch, port: 0 }, () => {
${TELL('server')}});
`,
    prefix: '',
  },
  express: {
    source: `${GATEWAY}import express from 'express';
${serveAlone}
const app = express();
${block('// Express')}
app.use(express.json());
const server = app.listen(0, () => {
${TELL('server')}});
`,
    prefix: '/llm',
  },
  fastify: {
    source: `${GATEWAY}import Fastify from 'fastify';
${serveAlone}
const fastify = Fastify();
${block('// Fastify')}
await fastify.listen({ port: 0 });
${TELL('fastify.server')}`,
    prefix: '/llm',
  },
};

const GATEWAY_SOURCE = (baseURL: string) => `import { Gateway } from 'tollgate';

export const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', apiKey: 'none', baseURL: '${baseURL}' } },
  models: { fast: ['lab/small'] },
  handler: { maxRequestBytes: 100000 },
});
`;

const CHUNK = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'small', choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] })}\n\n`;
const END = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'small', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;
const ANSWER = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'small',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello', refusal: null }, finish_reason: 'stop', logprobs: null }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
};

/** Answers by what the body asks for; one that says `wait` gets the first piece of a stream, or nothing, and no end. */
const upstream = createServer(async (incoming, outgoing) => {
  let body = '';
  for await (const chunk of incoming.setEncoding('latin1')) body += chunk;
  outgoing.once('close', () => upstream.emit('left', outgoing.writableFinished));
  if (incoming.url?.endsWith('/audio/transcriptions')) {
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ text: `heard ${body.length > 200_000}` }));
    return;
  }
  const waits = body.includes('wait');
  if (body.includes('"stream":true')) {
    outgoing.setHeader('content-type', 'text/event-stream').write(CHUNK('hel'));
    if (!waits) outgoing.end(CHUNK('lo') + END);
    return;
  }
  if (waits) upstream.emit('asked');
  else outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWER));
});

const json = (content: string, more: object = {}) =>
  JSON.stringify({ model: 'fast', messages: [{ role: 'user', content }], ...more });

function post(url: string, body: string | FormData, signal?: AbortSignal): Promise<Response> {
  const headers = typeof body === 'string' ? { 'content-type': 'application/json' } : undefined;
  return fetch(url, { method: 'POST', body, ...(headers && { headers }), ...(signal && { signal }) });
}

/** What a client tries; each throws with what was wrong. */
const TRIALS: Readonly<Record<string, (base: string) => Promise<void>>> = {
  async chat(base) {
    const answer = await post(`${base}/v1/chat/completions`, json('hello?'));
    expect(answer.status === 200 && (await answer.text()).includes('"hello"'), `a chat: ${answer.status}`);
  },
  async stream(base) {
    const answer = await post(`${base}/v1/chat/completions`, json('hello?', { stream: true }));
    const text = await answer.text();
    expect(text.includes('"hel"') && text.includes('"lo"') && text.endsWith('data: [DONE]\n\n'), `a stream: ${text}`);
  },
  async upload(base) {
    const form = new FormData();
    form.set('model', 'fast');
    form.set('file', new File(['x'.repeat(300_000)], 'a.wav'));
    const answer = await post(`${base}/v1/audio/transcriptions`, form);
    const text = await answer.text();
    expect(text.includes('heard true'), `an upload: ${answer.status} ${text}`);
  },
  async 'leave before an answer'(base) {
    const left = new AbortController();
    const asked = once(upstream, 'asked');
    const gone = once(upstream, 'left');
    const answer = post(`${base}/v1/chat/completions`, json('wait'), left.signal).catch(() => undefined);
    await asked;
    left.abort();
    await answer;
    await within(gone, 'the provider was not told that the client has left');
  },
  async 'leave a stream'(base) {
    const left = new AbortController();
    const gone = once(upstream, 'left');
    const answer = await post(`${base}/v1/chat/completions`, json('wait', { stream: true }), left.signal);
    const first = await answer.body?.getReader().read();
    expect(Buffer.from(first?.value ?? []).includes('"hel"'), 'the first piece of a stream was held back');
    left.abort();
    const [finished] = await within(gone, 'the provider was not told that the reader has left');
    expect(finished === false, 'the stream had an end');
  },
  async 'too large'(base) {
    const answer = await post(`${base}/v1/chat/completions`, json('x'.repeat(200_000)));
    expect(answer.status === 413 && (await answer.text()).includes('request_too_large'), `a large body: ${answer.status}`);
  },
  async 'too large by its length'(base) {
    const outgoing = request(`${base}/v1/chat/completions`, { method: 'POST', headers: { 'content-length': 10_000_000 } });
    outgoing.on('error', () => {});
    outgoing.write('{');
    const [answer] = await within(once(outgoing, 'response'), 'no answer to a length that is too large');
    expect(answer.statusCode === 413, `a large length: ${answer.statusCode}`);
    outgoing.destroy();
  },
  async 'a path that is none'(base) {
    const answer = await fetch(`${base}/v1/nothing`);
    expect(answer.status === 404, `a path that is none: ${answer.status}`);
  },
  async models(base) {
    const answer = await fetch(`${base}/v1/models`);
    expect((await answer.text()).includes('"fast"'), `the models: ${answer.status}`);
  },
};

const sandbox = new Sandbox();
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
const asked = process.argv.slice(2);
let failed = 0;
try {
  console.log('packing and installing');
  sandbox.install('hono@4', '@hono/node-server', 'express@5', 'fastify@5');
  sandbox.write('gateway.js', GATEWAY_SOURCE(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`));
  for (const [name, mount] of Object.entries(MOUNTS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const problems = await tried(name, mount);
    if (problems.length > 0) failed += 1;
    console.log(`${name}: ${problems.length === 0 ? `answers (${Object.keys(TRIALS).join(', ')})` : problems.join('; ')}`);
  }
} finally {
  upstream.close().closeAllConnections();
  sandbox.remove();
}
process.exitCode = failed === 0 ? 0 : 1;

async function tried(name: string, { source, prefix }: { source: string; prefix: string }): Promise<string[]> {
  const file = `${name.replace(':', '-')}.ts`;
  sandbox.write(file, source);
  const server = await sandbox.serve('node', [file]);
  const problems: string[] = [];
  try {
    for (const [trial, attempt] of Object.entries(TRIALS))
      await attempt(server.origin + prefix).catch((error: Error) => problems.push(`${trial}: ${error.message}`));
  } finally {
    server.stop();
  }
  return problems;
}

function expect(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}

/** Waits, but not for ever. */
function within<T>(event: Promise<T>, otherwise: string): Promise<T> {
  return Promise.race([event, new Promise<never>((_, reject) => setTimeout(() => reject(new Error(otherwise)), 10_000).unref())]);
}
