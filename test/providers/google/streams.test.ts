import { describe, expect, it } from 'vitest';
import type { ItemSource } from '../../../src/core/item-source.ts';
import type { Params } from '../../../src/core/params.ts';
import type { ServerSentEvent } from '../../../src/core/transport.ts';
import { fromChatStream } from '../../../src/providers/google/from-stream.ts';
import type { GeminiCandidate, GeminiPart, GeminiResponse } from '../../../src/providers/google/wire-types.ts';
import { UpstreamError } from '../../../src/providers/upstream-error.ts';
import type { WireExchange } from '../../../src/providers/wire.ts';
import { expectSchema, joined } from './replay.ts';

const exchange = (params: Params = {}): WireExchange => ({
  request: { operation: 'chat', upstreamModel: 'gemini-2.5-flash', params, stream: false },
  requestId: 'req_1',
  status: 200,
  headers: {},
  createdSeconds: 1_700_000_000,
});

const saying = (parts: GeminiPart[], more: Partial<GeminiCandidate> = { finishReason: 'STOP' }): GeminiResponse => ({
  responseId: 'r1',
  candidates: [{ content: { role: 'model', parts }, ...more }],
});

describe('a stream', () => {
  it('tells the role once and the finish and usage last, of usage the last', async () => {
    const { chunks } = await streamed([
      { ...saying([{ text: 'a' }], {}), usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 } },
      { ...saying([{ text: 'b' }]), usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
      { usageMetadata: {} },
    ]);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'a' },
      { content: 'b' },
      {},
      undefined,
    ]);
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 1, completion_tokens: 2 });
  });

  it('goes on counting calls over its items', async () => {
    const call = (name: string) => ({ functionCall: { name, args: {} } });
    const { chunks } = await streamed([
      saying([call('f'), call('g')], {}),
      saying([call('h')], {}),
      { candidates: [{ finishReason: 'STOP' }] },
    ]);
    const { calls, finishes } = joined(chunks);
    expect(calls.map(({ id, name, arguments: json }) => [id, name, json])).toEqual([
      ['call_gm_r1_0', 'f', '{}'],
      ['call_gm_r1_1', 'g', '{}'],
      ['call_gm_r1_2', 'h', '{}'],
    ]);
    expect(finishes[0]).toMatchObject({ finish_reason: 'tool_calls', native_finish_reason: 'STOP' });
  });

  it('leaves arguments cut where the call was', async () => {
    const part = (more: object) => saying([{ functionCall: { willContinue: true, ...more } }], {});
    const { chunks } = await streamed([
      part({ name: 'f' }),
      part({
        partialArgs: [
          { jsonPath: '$.a[0].b', numberValue: 1 },
          { jsonPath: "$['__proto__']", boolValue: true },
        ],
      }),
      part({ partialArgs: [{ jsonPath: '$.text', stringValue: 'he', willContinue: true }] }),
      { candidates: [{ finishReason: 'MAX_TOKENS' }] },
    ]);
    const { calls, finishes } = joined(chunks);
    expect(calls[0]?.arguments).toBe('{"a":[{"b":1}],"__proto__":true,"text":"he');
    expect(finishes[0]?.finish_reason).toBe('length');
  });

  it('of several candidates gives each its role and finish', async () => {
    const item = (index: number, text: string, finishReason?: string): GeminiResponse => ({
      responseId: 'r1',
      candidates: [{ index, content: { parts: [{ text }] }, ...(finishReason ? { finishReason } : {}) }],
    });
    const { chunks } = await streamed([item(0, 'a'), item(1, 'b', 'STOP'), item(0, 'c', 'MAX_TOKENS')]);
    const choices = chunks
      .flatMap((chunk) => chunk.choices)
      .map(({ index, delta, finish_reason: finish }) => [index, delta.content ?? finish]);
    expect(choices).toEqual([
      [0, ''],
      [0, 'a'],
      [1, ''],
      [1, 'b'],
      [0, 'c'],
      [0, 'length'],
      [1, 'stop'],
    ]);
  });

  it('to a blocked prompt is filtered and complete', async () => {
    const { chunks } = await streamed([{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }]);
    expect(joined(chunks).finishes[0]).toMatchObject({
      finish_reason: 'content_filter',
      native_finish_reason: 'PROHIBITED_CONTENT',
    });
  });

  it.each<[string, unknown[], string]>([
    ['ends without a finish', [saying([{ text: 'a' }], {})], 'truncated'],
    ['has no items', [], 'truncated'],
    ['has an error', [saying([{ text: 'a' }], {}), { error: { code: 503, status: 'UNAVAILABLE' } }], 'error-in-stream'],
    ['has an item that is no JSON', [saying([{ text: 'a' }], {}), '{"candi'], 'not-an-answer'],
  ])('that %s fails after what came', async (_, items, reason) => {
    const { chunks, error, cancelled } = await streamed(items);
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ reason });
    expect(chunks.length).toBe(items.length === 0 ? 0 : 2);
    expect(cancelled()).toBe(true);
  });

  it('can not be spoilt after its finish', async () => {
    const { chunks, error } = await streamed([saying([{ text: 'a' }]), '{"garbage']);
    expect(error).toBeUndefined();
    expect(joined(chunks).finishes).toHaveLength(1);
  });

  it('gives nothing more once cancelled', async () => {
    const source = eventsOf([saying([{ text: 'a' }])]);
    const items = fromChatStream(source, exchange());
    await items.next();
    items.cancel();
    expect(await items.next()).toBeUndefined();
    expect(source.isCancelled).toBe(true);
  });

  it('returns an item at once where the events are there', () => {
    const items = fromChatStream(eventsOf([saying([{ text: 'a' }])]), exchange());
    expect(items.next()).toMatchObject({ object: 'chat.completion.chunk' });
  });
});

async function streamed(items: readonly unknown[]) {
  const sources = [eventsOf(items), eventsOf(items, true)];
  const results = await Promise.all(sources.map((source) => drained(source)));
  expect(results[1]).toEqual(results[0]);
  const [{ chunks, error } = { chunks: [], error: undefined }] = results;
  for (const chunk of chunks) expectSchema('CreateChatCompletionStreamResponse', chunk);
  return { chunks, error, cancelled: () => sources[0]?.isCancelled === true };
}

async function drained(source: ItemSource<ServerSentEvent>) {
  const items = fromChatStream(source, exchange());
  const chunks = [];
  try {
    for (let chunk = await items.next(); chunk !== undefined; chunk = await items.next()) chunks.push(chunk);
    return { chunks, error: undefined };
  } catch (error) {
    return { chunks, error };
  }
}

function eventsOf(items: readonly unknown[], late = false): ItemSource<ServerSentEvent> & { isCancelled: boolean } {
  const events = items.map((item) => ({ event: 'message', data: typeof item === 'string' ? item : JSON.stringify(item) }));
  return {
    isCancelled: false,
    next: () => (late ? Promise.resolve(events.shift()) : events.shift()),
    cancel() {
      this.isCancelled = true;
    },
  };
}
