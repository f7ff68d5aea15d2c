import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANSWER_TOOL } from '../../../src/providers/anthropic/structured-output.ts';
import { accumulate, collect, eventSource, exchangeOf, schemaErrors, streamOf, wire } from './support.ts';

const start = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude-x', content: [], usage: { input_tokens: 7, output_tokens: 1 } },
};
const open = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, change: object) => ({ type: 'content_block_delta', index, delta: change });
const close = (index: number) => ({ type: 'content_block_stop', index });
const text = (index: number, words: string) => delta(index, { type: 'text_delta', text: words });
const json = (index: number, partial_json: string) => delta(index, { type: 'input_json_delta', partial_json });
const use = (index: number, name: string, id = `toolu_${name}`) => open(index, { type: 'tool_use', id, name, input: {} });
const end = (stop_reason: string | null, output_tokens = 9) => [
  { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens } },
  { type: 'message_stop' },
];
const hello = [start, open(0, { type: 'text', text: '' }), text(0, 'Hel'), text(0, 'lo'), close(0)];

test('the role comes first and once, then content, the finish alone, and usage last', async () => {
  const chunks = await streamOf([...hello, ...end('end_turn')]);
  expect(chunks.flatMap((chunk) => schemaErrors('CreateChatCompletionStreamResponse', chunk))).toEqual([]);
  expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
    { role: 'assistant', content: '' },
    { content: 'Hel' },
    { content: 'lo' },
    {},
    undefined,
  ]);
  expect(chunks.at(-2)?.choices).toEqual([
    { index: 0, delta: {}, finish_reason: 'stop', native_finish_reason: 'end_turn', logprobs: null },
  ]);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16 } });
  expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`))).toEqual(
    new Set(['msg_1 1700000000 claude-x']),
  );
});

const pieceOf = (index: string, words: string, padding = '') =>
  `{"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":${words}}${padding}}`;

test('a piece of text is the same in any form of its JSON', async () => {
  const words = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\\', '\n', '"}}', '\u0000', '\u2028', ' }  }'));
  await fc.assert(
    fc.asyncProperty(words, fc.nat(20), async (text, spaces) => {
      const asWritten = pieceOf('0', JSON.stringify(text), ' '.repeat(spaces));
      const inAnyOrder = JSON.stringify({ delta: { text, type: 'text_delta' }, index: 0, type: 'content_block_delta' });
      const opened = [start, open(0, { type: 'text', text: '' })];
      const closed = [close(0), ...end('end_turn')];
      const chunks = await streamOf([...opened, asWritten, ...closed]);
      expect(chunks).toEqual(await streamOf([...opened, inAnyOrder, ...closed]));
      expect(accumulate(chunks).content).toBe(text);
    }),
  );
});

test.each([
  ['a control character', pieceOf('0', '"a\u0001b"')],
  ['an open string', pieceOf('0', '"ab')],
  ['a bare quote', pieceOf('0', '"a"b"')],
  ['a leading zero', pieceOf('00', '"ab"')],
  ['something after its end', `${pieceOf('0', '"ab"')}}`],
  ['other spaces', pieceOf('0', '"ab"', '\u00a0')],
])('a piece of text with %s is no JSON, and no answer', async (_what, data) => {
  await expect(streamOf([start, open(0, { type: 'text', text: '' }), data])).rejects.toMatchObject({
    reason: 'not-an-answer',
    body: 'malformed JSON in a stream event',
  });
});

test('chunks are handed out at once while events are there', () => {
  const source = wire.fromStream(eventSource([...hello, ...end('end_turn')]), exchangeOf({ stream: true }));
  expect(source.next()).toMatchObject({ choices: [{ delta: { role: 'assistant' } }] });
  expect(source.next()).toMatchObject({ choices: [{ delta: { content: 'Hel' } }] });
});

test('events that have to be waited for come out in order', async () => {
  const events = eventSource([...hello, ...end('end_turn')]);
  const late = { next: () => Promise.resolve(events.next()), cancel: () => events.cancel() };
  expect(accumulate(await collect(wire.fromStream(late, exchangeOf({ stream: true })))).content).toBe('Hello');
});

test('pings and unknown events, blocks and deltas are passed over', async () => {
  const odd = [
    { type: 'ping' },
    { type: 'brand_new_event' },
    open(1, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
    json(1, '{"q":'),
    close(1),
    open(2, { type: 'hologram' }),
    delta(2, { type: 'hologram_delta' }),
    close(2),
  ];
  expect(accumulate(await streamOf([...hello, ...odd, ...end('end_turn')]))).toMatchObject({ content: 'Hello', toolCalls: [] });
});

test('cumulative counts: the last word on each counts', async () => {
  const corrected = {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { input_tokens: 100, cache_read_input_tokens: 50, output_tokens: 9 },
  };
  const later = { type: 'message_delta', delta: {}, usage: { input_tokens: null, output_tokens: 12 } };
  const found = accumulate(await streamOf([...hello, corrected, later, { type: 'message_stop' }]));
  expect(found).toMatchObject({
    finishReason: 'stop',
    usage: { prompt_tokens: 150, completion_tokens: 12, prompt_tokens_details: { cached_tokens: 50 } },
  });
});

test('without usage there is no usage chunk', async () => {
  const events: object[] = end('end_turn').map((event) => ({ ...event, usage: undefined }));
  const chunks = await streamOf([{ type: 'message_start', message: { id: 'm', model: 'x', content: [] } }, ...events]);
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
});

describe('tool calls', () => {
  test('are counted by themselves, named first, and have an object even without arguments', async () => {
    const events = [
      ...hello,
      use(1, 'a'),
      json(1, ''),
      json(1, '{"q"'),
      json(1, ':1}'),
      close(1),
      use(2, 'b'),
      json(2, ''),
      close(2),
      ...end('tool_use'),
    ];
    const chunks = await streamOf(events);
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])).toEqual([
      { index: 0, id: 'toolu_a', type: 'function', function: { name: 'a', arguments: '' } },
      { index: 0, function: { arguments: '{"q"' } },
      { index: 0, function: { arguments: ':1}' } },
      { index: 1, id: 'toolu_b', type: 'function', function: { name: 'b', arguments: '' } },
      { index: 1, function: { arguments: '{}' } },
    ]);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls');
  });

  test('that come whole with their block are kept', async () => {
    const events = [start, open(0, { type: 'tool_use', id: '', name: 'a', input: { q: 1 } }), close(0), ...end('tool_use')];
    const [call] = accumulate(await streamOf(events)).toolCalls;
    expect(call).toMatchObject({ id: expect.stringMatching(/^call_\w+$/), function: { name: 'a', arguments: '{"q":1}' } });
  });

  test('cut off by the limit are handed on as they are', async () => {
    const found = accumulate(await streamOf([start, use(0, 'a'), json(0, '{"q":'), ...end('max_tokens')]));
    expect(found).toMatchObject({ finishReason: 'length', toolCalls: [{ function: { arguments: '{"q":' } }] });
  });

  test('answer legacy functions in kind', async () => {
    const chunks = await streamOf([start, use(0, 'a'), json(0, '{}'), close(0), ...end('tool_use')], {
      functions: [{ name: 'a' }],
    });
    expect(chunks.map(({ choices }) => choices[0]?.delta.function_call).filter(Boolean)).toEqual([
      { name: 'a', arguments: '' },
      { arguments: '{}' },
    ]);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('function_call');
  });

  test('beyond 128 break the answer', async () => {
    const calls = Array.from({ length: 129 }, (_, index) => use(index, `t${index}`));
    await expect(streamOf([start, ...calls])).rejects.toMatchObject({ reason: 'not-an-answer' });
  });
});

test('thinking comes as text and as details that go back', async () => {
  const events = [
    start,
    open(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'h' }),
    delta(0, { type: 'thinking_delta', thinking: 'm' }),
    delta(0, { type: 'signature_delta', signature: 'sig' }),
    close(0),
    open(1, { type: 'redacted_thinking', data: 'xyz' }),
    close(1),
    ...end('end_turn'),
  ];
  const found = accumulate(await streamOf(events));
  expect(found.reasoning).toBe('hm');
  expect(found.details).toEqual([
    { type: 'reasoning.text', text: 'h', format: 'anthropic-claude-v1', index: 0 },
    { type: 'reasoning.text', text: 'm', format: 'anthropic-claude-v1', index: 0 },
    { type: 'reasoning.text', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
    { type: 'reasoning.encrypted', data: 'xyz', format: 'anthropic-claude-v1', index: 1 },
  ]);
});

test('citations become annotations of the text they stand at, once it is complete', async () => {
  const citation = { type: 'web_search_result_location', url: 'https://x.test/a', title: 'A' };
  const events = [
    ...hello,
    open(1, { type: 'text', text: '' }),
    delta(1, { type: 'citations_delta', citation }),
    text(1, ' you'),
    close(1),
    ...end('end_turn'),
  ];
  expect(accumulate(await streamOf(events)).annotations).toEqual([
    { type: 'url_citation', url_citation: { url: 'https://x.test/a', title: 'A', start_index: 5, end_index: 9 } },
  ]);
});

test('a refusal after text says why', async () => {
  const refused = {
    type: 'message_delta',
    delta: { stop_reason: 'refusal', stop_details: { explanation: 'Blocked.' } },
    usage: { output_tokens: 2 },
  };
  expect(accumulate(await streamOf([...hello, refused, { type: 'message_stop' }]))).toMatchObject({
    refusal: 'Blocked.',
    finishReason: 'content_filter',
  });
});

describe('an answer by the answer tool', () => {
  const ask = { response_format: { type: 'json_object' } };

  test('streams as content, without what was said beside it', async () => {
    const events = [...hello, use(1, ANSWER_TOOL), json(1, '{"a"'), json(1, ':1}'), close(1), ...end('tool_use')];
    const chunks = await streamOf(events, ask);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content)).toEqual(['', '{"a"', ':1}', undefined, undefined]);
    expect(accumulate(chunks)).toMatchObject({ finishReason: 'stop', toolCalls: [] });
  });

  test('that is empty is an object', async () => {
    expect(accumulate(await streamOf([start, use(0, ANSWER_TOOL), close(0), ...end('tool_use')], ask)).content).toBe('{}');
  });

  test('not given leaves the text that was', async () => {
    expect(accumulate(await streamOf([...hello, ...end('refusal')], ask)).content).toBe('Hello');
  });
});

describe('a stream that breaks', () => {
  test.each([
    ['an end without message_stop', hello, 'truncated'],
    ['an end after the stop reason', [...hello, end('end_turn')[0]], 'truncated'],
    ['no event at all', [], 'truncated'],
    ['malformed JSON', [...hello, '{"type":"content_block_del'], 'not-an-answer'],
    ['a number', [...hello, '7'], 'not-an-answer'],
    [
      'an error event',
      [...hello, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
      'error-in-stream',
    ],
    ['a bare error', [...hello, '{"error":{"type":"api_error","message":"x"}}'], 'error-in-stream'],
    ['a delta of no block', [start, text(3, 'x')], 'not-an-answer'],
    ['a block opened twice', [...hello, open(0, { type: 'text', text: '' })], 'not-an-answer'],
    ['an end without a start', [{ type: 'message_stop' }], 'not-an-answer'],
    ['a second start', [start, start], 'not-an-answer'],
    ['an absurd index', [start, open(4_294_967_296, { type: 'text', text: '' })], 'not-an-answer'],
    ['an index that is a name', [start, { ...open(0, { type: 'text', text: '' }), index: '__proto__' }], 'not-an-answer'],
  ])('by %s fails, and its events are let go', async (_, events, reason) => {
    const source = eventSource(events);
    await expect(collect(wire.fromStream(source, exchangeOf({ stream: true })))).rejects.toMatchObject({ reason });
    expect(source.cancelled).toBe(true);
  });

  test('after message_stop does not matter', async () => {
    const source = eventSource([...hello, ...end('end_turn'), { type: 'error', error: {} }, 'garbage']);
    expect(accumulate(await collect(wire.fromStream(source, exchangeOf({ stream: true })))).content).toBe('Hello');
    expect(source.cancelled).toBe(true);
  });

  test('because the reader stops lets the events go, and nothing follows', async () => {
    const events = eventSource([...hello, ...end('end_turn')]);
    const source = wire.fromStream(events, exchangeOf({ stream: true }));
    source.next();
    source.cancel();
    source.cancel();
    expect(events.cancelled).toBe(true);
    expect(await source.next()).toBeUndefined();
  });
});
