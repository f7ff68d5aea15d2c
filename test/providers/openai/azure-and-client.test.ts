import { AzureOpenAI, OpenAI } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatChunk, ChatCompletion } from '../../../src/core/chat.ts';
import type { Operation } from '../../../src/core/operation.ts';
import { vendors } from '../../../src/providers/open-ai-wire-provider.ts';
import { openaiClientProvider } from '../../../src/providers/openai-client.ts';
import type { Vendor } from '../../../src/providers/vendor.ts';
import { bodyOf, collect, contextOf, providerAt, requestOf, transport, Upstream } from './replay.ts';

const upstream = new Upstream();
let origin = '';
beforeAll(async () => {
  origin = await upstream.listen();
});
afterAll(async () => {
  await transport.close(true);
  await upstream.close();
});

const ANSWER = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi', refusal: null }, finish_reason: 'stop', logprobs: null }],
};
const CHUNKS = [
  'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"hi"},"finish_reason":null}]}\n\n',
  'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\n\n',
  'data: [DONE]\n\n',
];
const params = { model: 'fast', messages: [{ role: 'user', content: 'hello' }] };
const vendor = (type: string) => vendors.get(type) as Vendor;
const last = () => upstream.received.at(-1);

describe('Azure', () => {
  it.each<[string, string | undefined, Operation, string]>([
    ['', '2024-10-21', 'chat', '/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21'],
    ['', undefined, 'chat', '/openai/v1/chat/completions'],
    ['', 'v1', 'embeddings', '/openai/v1/embeddings'],
    ['', 'preview', 'responses', '/openai/v1/responses?api-version=preview'],
    ['', '2025-03-01-preview', 'responses', '/openai/responses?api-version=2025-03-01-preview'],
    ['/openai', '2024-10-21', 'embeddings', '/openai/deployments/my%20gpt/embeddings?api-version=2024-10-21'],
    ['/openai/v1', undefined, 'chat', '/openai/v1/chat/completions'],
    ['/models', '2024-05-01-preview', 'chat', '/models/chat/completions?api-version=2024-05-01-preview'],
  ])('at %j with version %s sends %s to %s', async (basePath, apiVersion, operation, path) => {
    upstream.answerJson(
      operation === 'embeddings' ? { data: [{ embedding: [1] }] } : operation === 'responses' ? { output: [] } : ANSWER,
    );
    const provider = providerAt(origin, 'azure', { basePath, apiVersion });
    await provider.send(requestOf(operation, params, { upstreamModel: 'my gpt' }), contextOf('0123456789abcdef'));
    expect(last()?.path).toBe(path);
    expect(last()?.headers['api-key']).toBe('0123456789abcdef');
  });

  it('sends a token as a bearer', async () => {
    upstream.answerJson(ANSWER);
    await providerAt(origin, 'azure').send(requestOf('chat', params), contextOf('eyJhbGciOi.eyJzdWIi.c2ln'));
    expect(last()?.headers).toMatchObject({ authorization: 'Bearer eyJhbGciOi.eyJzdWIi.c2ln' });
    expect(last()?.headers).not.toHaveProperty('api-key');
  });

  it('refuses content by its own code', async () => {
    upstream.answerJson(
      { error: { code: 'content_filter', message: 'filtered', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
      400,
    );
    const provider = providerAt(origin, 'azure');
    const failure = await provider
      .send(requestOf('chat', params), contextOf('k'))
      .catch((error: unknown) => provider.classify(error));
    expect(failure).toMatchObject({ kind: 'content-refused', code: 'content_filter', status: 400 });
  });
});

describe('other operations over HTTP', () => {
  it('gives speech as bytes, a transcript as JSON or text', async () => {
    upstream.answer({ headers: { 'content-type': 'audio/mpeg' }, pieces: [new Uint8Array([1, 2, 3])] });
    const speech = await providerAt(origin, 'openai').send(
      requestOf('audio.speech', { input: 'hi', voice: 'alloy' }),
      contextOf('k'),
    );
    expect([...((await bodyOf(speech)) as Uint8Array)]).toEqual([1, 2, 3]);
    const form = new FormData();
    form.set('file', new Blob(['abc']), 'a.wav');
    upstream.answerJson({ text: 'hi' });
    const transcript = await providerAt(origin, 'openai').send(
      requestOf('audio.transcription', {}, { form, upstreamModel: 'whisper-1' }),
      contextOf('k'),
    );
    expect(await bodyOf(transcript)).toEqual({ text: 'hi' });
    expect(last()?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(last()?.body.toString()).toContain('whisper-1');
    upstream.answer({ headers: { 'content-type': 'text/plain' }, pieces: ['1\n00:00'] });
    expect((await providerAt(origin, 'openai').send(requestOf('audio.transcription', {}, { form }), contextOf('k'))).kind).toBe(
      'bytes',
    );
  });

  it('takes a page where an answer should be for an invalid response', async () => {
    const provider = providerAt(origin, 'openai');
    upstream.answer({ headers: { 'content-type': 'text/html' }, pieces: ['<html>log in</html>'] });
    const failure = await provider
      .send(requestOf('chat', params), contextOf('k'))
      .catch((error: unknown) => provider.classify(error));
    expect(failure).toMatchObject({ kind: 'invalid-response', status: 200 });
    expect((failure as { code: string }).code).not.toBe('');
  });
});

describe('a client of the user', () => {
  const clientAt = (url: string) => new OpenAI({ apiKey: 'user-key', baseURL: url, maxRetries: 5 });

  it('answers through its own address and credentials', async () => {
    upstream.answerJson(ANSWER);
    const provider = openaiClientProvider('mine', vendor('openai'), clientAt(`${origin}/v1`));
    const reply = await provider.send(requestOf('chat', params, { headers: { 'x-mine': '1' } }), contextOf());
    expect(((await bodyOf(reply)) as ChatCompletion).choices[0]?.native_finish_reason).toBe('stop');
    expect(last()).toMatchObject({ path: '/v1/chat/completions', headers: { authorization: 'Bearer user-key', 'x-mine': '1' } });
    expect(JSON.parse(String(last()?.body))).toMatchObject({ model: 'upstream-model' });
  });

  it('streams with the same repairs, and asks for usage', async () => {
    upstream.answerEvents(...CHUNKS);
    const provider = openaiClientProvider('mine', vendor('openai'), clientAt(origin));
    const reply = await provider.send(requestOf('chat', params, { stream: true }), contextOf());
    const chunks = (await bodyOf(reply)) as ChatChunk[];
    expect(chunks.map((chunk) => chunk.choices.length)).toEqual([1, 1, 0]);
    expect(JSON.parse(String(last()?.body))).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it('sends once, and its errors are classified like any other', async () => {
    const provider = openaiClientProvider('mine', vendor('openai'), clientAt(origin));
    const before = upstream.received.length;
    upstream.answerJson({ error: { message: 'slow down', code: 'rate_limit_exceeded', type: 'requests' } }, 429, {
      'retry-after': '3',
    });
    const failure = await provider
      .send(requestOf('chat', params), contextOf())
      .catch((error: unknown) => provider.classify(error));
    expect(failure).toMatchObject({
      kind: 'rate-limited',
      code: 'rate_limit_exceeded',
      status: 429,
      retryAfterMs: 3000,
      message: 'slow down',
    });
    expect(upstream.received.length).toBe(before + 1);
  });

  it('tells a refused connection and an error inside a stream', async () => {
    const closed = new Upstream();
    const nowhere = await closed.listen();
    await closed.close();
    const away = openaiClientProvider('away', vendor('openai'), clientAt(nowhere));
    const refused = await away.send(requestOf('chat', params), contextOf()).catch((error: unknown) => away.classify(error));
    expect(refused).toMatchObject({ kind: 'transient', reachedProvider: false });
    upstream.answerEvents(CHUNKS[0] ?? '', 'data: {"error":{"message":"gone","code":"server_overloaded"}}\n\n');
    const provider = openaiClientProvider('mine', vendor('openai'), clientAt(origin));
    const reply = await provider.send(requestOf('chat', params, { stream: true }), contextOf());
    if (reply.kind !== 'stream') throw new Error('no stream');
    const failure = await collect(reply.items).catch((error: unknown) => provider.classify(error));
    expect(failure).toMatchObject({ kind: 'overloaded', code: 'server_overloaded' });
  });

  it('lets an AzureOpenAI client choose its own path', async () => {
    upstream.answerJson(ANSWER);
    const client = new AzureOpenAI({ apiKey: 'azure-key', baseURL: `${origin}/openai`, apiVersion: '2024-10-21' });
    const provider = openaiClientProvider('azure', vendor('azure'), client);
    await provider.send(requestOf('chat', params, { upstreamModel: 'my-gpt' }), contextOf());
    expect(last()).toMatchObject({
      path: '/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21',
      headers: { 'api-key': 'azure-key' },
    });
  });
});
