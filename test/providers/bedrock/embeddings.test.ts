import { expect, it } from 'vitest';
import { bedrockWire } from '../../../src/providers/bedrock/provider.ts';
import { TestClock } from '../../support/test-clock.ts';
import { ACCOUNT, context, exchangeFor, expectSchema } from './support.ts';

const wire = bedrockWire({ account: ACCOUNT, clock: new TestClock() });
const TITAN = 'amazon.titan-embed-text-v2:0';
const COHERE = 'cohere.embed-v4:0';

const request = (upstreamModel: string, params: object) =>
  ({ operation: 'embeddings', upstreamModel, params: { model: 'm', ...params }, stream: false }) as const;
const sent = (upstreamModel: string, params: object) => wire.toRequest(request(upstreamModel, params), ACCOUNT, context());

it('asks Titan for one text, Cohere for many', () => {
  expect(sent(TITAN, { input: 'a', dimensions: 256 })).toMatchObject({
    path: '/model/amazon.titan-embed-text-v2%3A0/invoke',
    body: { inputText: 'a', dimensions: 256 },
  });
  expect(sent(COHERE, { input: ['a', 'b'], dimensions: 512, input_type: 'search_query' }).body).toEqual({
    texts: ['a', 'b'],
    input_type: 'search_query',
    embedding_types: ['float'],
    output_dimension: 512,
  });
});

it('names what a family can’t do', () => {
  expect(wire.unsupported(request(TITAN, { input: ['a', 'b'] }))).toEqual([]);
  expect(wire.unsupported(request(COHERE, { input: [[1, 2]] }))).toEqual(['input']);
  expect(wire.unsupported(request('amazon.titan-embed-text-v1', { input: 'a', dimensions: 3 }))).toEqual(['dimensions']);
  expect(wire.unsupported(request('anthropic.claude-3-haiku-20240307-v1:0', { input: 'a' }))).toEqual(['model']);
});

it('reads both families’ vectors and counts', () => {
  const exchange = { ...exchangeFor({}, TITAN), headers: { 'x-amzn-bedrock-input-token-count': '7' } };
  const read = (body: unknown, params: object = {}) => wire.fromResponse(body, { ...exchange, request: request(TITAN, params) });
  const titan = read({ embedding: [0.5, 1], inputTextTokenCount: 3 });
  expectSchema('CreateEmbeddingResponse', titan);
  expect(titan).toMatchObject({ data: [{ embedding: [0.5, 1] }], usage: { prompt_tokens: 3, total_tokens: 3 } });
  expect(read({ embeddings: { float: [[1], [2]] } })).toMatchObject({
    data: [{ index: 0 }, { index: 1 }],
    usage: { prompt_tokens: 7 },
  });
  expect(read({ embeddings: [[1]] }, { encoding_format: 'base64' })).toMatchObject({ data: [{ embedding: 'AACAPw==' }] });
  expect(() => read({ message: 'no' })).toThrow(expect.objectContaining({ reason: 'not-an-answer' }));
});
