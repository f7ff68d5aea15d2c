import fc from 'fast-check';
import { accumulateResponse } from 'openai/lib/responses/ResponseAccumulator';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { unsealReasoning } from '../../src/bridges/responses/sealed-reasoning.ts';
import type { ChatAnswerMessage, ChatChunk, ChatDelta, FinishReason, ReasoningDetail, ToolCall } from '../../src/core/chat.ts';
import { UpstreamError } from '../../src/providers/upstream-error.ts';
import { schemaProblems } from '../providers/openai/schema.ts';
import {
  bridgedEvents,
  bridgedResponse,
  bridgedSource,
  chunk,
  completion,
  type Event,
  ending,
  sourceOf,
} from './chat-provider.ts';

const call = (id: string, written: string): ToolCall => ({
  id,
  type: 'function',
  function: { name: 'look', arguments: written },
});
const detail: ReasoningDetail = {
  type: 'reasoning.text',
  text: 'hm',
  signature: 'c2ln',
  format: 'anthropic-claude-v1',
  index: 0,
};
const citation = { type: 'url_citation', url_citation: { url: 'https://a/b', title: 'A', start_index: 0, end_index: 2 } };
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };

/** Output items without what only says who and when. */
function plain(output: unknown): unknown[] {
  return (output as Record<string, unknown>[]).map(({ id, encrypted_content: sealed, ...item }) =>
    sealed === undefined ? item : { ...item, details: unsealReasoning(sealed) },
  );
}

const text = (words: string, more: object = {}) => ({ type: 'output_text', text: words, annotations: [], logprobs: [], ...more });
const said = (...content: object[]) => ({ type: 'message', role: 'assistant', status: 'completed', content });
const called = (id: string, written: string, more: object = {}) => ({
  type: 'function_call',
  call_id: id,
  name: 'look',
  arguments: written,
  status: 'completed',
  ...more,
});

/** A message of chat, and the output that it is. */
const MESSAGES: readonly (readonly [string, Partial<ChatAnswerMessage>, readonly unknown[]])[] = [
  ['text', { content: 'hi' }, [said(text('hi'))]],
  ['nothing', { content: '' }, []],
  ['a refusal', { refusal: 'no' }, [said({ type: 'refusal', refusal: 'no' })]],
  [
    'text with its sources',
    { content: 'hi', annotations: [citation, { type: 'other' }] },
    [said(text('hi', { annotations: [{ type: 'url_citation', url: 'https://a/b', title: 'A', start_index: 0, end_index: 2 }] }))],
  ],
  [
    'reasoning, text and calls',
    {
      reasoning_content: 'hm',
      reasoning_details: [detail],
      content: 'I look.',
      tool_calls: [call('call_1', '{"a":1}'), call('call_2', '{}')],
    },
    [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }], status: 'completed', details: [detail] },
      said(text('I look.')),
      called('call_1', '{"a":1}'),
      called('call_2', '{}'),
    ],
  ],
  [
    'reasoning that may not be read',
    { reasoning_details: [{ type: 'reasoning.encrypted', data: 'AA==' }], content: 'hi' },
    [
      { type: 'reasoning', summary: [], status: 'completed', details: [{ type: 'reasoning.encrypted', data: 'AA==' }] },
      said(text('hi')),
    ],
  ],
  [
    'a call with a thought signature',
    { tool_calls: [{ ...call('call_1', '{}'), extra_content: { google: { thought_signature: 'Z29v' } } }] },
    [
      // Beside the call too, for clients that know no such field on it.
      {
        type: 'reasoning',
        summary: [],
        status: 'completed',
        details: [{ type: 'reasoning.encrypted', data: 'Z29v', id: 'call:call_1' }],
      },
      called('call_1', '{}', { extra_content: { google: { thought_signature: 'Z29v' } } }),
    ],
  ],
  [
    'an image',
    { content: 'see', images: [image] },
    [said(text('see')), { type: 'image_generation_call', status: 'completed', result: 'AAAA' }],
  ],
];

const ENDS: readonly (readonly [FinishReason, string, object | null])[] = [
  ['stop', 'completed', null],
  ['tool_calls', 'completed', null],
  ['length', 'incomplete', { reason: 'max_output_tokens' }],
  ['content_filter', 'incomplete', { reason: 'content_filter' }],
];

/** A message as a stream that gives each of its fields at once. */
function chunksOf({
  reasoning_content,
  reasoning_details,
  content,
  refusal,
  tool_calls,
  images,
  annotations,
}: Partial<ChatAnswerMessage>): ChatChunk[] {
  const deltas: ChatDelta[] = [{ role: 'assistant', content: '' }];
  if (reasoning_content) deltas.push({ reasoning_content });
  if (reasoning_details) deltas.push({ reasoning_details });
  if (content) deltas.push({ content });
  if (annotations) deltas.push({ annotations });
  if (refusal) deltas.push({ refusal });
  for (const [index, own] of (tool_calls ?? []).entries()) deltas.push({ tool_calls: [{ index, ...own }] });
  if (images) deltas.push({ images });
  return [...deltas.map((delta) => chunk(delta)), ...ending()];
}

function lastResponse(events: readonly Event[]): Record<string, unknown> {
  return events.at(-1)?.response as Record<string, unknown>;
}

function problems(events: readonly Event[]): string[] {
  return events.flatMap((event) => schemaProblems('ResponseStreamEvent', event).map((problem) => `${event.type}${problem}`));
}

/** What OpenAI's own client makes of the events, the last one left out, so that it has to put the output together itself. */
function accumulated(events: readonly Event[]): Response | undefined {
  let response: Response | undefined;
  for (const event of events.slice(0, -1)) response = accumulateResponse(event as unknown as ResponseStreamEvent, response);
  return response;
}

describe('a chat completion as a response', () => {
  it.each(MESSAGES)('gives %s', async (_, message, output) => {
    const response = await bridgedResponse(completion(message));
    expect(plain(response.output)).toEqual(output);
    expect(schemaProblems('Response', response)).toEqual([]);
  });

  it.each(ENDS)('that finished by %s is %s', async (finish, status, details) => {
    const response = await bridgedResponse(completion({ content: 'hi', tool_calls: [call('call_1', '{"a"')] }, finish));
    expect(response).toMatchObject({ status, incomplete_details: details, error: null });
    expect(response.completed_at === null).toBe(status === 'incomplete');
    expect((response.output as { status: string }[]).map((item) => item.status)).toEqual(['completed', status]);
  });

  it('counts tokens as the Responses API does, and leaves the count out where there is none', async () => {
    expect((await bridgedResponse(completion({ content: 'hi' }))).usage).toEqual({
      input_tokens: 30,
      input_tokens_details: { cached_tokens: 8, cache_write_tokens: 3 },
      output_tokens: 12,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 42,
    });
    const { usage, ...uncounted } = completion({ content: 'hi' });
    expect(await bridgedResponse(uncounted)).not.toHaveProperty('usage');
  });

  it('says who answered and what was asked', async () => {
    const params = {
      input: 'hello',
      instructions: 'Be brief.',
      tools: [{ type: 'function', name: 'look' }],
      tool_choice: 'none',
      parallel_tool_calls: false,
      reasoning: { effort: 'low' },
      text: { verbosity: 'low' },
      max_output_tokens: 50,
      temperature: 0.5,
      metadata: { a: 'b' },
      user: 'u',
    };
    const response = await bridgedResponse(completion({ content: 'hi' }, 'stop', { service_tier: 'default' }), params);
    expect(schemaProblems('Response', response)).toEqual([]);
    expect(response).toMatchObject({
      id: 'resp_1',
      object: 'response',
      created_at: 1_700_000_000,
      model: 'chatty-1-0714',
      service_tier: 'default',
      store: false,
      previous_response_id: null,
      instructions: 'Be brief.',
      tools: [{ type: 'function', name: 'look', parameters: null, strict: false }],
      tool_choice: 'none',
      parallel_tool_calls: false,
      reasoning: { effort: 'low', summary: null },
      text: { format: { type: 'text' }, verbosity: 'low' },
      max_output_tokens: 50,
      temperature: 0.5,
      top_p: null,
      metadata: { a: 'b' },
      user: 'u',
    });
  });

  it('hands on probabilities with bytes that are a list', async () => {
    const token = { token: 'hi', logprob: -0.1, bytes: null, top_logprobs: [{ token: 'ho', logprob: -2, bytes: [104, 111] }] };
    const body = completion({ content: 'hi' });
    for (const choice of body.choices) choice.logprobs = { content: [token], refusal: null };
    const response = await bridgedResponse(body);
    expect(schemaProblems('Response', response)).toEqual([]);
    expect(plain(response.output)).toEqual([said(text('hi', { logprobs: [{ ...token, bytes: [] }] }))]);
  });

  it('is an error where there is no choice', async () => {
    await expect(bridgedResponse({ ...completion({}), choices: [] })).rejects.toBeInstanceOf(UpstreamError);
    await expect(bridgedResponse('<html>')).rejects.toMatchObject({ reason: 'not-an-answer' });
  });
});

describe('a chat stream as events', () => {
  it.each(MESSAGES)('gives %s as the whole answer does', async (_, message, output) => {
    const events = await bridgedEvents(chunksOf(message));
    expect(problems(events)).toEqual([]);
    expect(plain(lastResponse(events).output)).toEqual(output);
    expect(accumulated(events)?.output).toEqual(lastResponse(events).output);
    expect(lastResponse(events)).toEqual(await bridgedResponse(completion(message)));
  });

  it.each(ENDS)('that finished by %s ends as response.%s', async (finish, status, details) => {
    const events = await bridgedEvents([
      chunk({ content: 'hi' }),
      chunk({ tool_calls: [{ index: 0, ...call('call_1', '{"a"') }] }),
      ...ending(finish),
    ]);
    expect(problems(events)).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: `response.${status}`, response: { status, incomplete_details: details } });
    const last = events.findLast((event) => event.type === 'response.output_item.done');
    expect(last).toMatchObject({ item: { type: 'function_call', status } });
  });

  it('opens, fills and closes one item after the other', async () => {
    const events = await bridgedEvents([
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: 'h', reasoning_details: [{ type: 'reasoning.text', text: 'h', format: 'f', index: 0 }] }),
      chunk({ reasoning_content: 'm', reasoning_details: [{ type: 'reasoning.text', text: 'm', format: 'f', index: 0 }] }),
      chunk({ reasoning_details: [{ type: 'reasoning.text', signature: 'c2ln', format: 'f', index: 0 }] }),
      chunk({ content: 'I ' }),
      chunk({ content: 'look.' }),
      chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }),
      ...ending('tool_calls'),
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, position) => position));
    const [reasoning] = plain(lastResponse(events).output);
    expect(reasoning).toMatchObject({
      details: [{ type: 'reasoning.text', text: 'hm', signature: 'c2ln', format: 'f', index: 0 }],
    });
  });

  it('keeps calls apart that take turns', async () => {
    const events = await bridgedEvents([
      chunk({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'look', arguments: '{"a"' } }] }),
      chunk({ tool_calls: [{ index: 1, id: 'call_2', function: { name: 'look', arguments: '{"b"' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
      chunk({ tool_calls: [{ index: 1, function: { arguments: ':2}' } }] }),
      ...ending('tool_calls'),
    ]);
    expect(problems(events)).toEqual([]);
    expect(plain(lastResponse(events).output)).toEqual([called('call_1', '{"a":1}'), called('call_2', '{"b":2}')]);
    expect(accumulated(events)?.output).toEqual(lastResponse(events).output);
  });

  it('keeps a signature that comes behind the text, without breaking the text', async () => {
    const late: ReasoningDetail = {
      type: 'reasoning.encrypted',
      data: 'AA==',
      format: 'google-gemini-v1',
      id: 'text:0-2',
      index: 0,
    };
    const events = await bridgedEvents([
      chunk({ content: 'h' }),
      chunk({ reasoning_details: [late] }),
      chunk({ content: 'i' }),
      ...ending(),
    ]);
    expect(problems(events)).toEqual([]);
    expect(plain(lastResponse(events).output)).toEqual([
      said(text('hi')),
      { type: 'reasoning', summary: [], status: 'completed', details: [late] },
    ]);
  });

  it('says nothing of the output before the model did', async () => {
    const source = sourceOf([chunk({ role: 'assistant', content: '' }), chunk({ content: 'hi' }), ...ending()]);
    const items = await bridgedSource(source);
    expect([await items.next(), await items.next()]).toMatchObject([
      { type: 'response.created' },
      { type: 'response.in_progress', response: { status: 'in_progress', output: [] } },
    ]);
    expect(await items.next()).toMatchObject({ type: 'response.output_item.added' });
  });

  it('passes on what breaks the stream, and says nothing more', async () => {
    const broken = new UpstreamError('truncated', 200, {}, undefined);
    const items = await bridgedSource(sourceOf([chunk({ content: 'hi' }), broken]));
    const read = async () => {
      for (;;) await items.next();
    };
    await expect(read()).rejects.toBe(broken);
  });

  it('ends again and again, and closes what is behind when it is cancelled', async () => {
    const source = sourceOf(ending(), true);
    const items = await bridgedSource(source);
    while (await items.next());
    expect(await items.next()).toBeUndefined();
    const dropped = sourceOf([chunk({ content: 'hi' }), ...ending()], true);
    const half = await bridgedSource(dropped);
    const pending = half.next();
    half.cancel();
    half.cancel();
    expect(await pending).toBeUndefined();
    expect(await half.next()).toBeUndefined();
    expect(dropped.cancelled).toBe(true);
  });
});

const deltas: fc.Arbitrary<ChatDelta> = fc.oneof(
  fc.record({ content: fc.string({ minLength: 1 }) }),
  fc.record({ refusal: fc.string({ minLength: 1 }) }),
  fc.record({ reasoning_content: fc.string({ minLength: 1 }) }),
  fc.record({
    reasoning_details: fc.tuple(
      fc.record({ type: fc.constantFrom('reasoning.text', 'reasoning.encrypted'), text: fc.string(), index: fc.nat(2) }),
    ),
  }),
  fc.record({
    tool_calls: fc.tuple(
      fc.record({ index: fc.nat(2), id: fc.uuid(), function: fc.record({ name: fc.constant('look'), arguments: fc.string() }) }),
    ),
  }),
  fc.constant({ annotations: [citation] }),
  fc.constant({ images: [image] }),
  fc.constant({}),
) as fc.Arbitrary<ChatDelta>;

describe('any chat stream', () => {
  it('becomes events that OpenAI’s client puts together to the very response they end with', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deltas, { maxLength: 12 }),
        fc.constantFrom<FinishReason>('stop', 'length'),
        fc.boolean(),
        async (given, finish, late) => {
          const chunks = [chunk({ role: 'assistant', content: '' }), ...given.map((delta) => chunk(delta)), ...ending(finish)];
          const events = await bridgedEvents(chunks, { input: 'hello' }, late);
          expect(problems(events)).toEqual([]);
          expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, position) => position));
          const response = lastResponse(events) as { output: { type: string }[] };
          expect(accumulated(events)?.output).toEqual(response.output);
          expect(textsOf(events, 'response.output_text.delta')).toBe(given.map(({ content }) => content ?? '').join(''));
          expect(textsOf(events, 'response.reasoning_summary_text.delta')).toBe(
            given.map((delta) => delta.reasoning_content ?? '').join(''),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

function textsOf(events: readonly Event[], type: string): string {
  return events.map((event) => (event.type === type ? event.delta : '')).join('');
}
