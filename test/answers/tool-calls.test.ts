import type OpenAI from 'openai';
import { expect, it } from 'vitest';
import { bodyOf } from '../public/harness.ts';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, type StreamWire, streamHead, type UpstreamEvent } from './wires.ts';

type Delta = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall;
interface Call {
  id: string;
  name: string;
  arguments: string;
}

/** The calls of a stream, joined as OpenAI's clients do; the first delta of each has all that it needs. */
function joined(items: readonly unknown[]): Call[] {
  const calls: Call[] = [];
  for (const item of items) {
    for (const delta of (item as OpenAI.ChatCompletionChunk).choices[0]?.delta.tool_calls ?? []) join(calls, delta);
  }
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
  return calls;
}

function join(calls: Call[], { index, id, type, function: called }: Delta): void {
  const known = calls[index];
  if (known !== undefined) {
    expect([id, type, called?.name]).toEqual([undefined, undefined, undefined]);
    known.arguments += called?.arguments ?? '';
    return;
  }
  expect(index).toBe(calls.length);
  expect({ id, type, name: called?.name }).toEqual({
    id: expect.stringMatching(/./),
    type: 'function',
    name: expect.stringMatching(/./),
  });
  calls.push({ id: id ?? '', name: called?.name ?? '', arguments: called?.arguments ?? '' });
}

const CHAT = STREAM_WIRES[0] as StreamWire;
const HEAD = { id: 'a1', object: 'chat.completion.chunk', created: 1, model: 'model' };
const chunk = (delta: object, finish_reason: string | null = null): UpstreamEvent => ({
  name: undefined,
  data: { ...HEAD, choices: [{ index: 0, delta, finish_reason }] },
});
type Piece = [index: number | undefined, id: string | undefined, name: string | undefined, text?: string | object | null];

/** A chat stream of pieces of calls. */
async function callsOf(pieces: readonly Piece[], finish = 'tool_calls'): Promise<Call[]> {
  const deltas = pieces.map(([index, id, name, text]) =>
    chunk({ tool_calls: [{ index, id, function: { name, arguments: text } }] }),
  );
  const events = [...deltas, chunk({}, finish), { name: undefined, data: '[DONE]' }];
  return joined(await readStream(CHAT, events));
}

async function readStream(wire: StreamWire, events: readonly UpstreamEvent[]): Promise<unknown[]> {
  const { gateway } = await stageOf([wire], async (exchange) => {
    await streamHead(exchange, wire);
    await exchange.write(bytesOf(wire, events));
    exchange.end();
  });
  return readAll(await openStream(gateway, wire, 'chat'));
}

const WHOLE = '{"a":1}';
const one = [{ id: 'x', name: 'f', arguments: WHOLE }];
const MINTED = expect.stringMatching(/^call_\w{24}$/);
const two = (second: string, name = 'f') => [...one, { id: MINTED, name, arguments: second }];

it.each<[string, Piece[], unknown]>([
  [
    'empty at first and named later',
    [
      [0, 'x', ''],
      [0, undefined, 'f', ''],
      [0, undefined, undefined, WHOLE],
    ],
    one,
  ],
  [
    'named after its first arguments',
    [
      [0, 'x', '', '{"a"'],
      [0, undefined, 'f', ':1}'],
    ],
    one,
  ],
  [
    'named by null, then by its id again',
    [
      [0, 'x', undefined],
      [0, 'x', 'f', WHOLE],
    ],
    one,
  ],
  [
    'without id and name, which come together',
    [
      [0, undefined, '', ''],
      [0, 'x', 'f', WHOLE],
    ],
    one,
  ],
  [
    'without an index, named later',
    [
      [undefined, 'x', ''],
      [undefined, undefined, 'f', WHOLE],
    ],
    one,
  ],
  [
    'named in each piece',
    [
      [0, 'x', 'f', '{"a"'],
      [0, 'x', 'f', ':1}'],
    ],
    one,
  ],
  [
    'sent again at a second index',
    [
      [0, 'x', 'f', WHOLE],
      [1, 'x', 'f', WHOLE],
    ],
    one,
  ],
  [
    'sent again at a second index, piece by piece',
    [
      [0, 'x', 'f', WHOLE],
      [1, 'x', 'f', ''],
      [1, undefined, undefined, '{"a"'],
      [1, undefined, undefined, ':1}'],
    ],
    one,
  ],
  [
    'sent again at its own index',
    [
      [0, 'x', 'f', '{"a"'],
      [0, undefined, undefined, ':1}'],
      [0, 'x', 'f', WHOLE],
    ],
    one,
  ],
  [
    'sent again without an index',
    [
      [undefined, 'x', 'f', WHOLE],
      [undefined, 'x', 'f', WHOLE],
    ],
    one,
  ],
  [
    'gone on with at another index',
    [
      [0, 'x', 'f', ''],
      [1, 'x', undefined, '{"a"'],
      [2, 'x', undefined, ':1}'],
    ],
    one,
  ],
  [
    'begun empty and sent whole at a second index',
    [
      [0, 'x', 'f', ''],
      [1, 'x', 'f', WHOLE],
    ],
    one,
  ],
  [
    'two with one id and other arguments',
    [
      [0, 'x', 'f', WHOLE],
      [1, 'x', 'f', '{"a":2}'],
    ],
    two('{"a":2}'),
  ],
  [
    'two with one id and other names',
    [
      [0, 'x', 'f', WHOLE],
      [1, 'x', 'g', WHOLE],
    ],
    two(WHOLE, 'g'),
  ],
  [
    'two with one id, each in pieces',
    [
      [0, 'x', 'f', ''],
      [1, 'x', 'f', ''],
      [0, undefined, undefined, WHOLE],
      [1, undefined, undefined, '{"b"'],
      [1, undefined, undefined, ':2}'],
    ],
    two('{"b":2}'),
  ],
  ['without arguments', [[0, 'x', 'f']], [{ ...one[0], arguments: '{}' }]],
  [
    'with blank arguments, beside another',
    [
      [0, 'x', 'f', ''],
      [1, 'y', 'g', WHOLE],
    ],
    [
      { ...one[0], arguments: '{}' },
      { id: 'y', name: 'g', arguments: WHOLE },
    ],
  ],
  ...[['null', ' '], [' ', 'null'], ['nu', 'll', '\n'], [' null ']].map((pieces): [string, Piece[], Call[]] => [
    `with arguments that say nothing, as ${JSON.stringify(pieces)}`,
    pieces.map((text, position): Piece => (position === 0 ? [0, 'x', 'f', text] : [0, undefined, undefined, text])),
    [{ ...one[0], arguments: '{}' } as Call],
  ]),
  [
    'with null and then an object for arguments',
    [
      [0, 'x', 'f', null],
      [0, undefined, undefined, { a: 1 }],
    ],
    one,
  ],
  [
    'all at index 0',
    [
      [0, 'x', 'f', WHOLE],
      [0, 'y', 'g', WHOLE],
    ],
    [...one, { id: 'y', name: 'g', arguments: WHOLE }],
  ],
])('a call that is %s comes out right', async (_what, pieces, expected) => {
  expect(await callsOf(pieces)).toEqual(expected);
});

it('the id of a second call is the same each time', async () => {
  const pieces: Piece[] = [
    [0, 'x', 'f', WHOLE],
    [1, 'x', 'f', '{"a":2}'],
  ];
  expect(await callsOf(pieces)).toEqual(await callsOf(pieces));
});

it('a call that never gets a name is a fault, unless the answer was cut off before it', async () => {
  await expect(
    callsOf([
      [0, 'x', ''],
      [0, undefined, undefined, WHOLE],
    ]),
  ).rejects.toMatchObject({ status: 502 });
  expect(
    await callsOf(
      [
        [0, 'y', 'g', WHOLE],
        [1, 'x', ''],
      ],
      'length',
    ),
  ).toEqual([{ id: 'y', name: 'g', arguments: WHOLE }]);
});

it.each(STREAM_WIRES.filter(({ operation }) => operation === 'chat'))(
  'of $type, a block sent twice is one call, and its like another one',
  async (wire) => {
    const isOfCall = ({ name, data }: UpstreamEvent) =>
      /"(tool_calls"?:|functionCall|toolUse|tool_use","id|input_json)/.test(JSON.stringify(data)) && name !== 'message-end';
    const begins = wire.events.findIndex(isOfCall);
    const until = wire.events.findLastIndex(isOfCall) + (['anthropic', 'bedrock', 'cohere'].includes(wire.type) ? 2 : 1);
    const block = wire.events.slice(begins, until);
    const again = JSON.parse(
      JSON.stringify(block).replaceAll(
        /"(index|contentBlockIndex)":(\d)/g,
        (_, name: string, at: string) => `"${name}":${wire.type === 'google' ? at : Number(at) + 1}`,
      ),
    );
    const atChoice = (events: UpstreamEvent[]) =>
      JSON.parse(JSON.stringify(events).replaceAll(/"choices":\[\{"index":1/g, '"choices":[{"index":0'));
    const other = JSON.parse(JSON.stringify(again).replaceAll('Oslo', 'Rome'));
    const at = (further: UpstreamEvent[]) => [...wire.events.slice(0, until), ...atChoice(further), ...wire.events.slice(until)];
    const look = { id: 'call_a', name: 'look', arguments: '{"city":"Oslo"}' };
    expect(joined(await readStream(wire, at(again)))).toEqual([look]);
    expect(joined(await readStream(wire, at(other)))).toEqual([
      look,
      { ...look, id: expect.stringMatching(/^call_/), arguments: '{"city":"Rome"}' },
    ]);
  },
);

it.each(['anthropic', 'bedrock', 'cohere'])(
  'of %s, a call whose block has no arguments and never closes has empty ones',
  async (type) => {
    const wire = STREAM_WIRES.find((candidate) => candidate.type === type) as StreamWire;
    const bare = wire.events.filter(
      ({ name, data }) => !/Oslo|"\{\\"city|block_stop|contentBlockStop|tool-call-end/.test(JSON.stringify(data) + name),
    );
    expect(joined(await readStream(wire, bare))).toEqual([{ id: 'call_a', name: 'look', arguments: '{}' }]);
  },
);

const call = (id: string, name: string | null, text: unknown) => ({ id, type: 'function', function: { name, arguments: text } });

it.each<[string, unknown[], unknown[]]>([
  ['there twice', [call('x', 'f', WHOLE), call('x', 'f', WHOLE)], [call('x', 'f', WHOLE)]],
  ['two under one id', [call('x', 'f', WHOLE), call('x', 'g', WHOLE)], [call('x', 'f', WHOLE), call(MINTED, 'g', WHOLE)]],
  ['without arguments', [call('x', 'f', ''), call('y', 'f', null), null], [call('x', 'f', '{}'), call('y', 'f', '{}')]],
])('a whole answer with calls %s comes out right, and so does its next turn', async (_what, sent, expected) => {
  const { gateway, server } = await stageOf([CHAT], (exchange) => {
    const message = { role: 'assistant', content: null, tool_calls: sent };
    return exchange.answer(200, {
      ...HEAD,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
    });
  });
  const model = `${CHAT.type}/${CHAT.model}`;
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'hi' }];
  const message = (await gateway.chat.completions.create({ model, messages })).choices[0]
    ?.message as OpenAI.ChatCompletionMessage;
  expect(message.tool_calls).toEqual(expected);
  const results = (message.tool_calls ?? []).map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'done' }));
  await gateway.chat.completions.create({ model, messages: [...messages, message, ...results] });
  const [, request] = server.requests;
  const history = (request && bodyOf({ request }).messages) as { tool_calls?: { id: string }[]; tool_call_id?: string }[];
  const ids = history[1]?.tool_calls?.map(({ id }) => id);
  expect(new Set(ids).size).toBe(expected.length);
  expect(history.slice(2).map(({ tool_call_id }) => tool_call_id)).toEqual(ids);
});

it('a whole call without a name is a fault', async () => {
  const { gateway } = await stageOf([CHAT], (exchange) => {
    const message = { role: 'assistant', content: null, tool_calls: [call('x', null, WHOLE)] };
    return exchange.answer(200, {
      ...HEAD,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
    });
  });
  const asking = gateway.chat.completions.create({
    model: `${CHAT.type}/${CHAT.model}`,
    messages: [{ role: 'user', content: 'hi' }],
  });
  await expect(asking).rejects.toMatchObject({ status: 502, code: 'failover_exhausted' });
});
