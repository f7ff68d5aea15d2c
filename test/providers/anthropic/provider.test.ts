import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { anthropicWire } from '../../../src/providers/anthropic/provider.ts';
import { account, context, upstream, wire } from './support.ts';

describe('Claude on Vertex', () => {
  const vertex = anthropicWire({ hosting: 'vertex' });
  const place = account({ basePath: '/v1', project: 'my project', region: 'europe-west1', headers: { 'anthropic-beta': 'a' } });

  test('has the model in the path, the version in the body', () => {
    const request = vertex.toRequest(upstream({ model: 'claude-sonnet-4-5@20250929' }), place, context);
    expect(request.path).toBe(
      '/projects/my%20project/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5%4020250929:rawPredict',
    );
    expect(request.headers).toEqual({ 'anthropic-beta': 'a' });
    expect(request.body).toMatchObject({ anthropic_version: 'vertex-2023-10-16', max_tokens: 21_333 });
    expect(request.body).not.toHaveProperty('model');
  });

  test('streams by another method', () => {
    expect(vertex.toRequest(upstream({ stream: true }), place, context).path).toMatch(/:streamRawPredict$/);
  });

  test('is authorised by a bearer token', () => {
    const request = { method: 'POST', origin: 'https://x.test', path: '/', headers: {}, body: '' } as const;
    expect(vertex.authorise(request, new Secret('t'), place)).toMatchObject({ headers: { authorization: 'Bearer t' } });
    expect(vertex.authorise(request, undefined, place)).toBe(request);
  });

  test('knows no system turns', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'system', content: 'b' },
    ];
    const { body } = vertex.toRequest(upstream({ model: 'claude-opus-5', messages }), place, context);
    expect(body).toMatchObject({ messages: [{ role: 'user', content: [{ text: 'a' }, { text: '<system>\nb\n</system>' }] }] });
  });
});

describe('capabilities', () => {
  test.each([
    [
      'claude-opus-5-5',
      { tools: true, vision: true, jsonSchema: true, reasoning: true, prefill: false, maxOutputTokens: 128_000 },
    ],
    ['claude-sonnet-4-5-20250929', { prefill: true, maxOutputTokens: 64_000, audioInput: false }],
    ['claude-opus-4-20250514', { reasoning: true, maxOutputTokens: 32_000 }],
    ['claude-3-5-sonnet-20240620', { reasoning: false, maxOutputTokens: 8_192 }],
    ['claude-3-haiku-20240307', { reasoning: false, documents: undefined, maxOutputTokens: 4_096 }],
    ['claude-2.1', { tools: false, vision: false }],
    ['claude-opus-7', { reasoning: true, prefill: false }],
  ])('of %s', (model, expected) => {
    expect(wire.capabilities(model)).toMatchObject(expected);
  });

  test('of a model of another maker are unknown', () => {
    expect(wire.capabilities('kimi-k9')).toEqual({ audioInput: false, streaming: true });
  });
});

test('only chat is spoken', () => {
  expect([...wire.operations]).toEqual(['chat']);
});

test('what is no chat call at all is not judged, but refused when it is written', () => {
  expect(wire.unsupported({ ...upstream({}), params: { messages: 'x', tools: 'y' } })).toEqual([]);
  expect(() => wire.toRequest({ ...upstream({}), params: { messages: [], tools: 'y' } }, account(), context)).toThrow('tools');
});
