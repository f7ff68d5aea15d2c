import { describe, expect, it } from 'vitest';
import type { ChatChunk, ChatParams } from '../../../src/core/chat.ts';
import type { AwsEvent } from '../../../src/core/transport.ts';
import { bedrockWire } from '../../../src/providers/bedrock/provider.ts';
import { UpstreamError } from '../../../src/providers/upstream-error.ts';
import { TestClock } from '../../support/test-clock.ts';
import { ACCOUNT, awsEvent, eventsOf, exchangeFor, expectSchema, joined } from './support.ts';

const CLAUDE = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const wire = bedrockWire({ account: ACCOUNT, clock: new TestClock() });

function answer(body: unknown, params: Partial<ChatParams> = {}) {
  return wire.fromResponse(body, exchangeFor(params, CLAUDE)) as {
    choices: { message: Record<string, unknown>; finish_reason: string }[];
  };
}

function read(items: readonly (AwsEvent | Error)[], params: Partial<ChatParams> = {}) {
  const events = eventsOf(items);
  const source = wire.fromStream(events, exchangeFor(params, CLAUDE, true));
  const chunks: ChatChunk[] = [];
  let error: unknown;
  try {
    for (let item = source.next(); item !== undefined; item = source.next()) chunks.push(item as ChatChunk);
  } catch (thrown) {
    error = thrown;
  }
  for (const chunk of chunks) expectSchema('CreateChatCompletionStreamResponse', chunk);
  return { chunks, error, events, source };
}

const start = awsEvent('messageStart', { role: 'assistant' });
const text = (part: string) => awsEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: part } });
const stop = (stopReason = 'end_turn') => awsEvent('messageStop', { stopReason });
const metadata = awsEvent('metadata', { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, p: 'abc' });
const toolStart = (index: number, name: string, id = `t${index}`) =>
  awsEvent('contentBlockStart', { contentBlockIndex: index, start: { toolUse: { toolUseId: id, name } } });
const toolInput = (index: number, input: string) =>
  awsEvent('contentBlockDelta', { contentBlockIndex: index, delta: { toolUse: { input } } });
const blockStop = (index: number) => awsEvent('contentBlockStop', { contentBlockIndex: index });

describe('a whole answer', () => {
  const content = (...blocks: unknown[]) => ({
    output: { message: { role: 'assistant', content: blocks } },
    stopReason: 'end_turn',
  });

  it('joins text blocks, counts caches inside the prompt, and gives calls ids and arguments', () => {
    const body = {
      ...content({ text: 'a' }, { text: 'b' }, { toolUse: { name: 'f', input: '' } }, { toolUse: { name: 'g', input: {} } }),
      usage: { inputTokens: 1, outputTokens: 5, cacheReadInputTokenCount: 10, cacheWriteInputTokens: 100 },
    };
    const completion = answer(body) as unknown as { usage: object; choices: { message: { tool_calls: { id: string }[] } }[] };
    expect(completion).toMatchObject({
      id: 'chatcmpl-req_test',
      model: CLAUDE,
      choices: [{ message: { content: 'ab', refusal: null }, finish_reason: 'tool_calls', native_finish_reason: 'end_turn' }],
      usage: {
        prompt_tokens: 111,
        completion_tokens: 5,
        total_tokens: 116,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 100 },
      },
    });
    const ids = completion.choices[0]?.message.tool_calls.map(({ id }) => id) ?? [];
    expect(new Set(ids).size).toBe(2);
    expect(JSON.stringify(completion)).not.toContain('""');
    expectSchema('CreateChatCompletionResponse', completion);
  });

  it('cites the web as OpenAI does', () => {
    const citations = [{ title: 'T', location: { web: { url: 'https://example.com' } } }, { location: { documentChar: {} } }];
    const { choices } = answer(content({ text: 'x ' }, { citationsContent: { content: [{ text: 'cited' }], citations } }));
    expect(choices[0]?.message.annotations).toEqual([
      { type: 'url_citation', url_citation: { url: 'https://example.com', title: 'T', start_index: 2, end_index: 7 } },
    ]);
  });

  it('leaves out what ran at the host', () => {
    const { choices } = answer(
      content({ toolUse: { toolUseId: 'x', name: 'search', input: {}, type: 'server_tool_use' } }, { text: 'y' }),
    );
    expect(choices[0]?.message.tool_calls).toBeUndefined();
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['malformed_model_output', 'stop'],
    ['toString', 'stop'],
  ])('that stops for %s finishes with %s', (stopReason, finish) => {
    expect(answer({ ...content({ text: 'x' }), stopReason }).choices[0]?.finish_reason).toBe(finish);
  });

  it('gives the JSON tool’s input as the content and stops', () => {
    const body = {
      ...content({ text: 'Here.' }, { toolUse: { toolUseId: 'x', name: 'json', input: { a: 1 } } }),
      stopReason: 'tool_use',
    };
    const { choices } = answer(body, { response_format: { type: 'json_object' } });
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '{"a":1}' } });
  });

  it('speaks function_call to those who asked with functions', () => {
    const body = { ...content({ toolUse: { toolUseId: 'x', name: 'f', input: { a: 1 } } }), stopReason: 'tool_use' };
    const { choices } = answer(body, { functions: [{ name: 'f' }] });
    expect(choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { function_call: { name: 'f', arguments: '{"a":1}' } },
    });
  });

  it.each([[null], [{}], [[]], ['text'], [{ output: {} }]])('is none in %j', (body) => {
    expect(() => answer(body)).toThrow(expect.objectContaining({ reason: 'not-an-answer' }));
  });

  it('is an error where only a message came', () => {
    expect(() => answer({ message: 'Too many tokens, please wait' })).toThrow(
      expect.objectContaining({ reason: 'error-in-answer' }),
    );
  });

  it('has no usage where the counts are none', () => {
    expect(answer({ ...content({ text: 'x' }), usage: { inputTokens: -1, outputTokens: 'x' } })).not.toHaveProperty('usage');
  });
});

describe('a stream', () => {
  it('is whole with the stop reason, and its usage comes last', () => {
    const { chunks, error, events } = read([start, text('a'), text(''), blockStop(0), stop(), metadata]);
    expect(error).toBeUndefined();
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'a' },
      {},
      undefined,
    ]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 3 } });
    expect(events.cancelled).toBe(true);
  });

  it('needs no message start, no metadata, and survives a fault after the stop reason', () => {
    expect(read([text('a'), stop()]).error).toBeUndefined();
    expect(read([text('a'), stop(), new Error('reset')]).error).toBeUndefined();
    expect(read([text('a'), stop(), awsEvent('internalServerException', {}, 'exception')]).error).toBeUndefined();
  });

  it('is cut off where no stop reason came', () => {
    expect(read([start, text('a')]).error).toMatchObject({ reason: 'truncated' });
    expect(read([]).error).toBeInstanceOf(UpstreamError);
  });

  it('counts only tool blocks, and gives a call without input its arguments', () => {
    const { chunks } = read([
      start,
      text('a'),
      toolStart(1, 'f'),
      toolInput(1, ''),
      blockStop(1),
      toolStart(5, 'g'),
      toolInput(5, '{"x":'),
      toolInput(5, '1}'),
      stop('tool_use'),
    ]);
    expect(joined(chunks).calls).toEqual([
      { id: 't1', name: 'f', arguments: '{}' },
      { id: 't5', name: 'g', arguments: '{"x":1}' },
    ]);
    expect(joined(chunks).finishes[0]?.finish_reason).toBe('tool_calls');
  });

  it('gives the JSON tool’s input alone, or the text where the tool was not called', () => {
    const params = { response_format: { type: 'json_object' } } as const;
    const withTool = read(
      [start, text('Sure: '), toolStart(1, 'json'), toolInput(1, '{"a":1}'), blockStop(1), stop('tool_use')],
      params,
    );
    expect(joined(withTool.chunks)).toMatchObject({ content: '{"a":1}', calls: [], finishes: [{ finish_reason: 'stop' }] });
    expect(joined(read([start, text('{"b":'), text('2}'), stop()], params).chunks).content).toBe('{"b":2}');
  });

  it('carries reasoning with its signature and redacted blocks', () => {
    const delta = (reasoningContent: object) =>
      awsEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent } });
    const { chunks } = read([start, delta({ text: 'hm' }), delta({ signature: 's' }), delta({ redactedContent: 'd' }), stop()]);
    const { reasoning, details } = joined(chunks);
    expect(reasoning).toBe('hm');
    expect(details).toEqual([
      { type: 'reasoning.text', text: 'hm', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.text', signature: 's', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'd', format: 'anthropic-claude-v1', index: 0 },
    ]);
  });

  it.each([
    ['throttlingException', 429, 'rate-limited'],
    ['modelStreamErrorException', 424, 'transient'],
    ['internalServerException', 500, 'transient'],
    ['validationException', 400, 'request-invalid'],
    ['serviceUnavailableException', 503, 'overloaded'],
  ])('fails with %s', (type, status, kind) => {
    const { error } = read([start, text('a'), awsEvent(type, { message: 'no' }, 'exception')]);
    expect(error).toMatchObject({ reason: 'error-in-stream', status });
    expect(wire.explain(error as UpstreamError, 0)).toMatchObject({ kind, code: type, message: 'no' });
  });

  it('fails at an event that is no JSON, and at more calls than a model makes', () => {
    expect(read([start, awsEvent('contentBlockDelta', '{"delta"')]).error).toMatchObject({ reason: 'not-an-answer' });
    const calls = Array.from({ length: 129 }, (_, index) => toolStart(index, 'f'));
    expect(read([start, ...calls]).error).toMatchObject({ reason: 'not-an-answer' });
  });

  it('ends for good when it is cancelled', () => {
    const events = eventsOf([start, text('a'), stop()]);
    const source = wire.fromStream(events, exchangeFor({}, CLAUDE, true));
    source.next();
    source.cancel();
    source.cancel();
    expect(source.next()).toBeUndefined();
    expect(events.cancelled).toBe(true);
  });
});
