import type OpenAI from 'openai';
import { expect, it } from 'vitest';
import { messages } from '../public/harness.ts';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, type StreamWire, streamHead, type UpstreamEvent } from './wires.ts';

const byType = (type: string) => STREAM_WIRES.find((wire) => wire.type === type && wire.operation === 'chat') as StreamWire;
const named = (name: string, data: object): UpstreamEvent => ({ name, data: { type: name, ...data } });

/** The events of a call whose arguments come in these pieces. */
const CALL: Readonly<Record<string, (pieces: readonly unknown[]) => UpstreamEvent[]>> = {
  'openai-compatible': (pieces) => {
    const delta = (call: object, finish_reason: string | null = null) => ({
      name: undefined,
      data: { id: 'a1', choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason }] },
    });
    return [
      delta({ id: 'a', function: { name: 'look' } }),
      ...pieces.map((piece) => delta({ function: { arguments: piece } })),
      { name: undefined, data: { id: 'a1', choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] } },
      { name: undefined, data: '[DONE]' },
    ];
  },
  anthropic: (pieces) => [
    named('message_start', { message: { id: 'm1', model: 'claude', content: [] } }),
    named('content_block_start', { index: 0, content_block: { type: 'tool_use', id: 'a', name: 'look', input: {} } }),
    ...pieces.map((piece) =>
      named('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: piece } }),
    ),
    named('content_block_stop', { index: 0 }),
    named('message_delta', { delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } }),
    named('message_stop', {}),
  ],
  bedrock: (pieces) => [
    named('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 'a', name: 'look' } } }),
    ...pieces.map((input) => named('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input } } })),
    named('contentBlockStop', { contentBlockIndex: 0 }),
    named('messageStop', { stopReason: 'tool_use' }),
  ],
  cohere: (pieces) => [
    named('message-start', { id: 'c1' }),
    named('tool-call-start', { index: 0, delta: { message: { tool_calls: { id: 'a', function: { name: 'look' } } } } }),
    ...pieces.map((piece) =>
      named('tool-call-delta', { index: 0, delta: { message: { tool_calls: { function: { arguments: piece } } } } }),
    ),
    named('tool-call-end', { index: 0 }),
    named('message-end', { delta: { finish_reason: 'TOOL_CALL' } }),
  ],
};

const PIECES: readonly (readonly [string, readonly unknown[], string])[] = [
  ['none', [], '{}'],
  ['null, as text', ['null'], '{}'],
  ['null, in pieces', ['nu', 'll'], '{}'],
  ['null, within others', ['{"a":', 'null', '}'], '{"a":null}'],
  ['an object', [{ a: 1 }], '{"a":1}'],
  ['what began like null', ['n', 'o'], 'no'],
  ['cut off', ['{"a": "b'], '{"a": "b'],
  ['cut off within null', ['nul'], 'nul'],
];

it.each(Object.keys(CALL).flatMap((type) => PIECES.map(([name, pieces, expected]) => ({ type, name, pieces, expected }))))(
  'arguments in a stream of $type: $name',
  async ({ type, pieces, expected }) => {
    const wire = byType(type);
    const { gateway } = await stageOf([wire], async (exchange) => {
      await streamHead(exchange, wire);
      await exchange.write(bytesOf(wire, CALL[type]?.(pieces) ?? []));
      exchange.end();
    });
    const items = (await readAll(await openStream(gateway, wire))) as OpenAI.ChatCompletionChunk[];
    const calls = items.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(calls[0]).toMatchObject({ id: 'a', type: 'function', function: { name: 'look' } });
    expect(calls.map((call) => call.function?.arguments ?? '').join('')).toBe(expected);
  },
);

/** The body of a whole answer with one call. */
const WHOLE: Readonly<Record<string, (args: unknown) => unknown>> = {
  'openai-compatible': (args) => ({
    choices: [
      { message: { tool_calls: [{ id: 'a', function: { name: 'look', arguments: args } }] }, finish_reason: 'tool_calls' },
    ],
  }),
  anthropic: (input) => ({ content: [{ type: 'tool_use', id: 'a', name: 'look', input }], stop_reason: 'tool_use' }),
  google: (args) => ({
    candidates: [{ content: { parts: [{ functionCall: { id: 'a', name: 'look', args } }] }, finishReason: 'STOP' }],
  }),
  bedrock: (input) => ({
    output: { message: { content: [{ toolUse: { toolUseId: 'a', name: 'look', input } }] } },
    stopReason: 'tool_use',
  }),
  cohere: (args) => ({
    message: { tool_calls: [{ id: 'a', function: { name: 'look', arguments: args } }] },
    finish_reason: 'TOOL_CALL',
  }),
};

const VALUES: readonly (readonly [unknown, string])[] = [
  [undefined, '{}'],
  [null, '{}'],
  ['', '{}'],
  [' ', '{}'],
  ['null', '{}'],
  [{}, '{}'],
  [{ a: null }, '{"a":null}'],
  ['{"a":1}', '{"a":1}'],
  ['{"a":', '{"a":'],
];

it.each(Object.keys(WHOLE).flatMap((type) => VALUES.map(([given, expected]) => ({ type, given, expected }))))(
  'arguments in an answer of $type: $given',
  async ({ type, given, expected }) => {
    const wire = byType(type);
    const { gateway } = await stageOf([wire], (exchange) => exchange.answer(200, WHOLE[type]?.(given)));
    const answer = await gateway.chat.completions.create({ model: `${type}/${wire.model}`, messages });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ id: 'a', type: 'function', function: { name: 'look', arguments: expected } }] },
    });
  },
);

it('of a call go on under an id of each piece of its own', async () => {
  const wire = byType('openai-compatible');
  const piece = (id: string, text: string): UpstreamEvent => ({
    name: undefined,
    data: {
      id: 'a1',
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id, function: { name: 'look', arguments: text } }] } }],
    },
  });
  const finish = { name: undefined, data: { id: 'a1', choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] } };
  const events = [piece('a', '{"a"'), piece('b', ':1'), piece('c', '}'), piece('d', '{"a":2}'), finish];
  const { gateway } = await stageOf([wire], async (exchange) => {
    await streamHead(exchange, wire);
    await exchange.write(bytesOf(wire, events));
    exchange.end();
  });
  const items = (await readAll(await openStream(gateway, wire))) as OpenAI.ChatCompletionChunk[];
  const calls = items.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
  expect(calls.map(({ index, id }) => [index, id]).filter(([, id]) => id)).toEqual([
    [0, 'a'],
    [1, 'd'],
  ]);
  const textOf = (at: number) =>
    calls
      .filter(({ index }) => index === at)
      .map((call) => call.function?.arguments)
      .join('');
  expect([textOf(0), textOf(1)]).toEqual(['{"a":1}', '{"a":2}']);
});
