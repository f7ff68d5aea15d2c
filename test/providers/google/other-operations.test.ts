import { describe, expect, it } from 'vitest';
import { expectSchema, type Kind, upstream } from './replay.ts';

const vector = [0.25, -1, 0.5];

describe('embeddings', () => {
  it.each<[Kind, string, string, object, object]>([
    [
      'google',
      'gemini-embedding-001',
      '/v1beta/models/gemini-embedding-001:batchEmbedContents',
      {
        requests: ['one', 'two'].map((text) => ({
          model: 'models/gemini-embedding-001',
          content: { parts: [{ text }] },
          taskType: 'RETRIEVAL_QUERY',
          outputDimensionality: 3,
        })),
      },
      { embeddings: [{ values: vector }, { values: vector }] },
    ],
    [
      'vertex',
      'text-embedding-005',
      '/v1/projects/test-project/locations/us-east5/publishers/google/models/text-embedding-005:predict',
      {
        instances: ['one', 'two'].map((content) => ({ content, task_type: 'RETRIEVAL_QUERY' })),
        parameters: { outputDimensionality: 3 },
      },
      { predictions: [1, 1].map(() => ({ embeddings: { values: vector, statistics: { token_count: 1 } } })) },
    ],
  ])('are asked of %s in one request', async (kind, upstreamModel, path, body, answer) => {
    const { send, server, sent } = await upstream(kind, (exchange) =>
      exchange.answer(200, answer, { 'content-type': 'application/json' }),
    );
    const params = { input: ['one', 'two'], dimensions: 3, taskType: 'RETRIEVAL_QUERY' };
    const reply = await send({ operation: 'embeddings', upstreamModel, params });
    expect(server.requests[0]?.path).toBe(path);
    expect(sent()).toEqual(body);
    expect(reply).toMatchObject({
      body: { data: [{ embedding: vector, index: 0 }, { index: 1 }] },
    });
  });

  it('come as little-endian floats where base64 is asked for, with the usage that was reported', async () => {
    const answer = { embedding: { values: vector }, usageMetadata: { promptTokenCount: 9 } };
    const { send, server } = await upstream('vertex', (exchange) =>
      exchange.answer(200, answer, { 'content-type': 'application/json' }),
    );
    const params = { input: 'one', encoding_format: 'base64' };
    const reply = await send({ operation: 'embeddings', upstreamModel: 'gemini-embedding-2', params });
    expect(server.requests[0]?.path).toMatch(/gemini-embedding-2:embedContent$/);
    const body = (reply as { body: { data: { embedding: string }[]; usage: object } }).body;
    const bytes = Buffer.from(body.data[0]?.embedding ?? '', 'base64');
    expect([0, 4, 8].map((offset) => bytes.readFloatLE(offset))).toEqual(vector);
    expect(body.usage).toEqual({ prompt_tokens: 9, total_tokens: 9 });
  });

  it('can not be asked for of tokens', async () => {
    const google = await upstream('google', () => {});
    const unsupported = (of: typeof google, upstreamModel: string, params: Record<string, unknown>) =>
      of.provider.unsupported({ operation: 'embeddings', upstreamModel, params, stream: false });
    expect(unsupported(google, 'gemini-embedding-001', { model: 'm', input: [[1, 2]], other: 1 })).toEqual(['other', 'input']);
    expect(
      unsupported(google, 'gemini-embedding-001', { model: 'm', input: ['a', 'b'], encoding_format: 'float', user: 'u' }),
    ).toEqual([]);
  });

  it('that are missing are no answer', async () => {
    const { send, provider } = await upstream('google', (exchange) =>
      exchange.answer(200, {}, { 'content-type': 'application/json' }),
    );
    const error = await send({ operation: 'embeddings', params: { input: 'a' } }).catch((thrown: unknown) => thrown);
    expect(provider.classify(error).kind).toBe('invalid-response');
  });
});

describe('images', () => {
  const image = { bytesBase64Encoded: 'AAAA', mimeType: 'image/png' };

  it('are asked of Imagen by shape and count', async () => {
    const { send, server, sent } = await upstream('google', (exchange) =>
      exchange.answer(200, { predictions: [image] }, { 'content-type': 'application/json' }),
    );
    const params = { prompt: 'a cat', n: 2, size: '1024x1024', output_format: 'jpeg', negativePrompt: 'dogs' };
    const reply = await send({ operation: 'images.generate', upstreamModel: 'imagen-4.0-generate-001', params });
    expect(server.requests[0]?.path).toBe('/v1beta/models/imagen-4.0-generate-001:predict');
    expect(sent()).toEqual({
      instances: [{ prompt: 'a cat' }],
      parameters: { sampleCount: 2, aspectRatio: '1:1', outputOptions: { mimeType: 'image/jpeg' }, negativePrompt: 'dogs' },
    });
    expect(reply).toMatchObject({ body: { created: expect.any(Number), data: [{ b64_json: 'AAAA' }] } });
  });

  it('that were filtered are a refusal', async () => {
    const { send, provider } = await upstream('google', (exchange) =>
      exchange.answer(200, { predictions: [{ raiFilteredReason: 'unsafe' }] }, { 'content-type': 'application/json' }),
    );
    const request = { operation: 'images.generate' as const, upstreamModel: 'imagen-4.0-generate-001', params: { prompt: 'x' } };
    const error = await send(request).catch((thrown: unknown) => thrown);
    expect(provider.classify(error).kind).toBe('content-refused');
  });

  it.each([
    [
      'imagen-4.0-generate-001',
      { size: '1792x1024', n: 5, response_format: 'url', quality: 'high' },
      ['size', 'n', 'response_format', 'quality'],
    ],
    ['imagen-4.0-generate-001', { size: 'auto', quality: 'auto', n: 4, response_format: 'b64_json', stream: false }, []],
    ['gemini-2.5-flash', {}, ['model']],
  ])('of %s can not be asked for with %j', async (upstreamModel, params, names) => {
    const { provider } = await upstream('google', () => {});
    const request = { operation: 'images.generate' as const, upstreamModel, params: { prompt: 'x', ...params }, stream: false };
    expect(provider.unsupported(request)).toEqual(names);
  });
});

describe('accounts', () => {
  const ok = { responseId: 'r', candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }] };
  const params = { messages: [{ role: 'user', content: 'hi' }] };

  it('send the key in a header of the Gemini API and as bearer to Vertex AI', async () => {
    for (const [kind, name, value] of [
      ['google', 'x-goog-api-key', 'test-key-0123456789'],
      ['vertex', 'authorization', 'Bearer test-key-0123456789'],
    ] as const) {
      const { send, server } = await upstream(kind, (exchange) =>
        exchange.answer(200, ok, { 'content-type': 'application/json' }),
      );
      await send({ params });
      expect(server.requests[0]?.headers.get(name)).toBe(value);
    }
  });

  it.each<[Kind, string, object, string]>([
    ['google', 'tunedModels/my-1', {}, '/v1beta/tunedModels/my-1:generateContent'],
    ['google', 'models/gemini-x', { basePath: '/proxy', apiVersion: 'v1' }, '/proxy/v1/models/gemini-x:generateContent'],
    ['google', '../../x?y', {}, '/v1beta/models/..%2F..%2Fx%3Fy:generateContent'],
    ['vertex', 'endpoints/12', { region: undefined }, '/v1/projects/test-project/locations/global/endpoints/12:generateContent'],
  ])('of %s reach %s', async (kind, upstreamModel, account, path) => {
    const { send, server } = await upstream(
      kind,
      (exchange) => exchange.answer(200, ok, { 'content-type': 'application/json' }),
      account,
    );
    await send({ upstreamModel, params });
    expect(server.requests[0]?.path).toBe(path);
  });

  it('without a project are refused by its path', async () => {
    const { send } = await upstream('vertex', () => {}, { project: undefined });
    await expect(send({ params })).rejects.toMatchObject({ path: 'providers.test.project' });
  });

  it('of Vertex AI reach Claude by its own wire', async () => {
    const answer = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-haiku-4-5',
      content: [{ type: 'text', text: 'Hello' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 2 },
    };
    const { send, server, sent, provider } = await upstream('vertex', (exchange) =>
      exchange.answer(200, answer, { 'content-type': 'application/json' }),
    );
    const reply = await send({ upstreamModel: 'claude-haiku-4-5', params });
    expect(server.requests[0]?.path).toBe(
      '/v1/projects/test-project/locations/us-east5/publishers/anthropic/models/claude-haiku-4-5:rawPredict',
    );
    expect(sent()).toMatchObject({ anthropic_version: 'vertex-2023-10-16' });
    expect(sent()).not.toHaveProperty('model');
    expect(reply).toMatchObject({ body: { choices: [{ message: { content: 'Hello' } }] } });
    expectSchema('CreateChatCompletionResponse', (reply as { body: unknown }).body);
    const embed = { operation: 'embeddings' as const, upstreamModel: 'claude-haiku-4-5', params: {}, stream: false };
    expect(provider.unsupported(embed)).toEqual(['model']);
    expect(provider.capabilities('claude-haiku-4-5').tools).toBe(true);
    expect(provider.capabilities('gemini-2.0-flash')).toMatchObject({ reasoning: false, maxOutputTokens: 8192, prefill: false });
    expect(provider.capabilities('text-embedding-005')).toEqual({});
  });
});
