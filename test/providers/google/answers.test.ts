import { describe, expect, it } from 'vitest';
import type { Params } from '../../../src/core/params.ts';
import { fromChatResponse } from '../../../src/providers/google/from-response.ts';
import { geminiModel } from '../../../src/providers/google/model.ts';
import { toChatRequest } from '../../../src/providers/google/to-request.ts';
import type { GeminiCandidate, GeminiPart, GeminiResponse } from '../../../src/providers/google/wire-types.ts';
import type { WireExchange } from '../../../src/providers/wire.ts';
import { expectSchema } from './replay.ts';

const exchange = (params: Params = {}): WireExchange => ({
  request: { operation: 'chat', upstreamModel: 'gemini-2.5-flash', params, stream: false },
  requestId: 'req_1',
  status: 200,
  headers: {},
  createdSeconds: 1_700_000_000,
});

function whole(response: unknown, params?: Params) {
  const completion = fromChatResponse(response, exchange(params));
  expectSchema('CreateChatCompletionResponse', completion);
  return completion;
}

const saying = (parts: GeminiPart[], more: Partial<GeminiCandidate> = { finishReason: 'STOP' }): GeminiResponse => ({
  responseId: 'r1',
  candidates: [{ content: { role: 'model', parts }, ...more }],
});

describe('a whole answer', () => {
  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['CONTINUATION', 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['BLOCKLIST', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['SPII', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
    ['MODEL_ARMOR', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['UNEXPECTED_TOOL_CALL', 'stop'],
    ['OTHER', 'stop'],
    ['constructor', 'stop'],
  ])('that finished with %s has %s', (finishReason, expected) => {
    const { choices } = whole({ candidates: [{ finishReason }] });
    expect(choices[0]).toMatchObject({ finish_reason: expected, native_finish_reason: finishReason, message: { content: '' } });
  });

  it('to a blocked prompt is empty and filtered', () => {
    const { choices, usage } = whole({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 4 } });
    expect(choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      native_finish_reason: 'SAFETY',
      message: { content: '', refusal: null },
    });
    expect(usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 0 });
  });

  it('gives calls without an id one of their own, the same each time', () => {
    const parts = [
      { functionCall: { name: 'f' } },
      { functionCall: { name: 'f', id: 'own' } },
      { functionCall: { name: 'f', id: 'own' } },
    ];
    const ids = () => whole(saying(parts)).choices[0]?.message.tool_calls?.map((call) => call.id);
    expect(ids()).toEqual(['call_gm_r1_0', 'own', 'call_gm_r1_2']);
    expect(ids()).toEqual(ids());
    expect(whole(saying(parts)).choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
  });

  it('joins parts, tells thoughts apart and keeps signatures with their place', () => {
    const { message } = whole(
      saying([
        { text: 'Think', thought: true },
        { text: 'ing', thought: true },
        { text: 'Hel' },
        { text: 'lo', thoughtSignature: 'S' },
        { text: '', thoughtSignature: 'E' },
      ]),
    ).choices[0] ?? { message: undefined };
    expect(message).toMatchObject({ content: 'Hello', reasoning_content: 'Thinking' });
    expect(message?.reasoning_details).toEqual([
      { type: 'reasoning.text', text: 'Think', format: 'google-gemini-v1', index: 0 },
      { type: 'reasoning.text', text: 'ing', format: 'google-gemini-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'S', id: 'text:3-5', format: 'google-gemini-v1', index: 1 },
      { type: 'reasoning.encrypted', data: 'E', id: 'text:5-5', format: 'google-gemini-v1', index: 2 },
    ]);
  });

  it('counts thoughts as output and the tools of the wire as input', () => {
    const usageMetadata = {
      promptTokenCount: 10,
      cachedContentTokenCount: 4,
      toolUsePromptTokenCount: 3,
      thoughtsTokenCount: 5,
      totalTokenCount: 18,
      promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 2 }],
      serviceTier: 'standard',
    };
    expect(whole({ ...saying([{ text: 'x' }]), usageMetadata })).toMatchObject({
      service_tier: 'default',
      usage: {
        prompt_tokens: 13,
        completion_tokens: 5,
        total_tokens: 18,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 0, audio_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
    });
  });

  it.each([{ trafficType: 'ON_DEMAND' }, { promptTokenCount: -1 }, { promptTokenCount: 'many' }, undefined])(
    'leaves usage out where it was not counted: %j',
    (usageMetadata) => {
      expect(whole({ ...saying([{ text: 'x' }]), usageMetadata })).not.toHaveProperty('usage');
    },
  );

  it('points sources to characters, not bytes', () => {
    const { message } = whole(
      saying([{ text: 'Größe: 5' }], {
        finishReason: 'STOP',
        groundingMetadata: {
          groundingChunks: [{ web: { uri: 'https://a.test', title: 'A' } }, {}],
          groundingSupports: [{ segment: { startIndex: 0, endIndex: 7 }, groundingChunkIndices: [0, 1, 7] }],
        },
      }),
    ).choices[0] ?? { message: undefined };
    expect(message?.annotations).toEqual([
      { type: 'url_citation', url_citation: { start_index: 0, end_index: 5, title: 'A', url: 'https://a.test' } },
    ]);
  });

  it('hands out images and log probabilities', () => {
    const [choice] = whole(
      saying([{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }], {
        finishReason: 'STOP',
        logprobsResult: {
          chosenCandidates: [{ token: 'a', logProbability: -0.5 }],
          topCandidates: [{ candidates: [{ token: 'b', logProbability: -1 }] }],
        },
      }),
    ).choices;
    expect(choice?.message.images).toEqual([{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }]);
    expect(choice?.logprobs?.content).toEqual([
      { token: 'a', logprob: -0.5, bytes: null, top_logprobs: [{ token: 'b', logprob: -1, bytes: null }] },
    ]);
  });

  it('answers a legacy request in the legacy form', () => {
    const [choice] = whole(saying([{ functionCall: { name: 'f', args: { a: 1 } } }]), { functions: [{ name: 'f' }] }).choices;
    expect(choice).toMatchObject({
      finish_reason: 'function_call',
      message: { function_call: { name: 'f', arguments: '{"a":1}' } },
    });
    expect(choice?.message).not.toHaveProperty('tool_calls');
  });

  it.each([
    [{ candidates: [] }, 'not-an-answer'],
    [{}, 'not-an-answer'],
    [[], 'not-an-answer'],
    [{ error: { code: 500 } }, 'error-in-answer'],
    [saying(Array.from({ length: 129 }, () => ({ functionCall: { name: 'f' } }))), 'not-an-answer'],
  ])('is none: %#', (body, reason) => {
    expect(() => fromChatResponse(body, exchange())).toThrow(expect.objectContaining({ reason }));
  });
});

it('goes back to the wire with every signature on its part', () => {
  const parts = [
    { text: 'Plan', thought: true, thoughtSignature: 'T' },
    { text: 'Let me ' },
    { text: 'look', thoughtSignature: 'S' },
    { functionCall: { id: 'own', name: 'f', args: { a: 1 } }, thoughtSignature: 'C' },
    { functionCall: { name: 'g', args: {} } },
  ];
  const { message } = whole(saying(parts)).choices[0] ?? { message: undefined };
  const calls = message?.tool_calls ?? [];
  const history = [
    { role: 'user', content: 'hi' },
    message,
    ...calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: 'x' })),
  ];
  const { contents } = toChatRequest({ messages: history }, geminiModel('gemini-3-flash-preview', 'gemini-api'));
  expect(contents[1]?.parts).toEqual(parts);
});
