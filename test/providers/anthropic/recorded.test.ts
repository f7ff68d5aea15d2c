import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../../src/core/chat.ts';
import type { StreamEvent } from '../../../src/providers/anthropic/wire-types.ts';
import { type Exchange, exchangeIndex, readExchange, responseBytes } from '../../support/fixtures.ts';
import { expectedOf } from './expected.ts';
import { comparable, toAsk } from './recorded-request.ts';
import { accumulate, bodyOf, context, schemaErrors, serve, streamed, upstream, whole } from './support.ts';

const recorded = exchangeIndex()
  .filter((entry) => entry.provider === 'anthropic' && entry.endpoint === 'messages')
  .map((entry) => ({ name: entry.file.replace(/^.*\/messages\.|\.json$/g, ''), exchange: readExchange(entry.file) }));
const answered = recorded.filter(({ exchange }) => exchange.response.status === 200);
const wholes = answered.filter(({ exchange }) => !exchange.stream);
const streams = answered.filter(({ exchange }) => exchange.stream);
const failures = recorded.filter(({ exchange }) => exchange.response.status !== 200);
const requests = recorded.filter(({ exchange }) => exchange.request);

test('there are recordings of every kind', () => {
  for (const kind of [wholes, streams, failures, requests]) expect(kind).not.toEqual([]);
});

describe('a recorded answer', () => {
  test.each(wholes)('comes out whole: $name', async ({ exchange }) => {
    const { provider } = await serve((served) =>
      served.answer(200, exchange.response.body, { 'content-type': 'application/json' }),
    );
    const completion = await whole(provider, { model: exchange.model });
    const message = completion.choices[0]?.message;
    const expected = expectedOf(exchange.response.body);
    expect(schemaErrors('CreateChatCompletionResponse', completion)).toEqual([]);
    expect(message?.content ?? '').toBe(expected.content);
    expect(message?.reasoning_content ?? '').toBe(expected.reasoning);
    expect(message?.tool_calls?.map((call) => [call.id, call.function.name, JSON.parse(call.function.arguments)]) ?? []).toEqual(
      expected.calls,
    );
    expect(completion.choices[0]?.finish_reason).toBe(expected.finishReason);
    expect(completion.usage).toEqual(expected.usage);
  });

  test.each(streams)('comes out in chunks, however the bytes are cut: $name', async ({ exchange }) => {
    const once = await replay(exchange, [responseBytes(exchange)]);
    const random = seeded(exchange.response.sse?.length ?? 1);
    const pieces = cutAtRandom(responseBytes(exchange), random);
    expect(once.every((chunk) => schemaErrors('CreateChatCompletionStreamResponse', chunk).length === 0)).toBe(true);
    expect(await replay(exchange, pieces)).toEqual(once);
    const expected = expectedOf(messageOf(exchange));
    const found = accumulate(once);
    expect(found.content).toBe(expected.content);
    expect(found.reasoning).toBe(expected.reasoning);
    expect(found.toolCalls.map((call) => [call.id, call.function.name, JSON.parse(call.function.arguments)])).toEqual(
      expected.calls,
    );
    expect(found.finishReason).toBe(expected.finishReason);
    expect(found.usage).toEqual(expected.usage);
    expect(new Set(once.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
  });

  test.each(streams)('fails when its last event is missing: $name', async ({ exchange }) => {
    const cut = (exchange.response.sse ?? []).filter((event) => !event.includes('message_stop')).join('');
    await expect(replay(exchange, [Buffer.from(cut)])).rejects.toMatchObject({ reason: 'truncated' });
  });
});

test.each([
  ['model-name-suggestion-anthropic.0.e86ab0', { kind: 'model-unavailable', code: 'not_found_error', status: 404 }],
  [
    'real-error-scenarios-anthropic-claude-haiku-4-5-handles-context-length.0.8baf59',
    { kind: 'context-too-long', shouldRetry: false },
  ],
])('a recorded failure is told apart: %s', async (name, expected) => {
  const [{ response }] = failures.filter((failure) => failure.name === name).map(({ exchange }) => exchange) as [Exchange];
  const { provider } = await serve((served) => served.answer(response.status, response.body, response.headers));
  const error = await provider.send(upstream({}), context).then(undefined, (reason: unknown) => reason);
  expect(provider.classify(error)).toMatchObject(expected);
});

test.each(requests)('the request of the same conversation equals the recorded one: $name', ({ exchange }) => {
  const body = exchange.request?.body;
  expect(comparable(bodyOf(toAsk(body)))).toEqual(comparable(body));
});

async function replay(exchange: Exchange, pieces: Uint8Array[]): Promise<ChatChunk[]> {
  const { provider } = await serve(async (served) => {
    await served.sseHead();
    for (const piece of pieces) await served.chunk(piece);
    await served.lastChunk();
  });
  return streamed(provider, { model: exchange.model });
}

/** The whole message that a recorded stream tells, by the rules of its own wire. */
function messageOf(exchange: Exchange): unknown {
  const message: Record<string, unknown> = {};
  const blocks: Record<string, unknown>[] = [];
  for (const text of exchange.response.sse ?? []) {
    const event = JSON.parse(text.slice(text.indexOf('data:') + 5)) as StreamEvent;
    if (event.type === 'message_start') Object.assign(message, event.message, { content: blocks });
    else if (event.type === 'content_block_start') blocks[event.index] = { ...event.content_block, json: '' };
    else if (event.type === 'content_block_delta') extend(blocks[event.index] ?? {}, event.delta);
    else if (event.type === 'message_delta') {
      Object.assign(message, event.delta, { usage: { ...(message.usage as object), ...event.usage } });
    }
  }
  for (const block of blocks) if (block.json) block.input = JSON.parse(String(block.json));
  return message;
}

function extend(block: Record<string, unknown>, delta: Record<string, unknown>): void {
  if (delta.type === 'input_json_delta') block.json = `${block.json}${delta.partial_json}`;
  if (delta.type === 'text_delta') block.text = `${block.text}${delta.text}`;
  if (delta.type === 'thinking_delta') block.thinking = `${block.thinking}${delta.thinking}`;
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function cutAtRandom(bytes: Buffer, random: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + 1 + Math.floor(random() * 97);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}
