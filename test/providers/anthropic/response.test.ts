import { describe, expect, test } from 'vitest';
import type { ChatCompletion } from '../../../src/core/chat.ts';
import { ANSWER_TOOL } from '../../../src/providers/anthropic/structured-output.ts';
import { UpstreamError } from '../../../src/providers/upstream-error.ts';
import { type Ask, exchangeOf, schemaErrors, wire } from './support.ts';

const usage = { input_tokens: 10, output_tokens: 5 };

function answer(content: unknown[], more: Record<string, unknown> = {}, ask: Ask = {}): ChatCompletion {
  const body = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    model: 'claude-x',
    content,
    stop_reason: 'end_turn',
    usage,
    ...more,
  };
  const completion = wire.fromResponse(body, exchangeOf(ask)) as ChatCompletion;
  expect(schemaErrors('CreateChatCompletionResponse', completion)).toEqual([]);
  return completion;
}

const messageOf = (...args: Parameters<typeof answer>) => answer(...args).choices[0]?.message;
const text = (words: string, more = {}) => ({ type: 'text', text: words, ...more });
const use = (name: string, input: unknown = {}, id = `toolu_${name}`) => ({ type: 'tool_use', id, name, input });

test('an answer has its own id and model, and the time of its head', () => {
  expect(answer([text('Hi')])).toMatchObject({
    id: 'msg_1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'claude-x',
    choices: [{ index: 0, finish_reason: 'stop', native_finish_reason: 'end_turn', logprobs: null }],
  });
});

test('an answer without id or model still has both', () => {
  expect(answer([text('Hi')], { id: undefined, model: undefined })).toMatchObject({
    id: 'chatcmpl-req_test',
    model: 'claude-sonnet-4-5',
  });
});

describe('content', () => {
  test('of several text blocks joins without separators; blocks of server tools are no part of it', () => {
    const content = [
      text('a'),
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      { type: 'odd_new_block' },
      text('b'),
    ];
    expect(messageOf(content)).toEqual({ role: 'assistant', content: 'ab', refusal: null });
  });

  test('is null beside calls and empty where there is nothing', () => {
    expect(messageOf([use('look')], { stop_reason: 'tool_use' })?.content).toBeNull();
    expect(messageOf([])?.content).toBe('');
  });

  test('has annotations where a citation has a URL', () => {
    const citations = [
      { type: 'web_search_result_location', url: 'https://x.test/a', title: 'A', cited_text: '…' },
      { type: 'char_location', document_index: 0, document_title: 'D' },
      { type: 'search_result_location', source: 'https://x.test/b', title: null },
      { type: 'search_result_location', source: 'shelf 7', title: 'B' },
    ];
    expect(messageOf([text('See '), text('this', { citations })])?.annotations).toEqual([
      { type: 'url_citation', url_citation: { url: 'https://x.test/a', title: 'A', start_index: 4, end_index: 8 } },
      { type: 'url_citation', url_citation: { url: 'https://x.test/b', title: '', start_index: 4, end_index: 8 } },
    ]);
  });
});

test('thinking stands beside the content, with what has to come back', () => {
  const content = [
    { type: 'thinking', thinking: 'hm', signature: 'sig' },
    { type: 'redacted_thinking', data: 'xyz' },
    { type: 'thinking', thinking: '', signature: 'sig2' },
    text('Hi'),
  ];
  expect(messageOf(content)).toEqual({
    role: 'assistant',
    content: 'Hi',
    refusal: null,
    reasoning_content: 'hm',
    reasoning_details: [
      { type: 'reasoning.text', text: 'hm', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'xyz', format: 'anthropic-claude-v1', index: 1 },
      { type: 'reasoning.text', text: '', signature: 'sig2', format: 'anthropic-claude-v1', index: 2 },
    ],
  });
});

describe('tool calls', () => {
  test('have their arguments as text and an id in any case', () => {
    const calls = messageOf([use('a', { q: 1 }), use('b', {}), use('c', undefined, '')], { stop_reason: 'tool_use' })?.tool_calls;
    expect(calls?.map((call) => call.function)).toEqual([
      { name: 'a', arguments: '{"q":1}' },
      { name: 'b', arguments: '{}' },
      { name: 'c', arguments: '{}' },
    ]);
    expect(calls?.map((call) => call.id)).toEqual(['toolu_a', 'toolu_b', expect.stringMatching(/^call_\w+$/)]);
  });

  test('of an answer with too many make it none', () => {
    const calls = Array.from({ length: 129 }, (_, position) => use(`t${position}`));
    expect(() => answer(calls)).toThrow(UpstreamError);
  });

  test('answer legacy functions in kind', () => {
    const completion = answer([use('look', { q: 1 })], { stop_reason: 'tool_use' }, { functions: [{ name: 'look' }] });
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { content: null, function_call: { name: 'look', arguments: '{"q":1}' } },
    });
    expect(completion.choices[0]?.message).not.toHaveProperty('tool_calls');
  });
});

describe('an answer by the answer tool', () => {
  test('is content, without what was said before it', () => {
    const completion = answer([text("Here's the JSON:"), use(ANSWER_TOOL, { a: 1 })], { stop_reason: 'tool_use' });
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '{"a":1}' } });
  });

  test('beside real calls leaves them calls', () => {
    const completion = answer([use(ANSWER_TOOL, { a: 1 }), use('look')], { stop_reason: 'tool_use' });
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: '{"a":1}', tool_calls: [{ id: 'toolu_look' }] },
    });
  });
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'stop'],
  ['refusal', 'content_filter'],
  ['compaction', 'stop'],
  ['something_new', 'stop'],
  [null, 'stop'],
])('the reason %s without calls is %s', (stop_reason, finish_reason) => {
  expect(answer([text('Hi')], { stop_reason }).choices[0]).toMatchObject({ finish_reason, native_finish_reason: stop_reason });
});

test('a refusal says why, where Anthropic does', () => {
  const refused = { stop_reason: 'refusal', stop_details: { type: 'refusal', category: 'cyber', explanation: 'Blocked.' } };
  expect(messageOf([], refused)).toEqual({ role: 'assistant', content: null, refusal: 'Blocked.' });
  expect(messageOf([], { stop_reason: 'refusal', stop_details: null })).toEqual({
    role: 'assistant',
    content: '',
    refusal: null,
  });
});

describe('usage', () => {
  test('has the cache in the prompt and thinking in the completion', () => {
    const counted = {
      input_tokens: 2,
      cache_read_input_tokens: 30,
      cache_creation_input_tokens: 400,
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 20 },
      service_tier: 'priority',
    };
    const completion = answer([], { usage: counted });
    expect(completion.service_tier).toBe('priority');
    expect(completion.usage).toEqual({
      prompt_tokens: 432,
      completion_tokens: 50,
      total_tokens: 482,
      prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 400 },
      completion_tokens_details: { reasoning_tokens: 20 },
    });
  });

  test('of zero is kept; nonsense and nothing are no usage', () => {
    expect(answer([], { usage: { input_tokens: 0, output_tokens: 0 } }).usage?.total_tokens).toBe(0);
    for (const broken of [undefined, null, {}, { input_tokens: -1, output_tokens: 0 }, { input_tokens: '9' }]) {
      expect(answer([], { usage: broken })).not.toHaveProperty('usage');
    }
    for (const broken of [-1, '9']) {
      const usage = { input_tokens: broken, output_tokens: 5 };
      expect(answer([], { usage }).usage).toMatchObject({ completion_tokens: 5, unreported: 'input' });
    }
  });
});

test.each([
  ['an error in a 200', { type: 'error', error: { type: 'overloaded_error', message: 'x' } }, 'error-in-answer'],
  ['null', null, 'not-an-answer'],
  ['a list', [], 'not-an-answer'],
  ['no content', { type: 'message', id: 'msg' }, 'not-an-answer'],
])('%s is an upstream error', (_, body, reason) => {
  expect(() => wire.fromResponse(body, exchangeOf())).toThrow(expect.objectContaining({ reason }));
});
