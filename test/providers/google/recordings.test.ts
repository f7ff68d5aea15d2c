import { describe, expect, it } from 'vitest';
import type { ChatChoice } from '../../../src/core/chat.ts';
import type { GeminiPart, GeminiResponse } from '../../../src/providers/google/wire-types.ts';
import { type Exchange, exchangeIndex, readExchange, responseBytes } from '../../support/fixtures.ts';
import { chunksOf, completionOf, expectSchema, joined, type Kind, replaying, upstream } from './replay.ts';

const METHODS = ['generateContent', 'streamGenerateContent', 'batchEmbedContents', 'predict'];
const recordings = exchangeIndex()
  .filter(({ provider, endpoint }) => (provider === 'google' || provider === 'vertex') && METHODS.includes(endpoint))
  .map((entry) => ({ ...entry, kind: entry.provider as Kind, exchange: readExchange(entry.file) }));

const chats = recordings.filter(({ endpoint, status }) => endpoint === 'generateContent' && status === 200);
const streams = recordings.filter(({ endpoint }) => endpoint === 'streamGenerateContent');
const failures = recordings.filter(({ status }) => status !== 200);
const embeddings = recordings.filter(({ endpoint, status }) => /embed|predict/i.test(endpoint) && status === 200);

describe('recorded answers', () => {
  it.each(chats)('gives what was recorded: $file', async ({ kind, exchange }) => {
    const { send } = await upstream(kind, replaying(exchange));
    const completion = completionOf(await send({ params: { messages: [{ role: 'user', content: 'hi' }] } }));
    expectSchema('CreateChatCompletionResponse', completion);
    const recorded = exchange.response.body as GeminiResponse;
    const expected = expectedOf([recorded]);
    const choice = completion.choices[0] as ChatChoice;
    const { message } = choice;
    expect(message.content ?? '').toBe(expected.text);
    expect(message.reasoning_content ?? '').toBe(expected.thoughts);
    expect((message.tool_calls ?? []).map((call) => [call.function.name, JSON.parse(call.function.arguments)])).toEqual(
      expected.calls,
    );
    expect((message.tool_calls ?? []).map((call) => call.extra_content?.google?.thought_signature)).toEqual(
      expected.callSignatures,
    );
    expect(message.reasoning_details?.flatMap((detail) => detail.data ?? []) ?? []).toEqual(expected.textSignatures);
    expect(choice.finish_reason).toBe(expected.finish);
    expect(completion.usage?.total_tokens).toBe(recorded.usageMetadata?.totalTokenCount);
    expect(completion).toMatchObject({ id: recorded.responseId, model: recorded.modelVersion });
  });

  it.each(streams)('gives what was streamed, however the bytes are cut: $file', async ({ kind, exchange }) => {
    const items = (exchange.response.sse ?? []).map((event) => JSON.parse(event.trim().slice('data:'.length)) as GeminiResponse);
    const expected = expectedOf(items);
    const size = responseBytes(exchange).length;
    let whole: unknown;
    for (const cuts of [[], seededCuts(size, 7), seededCuts(size, 77)]) {
      const { send } = await upstream(kind, replaying(exchange, cuts));
      const chunks = await chunksOf(await send({ stream: true, params: { messages: [{ role: 'user', content: 'hi' }] } }));
      for (const chunk of chunks) expectSchema('CreateChatCompletionStreamResponse', chunk);
      const { content, reasoning, calls, finishes, details, usage } = joined(chunks);
      expect(content).toBe(expected.text);
      expect(reasoning).toBe(expected.thoughts);
      expect(calls.map(({ name }) => name)).toEqual(expected.calls.map(([name]) => name));
      expect(calls.map(({ signature }) => signature)).toEqual(expected.callSignatures);
      for (const call of calls) expect(JSON.parse(call.arguments)).toBeTypeOf('object');
      expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
      expect(details.flatMap((detail) => detail.data ?? [])).toEqual(expected.textSignatures);
      expect(finishes.map((choice) => choice.finish_reason)).toEqual([expected.finish]);
      const counted = items.at(-1)?.usageMetadata;
      if (counted?.promptTokenCount === undefined) expect(usage).toMatchObject({ completion_tokens: 90, unreported: 'input' });
      else expect(usage?.total_tokens).toBe(counted.totalTokenCount);
      const created = chunks[0]?.created;
      expect(chunks.every((chunk) => chunk.id === items[0]?.responseId && chunk.created === created)).toBe(true);
      const comparable = chunks.map(({ created: _, ...chunk }) => chunk);
      whole ??= comparable;
      expect(comparable).toEqual(whole);
    }
  });

  it.each(failures)('classifies $status as recorded: $file', async ({ kind, file, exchange }) => {
    const { send, provider } = await upstream(kind, replaying(exchange));
    const error = await send({ params: { messages: [{ role: 'user', content: 'hi' }] } }).catch((thrown: unknown) => thrown);
    const failure = provider.classify(error);
    expect(failure.status).toBe(exchange.response.status);
    expect(failure.kind).toBe(expectedKind(file, exchange));
    expect(failure.code).not.toBe('');
  });

  it.each(embeddings)('embeds as recorded: $file', async ({ kind, model, exchange }) => {
    const { send, sent } = await upstream(kind, replaying(exchange));
    const texts = textsOf(exchange);
    const dimensions = kind === 'google' ? { dimensions: 768 } : {};
    const params = { input: texts.length === 1 ? texts[0] : texts, ...dimensions };
    const reply = await send({ operation: 'embeddings', upstreamModel: model, params });
    expect(sent()).toEqual(exchange.request?.body);
    expect(reply.kind).toBe('object');
    if (reply.kind !== 'object') return;
    // What was not counted is not made up here.
    if (kind === 'vertex') expectSchema('CreateEmbeddingResponse', reply.body);
    else expect(reply.body).not.toHaveProperty('usage');
    expect(reply.body).toMatchObject({ data: [{ index: 0, embedding: expect.arrayContaining([expect.any(Number)]) }] });
  });
});

it('puts the pieces of streamed arguments together', async () => {
  const nested = streams.find(({ file }) => file.includes('nested'));
  const { send } = await upstream('vertex', replaying(nested?.exchange as Exchange));
  const { calls } = joined(await chunksOf(await send({ stream: true, params: { messages: [{ role: 'user', content: 'hi' }] } })));
  const { recipe } = JSON.parse(calls[0]?.arguments ?? '');
  expect(recipe.name).toBe('Lasagna');
  expect(recipe.ingredients).toHaveLength(10);
  expect(recipe.ingredients[9]).toEqual({ amount: '1/2 tsp', name: 'Pepper' });
  expect(recipe.steps).toHaveLength(10);
  expect(recipe.steps[1]).toBe('Cook lasagna noodles according to package directions, drain and set aside.');
});

function expectedOf(items: readonly GeminiResponse[]) {
  const parts = items.flatMap((item) => item.candidates?.[0]?.content?.parts ?? []);
  const calls = parts.filter((part) => part.functionCall?.name);
  const texts = parts.filter((part) => part.text !== undefined && !part.functionCall);
  const join = (some: readonly GeminiPart[]) => some.map((part) => part.text).join('');
  const native = items.at(-1)?.candidates?.[0]?.finishReason;
  return {
    text: join(texts.filter((part) => !part.thought)),
    thoughts: join(texts.filter((part) => part.thought)),
    calls: calls.map((part) => [part.functionCall?.name, part.functionCall?.args ?? {}]),
    callSignatures: calls.map((part) => part.thoughtSignature),
    textSignatures: texts.filter((part) => part.thoughtSignature && !part.thought).map((part) => part.thoughtSignature),
    finish: calls.length > 0 ? 'tool_calls' : native === 'STOP' ? 'stop' : 'length',
  };
}

function expectedKind(file: string, exchange: Exchange): string {
  if (file.includes('context-length')) return 'context-too-long';
  if (file.includes('auth-er')) return 'credential-rejected';
  if (exchange.response.status === 404) return 'model-unavailable';
  return exchange.response.status === 429 ? 'rate-limited' : 'request-invalid';
}

function textsOf(exchange: Exchange): string[] {
  const body = exchange.request?.body as {
    requests?: { content: { parts: { text: string }[] } }[];
    instances?: { content: string }[];
  };
  return (
    body.requests?.map((request) => request.content.parts[0]?.text ?? '') ?? body.instances?.map(({ content }) => content) ?? []
  );
}

/** Positions at which a stream is cut, the same for the same seed. */
function seededCuts(size: number, seed: number): number[] {
  const cuts: number[] = [];
  let state = seed;
  let position = 0;
  while (position < size) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    position += 1 + (state % Math.max(2, Math.ceil(size / 40)));
    cuts.push(Math.min(position, size));
  }
  return cuts;
}
