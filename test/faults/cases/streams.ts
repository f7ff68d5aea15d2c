import { expect } from 'vitest';
import { chunk, completion, streamText, usageChunk } from '../../support/chat-upstream.ts';
import type { FaultExchange } from '../../support/fault-server.ts';
import { ESTIMATED_INPUT, type FaultCase } from './case.ts';

const INTERRUPTED = { name: 'StreamInterruptedError', code: 'stream_interrupted' } as const;
const DELIVERED = 'one two ';

/** A stream up to its commit, or up to just before it. */
async function begin(exchange: FaultExchange, committed: boolean): Promise<void> {
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant', content: '' }));
  if (committed) await exchange.sse(chunk({ content: 'one ' }), chunk({ content: 'two ' }));
}

/** The two cases of a fault in a stream: before the commit nobody notices, after it the stream ends with a clear error. */
function breakingBy(
  rows: readonly number[],
  fault: string,
  by: (exchange: FaultExchange) => void | Promise<void>,
  facts: { kind: FaultCase['attempts'][number]; closed?: boolean; config?: object },
): FaultCase[] {
  const { kind, closed, config } = facts;
  const house = (committed: boolean) => ({
    config,
    async first(exchange: FaultExchange) {
      await begin(exchange, committed);
      await by(exchange);
    },
  });
  return [
    {
      rows,
      name: `${fault}, before the commit: the next deployment answers`,
      stream: true,
      house: house(false),
      attempts: [kind, 'ok'],
      requests: 2,
      tokens: kind === 'timeout' ? 15 + ESTIMATED_INPUT : 15,
      closed,
    },
    {
      rows,
      name: `${fault}, after the commit: an error with what was delivered`,
      stream: true,
      house: house(true),
      attempts: [kind],
      text: DELIVERED,
      error: INTERRUPTED,
      requests: 1,
      tokens: 'estimated',
      closed,
      check: ({ error }) =>
        expect(error).toMatchObject({ partial: { text: DELIVERED, toolCalls: [] }, resumable: true, failure: { kind } }),
    },
  ];
}

const encoded = (text: string) => `data: ${JSON.stringify(chunk({ content: text }))}\n\n`;
const ENDING = `data: ${JSON.stringify(chunk({}, 'stop'))}\n\ndata: ${JSON.stringify(usageChunk())}\n\ndata: [DONE]\n\n`;

/** A healthy answer that is written in an unusual way. */
function writtenAs(
  rows: readonly number[],
  name: string,
  text: string,
  first: (exchange: FaultExchange) => Promise<void>,
): FaultCase {
  return { rows, name, stream: true, house: { alone: true, first }, attempts: ['ok'], text, requests: 1 };
}

export const streamCases: readonly FaultCase[] = [
  ...breakingBy([8, 9], 'a reset', (exchange) => exchange.reset(), { kind: 'transient', closed: true }),
  ...breakingBy(
    [9],
    'a reset inside an event',
    async (exchange) => {
      await exchange.chunk('data: {"id":"chatcmpl-1","object":"chat.compl');
      exchange.reset();
    },
    { kind: 'transient' },
  ),
  ...breakingBy([10], 'an end inside the chunked body', (exchange) => exchange.end(), { kind: 'transient', closed: true }),
  ...breakingBy([11], 'a regular end without the terminal marker', (exchange) => exchange.lastChunk(), { kind: 'transient' }),
  ...breakingBy([22, 23], 'silence', () => {}, { kind: 'timeout', closed: true, config: { timeouts: { idleMs: 40 } } }),
  ...breakingBy(
    [24],
    'nothing but pings',
    async (exchange) => {
      while (!exchange.socket.destroyed) {
        await exchange.chunk(': ping\n\n');
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    { kind: 'timeout', closed: true, config: { timeouts: { firstTokenMs: 60, contentIdleMs: 60 } } },
  ),
  ...breakingBy(
    [59],
    'an error object in the stream',
    (exchange) => exchange.sse({ error: { message: 'busy', type: 'overloaded_error', code: 503 } }),
    {
      kind: 'overloaded',
      closed: true,
    },
  ),
  ...breakingBy(
    [59],
    'an error event',
    (exchange) => exchange.chunk('event: error\ndata: {"error":{"message":"busy","code":"server_overloaded"}}\n\n'),
    {
      kind: 'overloaded',
      closed: true,
    },
  ),
  ...breakingBy(
    [59],
    'a finish reason that says error',
    (exchange) => exchange.sse({ ...chunk({}, 'error'), error: { code: 502, message: 'upstream broke' } }),
    {
      kind: 'transient',
      closed: true,
    },
  ),
  ...breakingBy([61], 'an event that is no JSON', (exchange) => exchange.sse('{"id": broken'), {
    kind: 'invalid-response',
    closed: true,
  }),
  ...breakingBy(
    [60],
    'an error after the usage, without the marker',
    async (exchange) => {
      await exchange.sse(usageChunk(0, 0), { error: { message: 'busy', code: 'server_overloaded' } });
    },
    { kind: 'overloaded' },
  ).slice(0, 1),
  {
    rows: [60],
    name: 'an error event after the marker takes nothing from the answer',
    stream: true,
    house: {
      alone: true,
      async first(exchange) {
        await begin(exchange, true);
        await exchange.sse(chunk({}, 'stop'), usageChunk(), '[DONE]', { error: { message: 'too late' } });
        await exchange.lastChunk();
      },
    },
    attempts: ['ok'],
    text: DELIVERED,
    requests: 1,
  },
  {
    rows: [12],
    name: 'garbage and a reset after the marker take nothing from the answer',
    stream: true,
    house: {
      alone: true,
      async first(exchange) {
        await begin(exchange, true);
        await exchange.sse(chunk({}, 'stop'), usageChunk(), '[DONE]', 'garbage');
        exchange.reset();
      },
    },
    attempts: ['ok'],
    text: DELIVERED,
    requests: 1,
  },
  {
    rows: [13],
    name: 'what only looks like the marker is none',
    stream: true,
    house: {
      alone: true,
      async first(exchange) {
        await begin(exchange, true);
        await exchange.sse(chunk({ content: 'data: [DONE]' }), chunk({}, 'stop'), '[DONE]');
        await exchange.lastChunk();
      },
    },
    attempts: ['ok'],
    text: `${DELIVERED}data: [DONE]`,
    requests: 1,
    tokens: 'estimated',
  },
  ...breakingBy([13], 'a marker with more behind it', (exchange) => exchange.sse('[DONE]x'), {
    kind: 'invalid-response',
    closed: true,
  }),
  writtenAs([14, 15], 'a stream in single bytes is the same, characters whole', 'grün 👍🏽', async (exchange) => {
    await exchange.sseHead();
    for (const byte of Buffer.from(encoded('grün 👍🏽') + ENDING)) await exchange.chunk(Buffer.of(byte));
    await exchange.lastChunk();
  }),
  writtenAs([16], 'line ends of all sorts', 'a b c', async (exchange) => {
    await exchange.sseHead();
    await exchange.chunk(encoded('a ').replaceAll('\n', '\r\n').slice(0, -1));
    await exchange.chunk(`\n${encoded('b ').replaceAll('\n', '\r')}${encoded('c')}${ENDING}`);
    await exchange.lastChunk();
  }),
  writtenAs([17, 18], 'a byte order mark, ids, retries, comments and data without a space', 'plain', async (exchange) => {
    await exchange.sseHead();
    await exchange.chunk(
      `\ufeff: OPENROUTER PROCESSING\n\nid: 1\nretry: 5\nevent: message\n${encoded('plain').replace('data: ', 'data:')}: ping\n\n${ENDING}`,
    );
    await exchange.lastChunk();
  }),
  {
    rows: [19],
    name: 'an event beyond the cap',
    stream: true,
    house: {
      config: { maxBodyBytes: 1_000_000 },
      async first(exchange) {
        await exchange.sseHead();
        await exchange.chunk('data: {"id":"');
        for (let size = 0; size < 9_000_000 && !exchange.socket.destroyed; size += 262_144)
          await exchange.chunk('x'.repeat(262_144));
      },
    },
    attempts: ['invalid-response', 'ok'],
    requests: 2,
    closed: true,
  },
  {
    rows: [25],
    name: 'a drip that never ends meets the deadline of the call',
    stream: true,
    house: {
      alone: true,
      async first(exchange) {
        await exchange.sseHead();
        while (!exchange.socket.destroyed) {
          await exchange.sse(chunk({ content: '.' }));
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
      config: { timeouts: { totalMs: 1_000 } },
    },
    attempts: ['aborted'],
    error: { name: 'APIConnectionTimeoutError', code: 'deadline_exceeded' },
    requests: 1,
    tokens: 'estimated',
    closed: true,
  },
  {
    rows: [62],
    name: 'an absurd index of a tool call',
    stream: true,
    house: {
      async first(exchange) {
        await exchange.sseHead();
        await exchange.sse(
          chunk({ tool_calls: [{ index: 4_294_967_294, id: 'call_1', function: { name: 'f', arguments: '' } }] }),
        );
      },
    },
    attempts: ['invalid-response', 'ok'],
    requests: 2,
    closed: true,
  },
  {
    rows: [54],
    name: 'a whole answer where a stream was asked for',
    stream: true,
    house: { first: (exchange) => exchange.answer(200, completion('whole')) },
    text: 'whole',
    attempts: ['ok'],
    requests: 1,
  },
  writtenAs([67], 'usage in a last chunk without choices', 'one', (exchange) => streamText(exchange, 'one')),
  writtenAs([67], 'usage in a last chunk with an empty choice', 'one', async (exchange) => {
    await exchange.sseHead();
    await exchange.sse(chunk({ content: 'one' }), chunk({}, 'stop'), { ...usageChunk(), choices: chunk({}).choices }, '[DONE]');
    await exchange.lastChunk();
  }),
  writtenAs([70], 'usage that grows from chunk to chunk counts once', 'one', async (exchange) => {
    await exchange.sseHead();
    const early = { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 };
    await exchange.sse(
      { ...chunk({ content: 'one' }), usage: early },
      { ...chunk({}, 'stop'), usage: early },
      usageChunk(),
      '[DONE]',
    );
    await exchange.lastChunk();
  }),
  writtenAs([48], 'a first chunk without choices', 'one', async (exchange) => {
    await exchange.sseHead();
    await exchange.sse(
      { ...chunk({}), choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
      chunk({ content: 'one' }),
      chunk({}, 'stop'),
      usageChunk(),
      '[DONE]',
    );
    await exchange.lastChunk();
  }),
];
