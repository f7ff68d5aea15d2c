import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatChunk } from '../../../src/core/chat.ts';
import type { ItemSource } from '../../../src/core/item-source.ts';
import type { Operation } from '../../../src/core/operation.ts';
import type { Params } from '../../../src/core/params.ts';
import type { ServerSentEvent } from '../../../src/core/transport.ts';
import { fromStream } from '../../../src/providers/openai/from-stream.ts';
import { HOST_QUIRKS, OPENAI_QUIRKS, type VendorQuirks } from '../../../src/providers/openai/quirks.ts';
import { ReasoningTagSplitter } from '../../../src/providers/openai/reasoning-tags.ts';
import type { UpstreamError } from '../../../src/providers/upstream-error.ts';
import { collect, requestOf } from './replay.ts';
import { schemaProblems } from './schema.ts';

interface Source extends ItemSource<ServerSentEvent> {
  cancelled: boolean;
}

function sourceOf(datas: readonly (string | ServerSentEvent)[]): Source {
  let position = 0;
  return {
    cancelled: false,
    next() {
      const data = datas[position];
      position += 1;
      // Every other event makes the reader wait.
      const event = typeof data === 'string' ? { event: 'message', data } : data;
      return position % 2 === 0 ? event : Promise.resolve(event);
    },
    cancel() {
      this.cancelled = true;
    },
  };
}

function streamOf(
  datas: readonly (string | ServerSentEvent)[],
  quirks: VendorQuirks = OPENAI_QUIRKS,
  params: Params = {},
  operation: Operation = 'chat',
): { items: ItemSource<unknown>; source: Source } {
  const source = sourceOf(datas);
  const exchange = {
    request: requestOf(operation, params, { stream: true }),
    requestId: 'r1',
    status: 200,
    headers: {},
    createdSeconds: 1_700_000_000,
  };
  return { items: fromStream(source, exchange, quirks), source };
}

async function chunksOf(...args: Parameters<typeof streamOf>): Promise<ChatChunk[]> {
  const chunks = (await collect(streamOf(...args).items)) as ChatChunk[];
  for (const chunk of chunks) expect(schemaProblems('CreateChatCompletionStreamResponse', chunk)).toEqual([]);
  return JSON.parse(JSON.stringify(chunks)) as ChatChunk[];
}

async function failureOf(...args: Parameters<typeof streamOf>): Promise<UpstreamError> {
  const { items, source } = streamOf(...args);
  const error = await collect(items).then(
    () => undefined,
    (caught: unknown) => caught as UpstreamError,
  );
  expect(error?.name).toBe('UpstreamError');
  expect(source.cancelled).toBe(true);
  return error as UpstreamError;
}

function chunk(choice: Record<string, unknown> | undefined, rest: Record<string, unknown> = {}): string {
  const head = { id: 'c1', object: 'chat.completion.chunk', created: 5, model: 'm' };
  return JSON.stringify({ ...head, choices: choice ? [{ index: 0, finish_reason: null, ...choice }] : [], ...rest });
}
const text = (content: string) => chunk({ delta: { content } });
const stop = chunk({ delta: {}, finish_reason: 'stop' });
const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };

describe('the end of a stream', () => {
  it('ends at the marker, ignores what follows and lets the body go', async () => {
    const { items, source } = streamOf([text('hi'), stop, '[DONE]', 'garbage']);
    expect(await collect(items)).toHaveLength(2);
    expect(source.cancelled).toBe(true);
    expect(await items.next()).toBeUndefined();
  });

  it('takes nothing but the marker for the marker', async () => {
    expect((await failureOf([text('hi'), '[DONE]x'])).reason).toBe('not-an-answer');
    const quoting = await chunksOf([text('say data: [DONE]'), stop, '[DONE]']);
    expect(quoting[0]?.choices[0]?.delta.content).toBe('say data: [DONE]');
  });

  it('accepts a close after every choice has finished, and nothing earlier', async () => {
    expect(await chunksOf([text('hi'), stop])).toHaveLength(2);
    expect((await failureOf([text('hi')])).reason).toBe('truncated');
    expect((await failureOf([])).reason).toBe('truncated');
    expect((await failureOf([text('hi'), stop], OPENAI_QUIRKS, { n: 2 })).reason).toBe('truncated');
  });

  it('finishes a choice that only the marker ended, and refuses a stream of nothing', async () => {
    const chunks = await chunksOf([text('hi'), '[DONE]']);
    expect(chunks.at(-1)?.choices[0]).toEqual({ index: 0, delta: {}, finish_reason: 'stop', native_finish_reason: null });
    expect((await failureOf(['[DONE]'])).reason).toBe('not-an-answer');
  });

  it('gives nothing more once cancelled', async () => {
    const { items, source } = streamOf([text('a'), text('b'), stop, '[DONE]']);
    await items.next();
    items.cancel();
    expect(await items.next()).toBeUndefined();
    expect(source.cancelled).toBe(true);
  });
});

describe('errors inside a stream', () => {
  it.each([
    ['an error event', { event: 'error', data: '{"message":"x","code":"boom"}' }],
    ['an error object', '{"error":{"message":"x","code":"boom"}}'],
    ['an error text', '{"error":"x"}'],
    ["vLLM's error object", '{"object":"error","message":"x","code":"boom"}'],
    ['an error beside choices', chunk({ delta: { content: '' } }, { error: { code: 'boom', message: 'x' } })],
    ['an error in a choice', chunk({ delta: {}, error: { code: 'boom', message: 'x' } })],
    ['a finish reason of error', chunk({ delta: {}, finish_reason: 'error' })],
  ])('%s is thrown', async (_name, data) => {
    expect((await failureOf([text('hi'), data, '[DONE]'])).reason).toBe('error-in-stream');
  });

  it('keeps the status that the error names', async () => {
    expect((await failureOf(['{"error":{"message":"x","code":502}}'])).status).toBe(502);
    expect((await failureOf(['{"error":{"message":"x","status_code":400}}'])).status).toBe(400);
  });

  it('refuses malformed JSON without repeating it', async () => {
    const error = await failureOf([text('hi'), '{"choices":[{"delta":{"content":"secret']);
    expect(error.reason).toBe('not-an-answer');
    expect(JSON.stringify(error.body) + error.message).not.toContain('secret');
    expect((await failureOf(['[1,2]'])).reason).toBe('not-an-answer');
  });
});

describe('usage', () => {
  it.each([
    ['on a chunk without choices', [text('a'), stop, chunk(undefined, { usage })]],
    ['on the finish chunk', [text('a'), chunk({ delta: {}, finish_reason: 'stop' }, { usage })]],
    [
      'on every chunk, growing',
      [
        chunk({ delta: { content: 'a' } }, { usage: { ...usage, completion_tokens: 1 } }),
        chunk({ delta: {}, finish_reason: 'stop' }, { usage }),
      ],
    ],
    [
      'twice',
      [text('a'), chunk({ delta: {}, finish_reason: 'stop' }, { usage, x_groq: { usage } }), chunk(undefined, { usage })],
    ],
    ["in Groq's envelope only", [text('a'), chunk({ delta: {}, finish_reason: 'stop' }, { x_groq: { usage } })]],
    ['in the choice', [text('a'), chunk({ delta: {}, finish_reason: 'stop', usage })]],
    ['on an empty choice after the finish', [text('a'), stop, chunk({ delta: {} }, { usage })]],
  ])('%s comes once, last and alone', async (_name, datas) => {
    const chunks = await chunksOf([...datas, '[DONE]']);
    expect(chunks.map((item) => item.choices.length)).toEqual([1, 1, 0]);
    expect(chunks.slice(0, -1).every((item) => !item.usage)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ id: 'c1', model: 'm', usage });
    expect(chunks.at(-1)?.usage?.prompt_tokens_details).toEqual({ cached_tokens: 0, cache_write_tokens: 0 });
  });

  it('keeps explicit zeros and leaves out counts that are none', async () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    expect((await chunksOf([stop, chunk(undefined, { usage: zeros }), '[DONE]'])).at(-1)?.usage).toMatchObject(zeros);
    for (const bad of [-1, Number.NaN, '3', 1e15]) {
      const none = { prompt_tokens: bad, completion_tokens: bad };
      expect(await chunksOf([stop, chunk(undefined, { usage: none }), '[DONE]'])).toHaveLength(1);
      const chunks = await chunksOf([stop, chunk(undefined, { usage: { ...usage, prompt_tokens: bad } }), '[DONE]']);
      expect(chunks.at(-1)?.usage).toMatchObject(usage);
    }
  });
});

describe('deltas', () => {
  it('gives the role once, also where the host repeats it or leaves it out', async () => {
    const chunks = await chunksOf([text('a'), chunk({ delta: { role: 'assistant', content: 'b' } }), stop, '[DONE]']);
    expect(chunks.map((item) => item.choices[0]?.delta.role)).toEqual(['assistant', undefined, undefined]);
  });

  it('skips chunks that hold nothing, such as prompt filter results', async () => {
    const filtered = JSON.stringify({ choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [] });
    const chunks = await chunksOf([filtered, text('a'), stop, '[DONE]']);
    expect(chunks).toHaveLength(2);
    expect(chunks[0]?.id).toBe('c1');
  });

  it('finishes once, and says the own word beside', async () => {
    const eos = chunk({ delta: {}, finish_reason: 'eos' });
    const chunks = await chunksOf([text('a'), eos, eos, '[DONE]'], HOST_QUIRKS);
    expect(chunks).toHaveLength(2);
    expect(chunks[1]?.choices[0]).toMatchObject({ finish_reason: 'stop', native_finish_reason: 'eos' });
  });

  it("turns Mistral's thinking parts into reasoning", async () => {
    const thinking = chunk({ delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hmm' }] }] } });
    const chunks = await chunksOf([thinking, text('4'), stop, '[DONE]'], HOST_QUIRKS);
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ content: '', reasoning_content: 'hmm' });
  });

  it('takes reasoning out of tags, however the text is cut', async () => {
    const quirks = { ...HOST_QUIRKS, reasoningTag: 'think' } as const;
    const pieces = ['<th', 'ink>\nlet me', ' see</thi', 'nk>\n', '\nfour <think>', ' is it'];
    const chunks = await chunksOf([...pieces.map(text), stop, '[DONE]'], quirks);
    const deltas = chunks.flatMap((item) => item.choices.map((choice) => choice.delta));
    expect(deltas.map((delta) => delta.reasoning_content ?? '').join('')).toBe('let me see');
    expect(deltas.map((delta) => delta.content ?? '').join('')).toBe('four <think> is it');
  });

  it('keeps two choices apart', async () => {
    const second = (content: string) => chunk({ index: 1, delta: { content } });
    const chunks = await chunksOf(
      [text('a'), second('b'), stop, chunk({ index: 1, delta: {}, finish_reason: 'length' })],
      OPENAI_QUIRKS,
      { n: 2 },
    );
    expect(chunks.filter((item) => item.choices[0]?.delta.role === 'assistant')).toHaveLength(2);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
  });
});

describe('tool calls', () => {
  const call = (...calls: unknown[]) => chunk({ delta: { tool_calls: calls } });
  const finish = chunk({ delta: {}, finish_reason: 'tool_calls' });
  const callsOf = (chunks: ChatChunk[]) =>
    chunks.flatMap((item) => item.choices.flatMap((choice) => choice.delta.tool_calls ?? []));

  it('counts whole calls without index, type or id, with ids that are stable and unique', async () => {
    const datas = [
      call({ function: { name: 'a', arguments: '{}' } }, { function: { name: 'b', arguments: { x: 1 } } }),
      finish,
      '[DONE]',
    ];
    const calls = callsOf(await chunksOf(datas, HOST_QUIRKS));
    expect(calls.map((own) => [own.index, own.type, own.function])).toEqual([
      [0, 'function', { name: 'a', arguments: '{}' }],
      [1, 'function', { name: 'b', arguments: '{"x":1}' }],
    ]);
    expect(new Set(calls.map((own) => own.id)).size).toBe(2);
    expect(callsOf(await chunksOf(datas, HOST_QUIRKS)).map((own) => own.id)).toEqual(calls.map((own) => own.id));
  });

  it('tells calls apart that all have the index 0, and counts from 0 where the host does not', async () => {
    const zeros = [
      call({ index: 0, id: 'x', function: { name: 'a', arguments: '{}' } }),
      call({ index: 0, id: 'y', function: { name: 'b', arguments: '{}' } }),
    ];
    expect(callsOf(await chunksOf([...zeros, finish], HOST_QUIRKS)).map((own) => [own.index, own.id])).toEqual([
      [0, 'x'],
      [1, 'y'],
    ]);
    const later = [
      call({ index: 3, id: 'x', function: { name: 'a', arguments: '{"q' } }),
      call({ index: 3, function: { arguments: '":1}' } }),
    ];
    expect(callsOf(await chunksOf([...later, finish], HOST_QUIRKS)).map((own) => own.index)).toEqual([0, 0]);
  });

  it('leaves only index and arguments on later pieces', async () => {
    const datas = [
      call({ index: 0, id: 'x', type: 'function', function: { name: 'a', arguments: '' } }),
      call({ index: 0, id: '', type: null, function: { name: null, arguments: '{}' } }),
      finish,
    ];
    expect(callsOf(await chunksOf(datas, HOST_QUIRKS))[1]).toEqual({ index: 0, function: { arguments: '{}' } });
  });

  const offers = (...names: string[]) => ({ tools: names.map((name) => ({ type: 'function', function: { name } })) });
  const naming = (name: string | undefined, rest: object = {}) => call({ index: 0, function: { name, arguments: '' }, ...rest });
  const args = call({ index: 0, function: { arguments: '{"city":"Oslo"}' } });

  it.each([
    { sent: 'in pieces', names: ['get', '_wea', 'ther'] },
    { sent: 'as all of it so far', names: ['get', 'get_wea', 'get_weather'] },
    { sent: 'again with each piece', names: ['get_weather', 'get_weather'] },
    { sent: 'once', names: ['get_weather'] },
    { sent: 'in pieces, beside a tool that is called as the first', names: ['get', '_weather'], others: ['get'] },
    { sent: 'again, and begins another', names: ['get_weather', 'get_weather'], others: ['get_weather_at'] },
  ])('hands over one whole name where it is sent $sent', async ({ names, others = [] }) => {
    const pieces = names.map((name, place) => naming(name, place === 0 ? { id: 'x', type: 'function' } : {}));
    const chunks = await chunksOf([...pieces, args, finish], HOST_QUIRKS, offers('get_weather', ...others));
    const calls = callsOf(chunks);
    expect(calls.map((own) => own.function?.name).filter((name) => name !== undefined)).toEqual(['get_weather']);
    expect(calls[0]).toMatchObject({ index: 0, id: 'x', type: 'function', function: { name: 'get_weather' } });
    expect(calls.map((own) => own.function?.arguments).join('')).toBe('{"city":"Oslo"}');
  });

  it('joins a name whose id comes again with each piece, and one whose last piece has the arguments', async () => {
    const datas = [
      naming('get_', { id: 'x' }),
      call({ index: 0, id: 'x', function: { name: 'weather', arguments: '{}' } }),
      naming('get_', { id: 'y', index: 1 }),
      naming('time', { id: 'y', index: 1 }),
      finish,
    ];
    const calls = callsOf(await chunksOf(datas, HOST_QUIRKS, offers('get_weather', 'get_time')));
    expect(calls.flatMap((own) => own.function?.name ?? [])).toEqual(['get_weather', 'get_time']);
    expect(calls.map((own) => `${own.index} ${own.function?.arguments}`)).toEqual(['0 {}', '1 ', '1 {}']);
  });

  it('leaves a name alone that begins none of those offered, and joins nothing once arguments have come', async () => {
    const unknown = [naming('look', { id: 'x' }), naming('up'), args, finish];
    expect(callsOf(await chunksOf(unknown, HOST_QUIRKS, offers('get_weather')))[0]?.function?.name).toBe('look');
    const late = [call({ index: 0, id: 'x', function: { name: 'get', arguments: '{"a":' } }), naming('_weather'), args, finish];
    const calls = callsOf(await chunksOf(late, HOST_QUIRKS, offers('get', 'get_weather')));
    expect(calls.map((own) => own.function?.name).filter((name) => name !== undefined)).toEqual(['get']);
  });

  it('gives `{}` for a call that never had arguments', async () => {
    const datas = [call({ index: 0, id: 'x', type: 'function', function: { name: 'a' } }), finish, '[DONE]'];
    const calls = callsOf(await chunksOf(datas, HOST_QUIRKS));
    expect(calls.map((own) => own.function?.arguments).join('')).toBe('{}');
  });

  it("means tool calls by a host's stop, not by OpenAI's", async () => {
    const datas = [call({ index: 0, id: 'x', type: 'function', function: { name: 'a', arguments: '{}' } }), stop, '[DONE]'];
    expect((await chunksOf(datas, HOST_QUIRKS)).at(-1)?.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      native_finish_reason: 'stop',
    });
    expect((await chunksOf(datas, OPENAI_QUIRKS)).at(-1)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('refuses more calls or choices than anyone asks for, and indexes that are none', async () => {
    const many = Array.from({ length: 130 }, (_, index) =>
      call({ index, id: `c${index}`, function: { name: 'a', arguments: '{}' } }),
    );
    expect((await failureOf(many)).reason).toBe('not-an-answer');
    expect((await failureOf([call({ index: 4_294_967_294, id: 'x', function: { name: 'a', arguments: '{}' } })])).reason).toBe(
      'not-an-answer',
    );
    expect((await failureOf([chunk({ index: 4_294_967_294, delta: {} })])).reason).toBe('not-an-answer');
    const odd = await chunksOf([call({ index: '__proto__', id: 'x', function: { name: 'a', arguments: '{}' } }), finish]);
    expect(callsOf(odd)[0]?.index).toBe(0);
  });
});

describe('streams of typed events', () => {
  const event = (type: string, rest: object = {}) => ({ event: type, data: JSON.stringify({ type, ...rest }) });

  it.each(['response.completed', 'response.incomplete'])('passes Responses events on and ends at %s', async (last) => {
    const { items, source } = streamOf([event('response.created'), event(last), event('late')], OPENAI_QUIRKS, {}, 'responses');
    expect(await collect(items)).toEqual([{ type: 'response.created' }, { type: last }]);
    expect(source.cancelled).toBe(true);
  });

  it('throws a failed response with its code, an error event, and a close before the end', async () => {
    const failed = event('response.failed', { response: { error: { code: 'rate_limit_exceeded', message: 'slow' } } });
    expect(await failureOf([failed], OPENAI_QUIRKS, {}, 'responses')).toMatchObject({
      reason: 'error-in-stream',
      body: { error: { code: 'rate_limit_exceeded' } },
    });
    expect((await failureOf([event('error', { message: 'x' })], OPENAI_QUIRKS, {}, 'responses')).reason).toBe('error-in-stream');
    expect((await failureOf([event('response.created')], OPENAI_QUIRKS, {}, 'responses')).reason).toBe('truncated');
  });

  it('ends a transcript at its own last event', async () => {
    const { items } = streamOf(
      [event('transcript.text.delta'), event('transcript.text.done')],
      OPENAI_QUIRKS,
      {},
      'audio.transcription',
    );
    expect(await collect(items)).toHaveLength(2);
  });
});

describe('legacy completions', () => {
  it('gives usage once and last, with the finish of OpenAI', async () => {
    const piece = (own: object, rest: object = {}) =>
      JSON.stringify({
        id: 'c',
        object: 'text_completion',
        created: 1,
        model: 'm',
        choices: [{ index: 0, text: 'a', ...own }],
        ...rest,
      });
    const { items } = streamOf([piece({}), piece({ finish_reason: 'eos' }, { usage }), '[DONE]'], HOST_QUIRKS, {}, 'completions');
    const chunks = (await collect(items)) as { choices: { finish_reason: unknown }[]; usage?: unknown }[];
    expect(chunks.map((item) => item.choices[0]?.finish_reason)).toEqual([null, 'stop', undefined]);
    expect(chunks.at(-1)?.usage).toMatchObject(usage);
  });
});

describe('the tag splitter', () => {
  const whole = (input: string) => split([input]);
  function split(pieces: readonly string[]): { text: string; reasoning: string } {
    const splitter = new ReasoningTagSplitter('think');
    const parts = [...pieces.map((piece) => splitter.push(piece)), splitter.flush()];
    return { text: parts.map((part) => part.text).join(''), reasoning: parts.map((part) => part.reasoning).join('') };
  }

  it('loses no text without a tag', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('<', 'th', 'ink', '>', 'a', ' ', '\n', '</think>')), (pieces) => {
        const input = pieces.join('');
        fc.pre(!input.trimStart().startsWith('<think>'));
        expect(split(pieces)).toEqual({ text: input, reasoning: '' });
      }),
    );
  });

  it('splits the same wherever the text is cut', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.array(fc.nat(40)), (reasoning, text, cuts) => {
        fc.pre(!reasoning.includes('<') && reasoning.trim() === reasoning && text.trim() === text && reasoning !== '');
        const input = `<think>\n${reasoning}\n \n</think>\n\n${text}`;
        const positions = [...new Set(cuts.map((cut) => Math.min(cut, input.length)))].sort((a, b) => a - b);
        const pieces = [0, ...positions].map((start, index) => input.slice(start, positions[index]));
        expect(whole(input)).toEqual({ text, reasoning });
        expect(split(pieces)).toEqual({ text, reasoning });
      }),
    );
  });

  it('takes all for reasoning where the closing tag never comes', () => {
    expect(whole('<think>cut off')).toEqual({ text: '', reasoning: 'cut off' });
  });
});
