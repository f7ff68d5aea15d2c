import { describe, expect, it } from 'vitest';
import type { ChatChunk, ChatParams, FunctionTool } from '../../../src/core/chat.ts';
import type { ServerSentEvent } from '../../../src/core/transport.ts';
import { classify } from '../../../src/providers/classify.ts';
import { explain } from '../../../src/providers/cohere/explain.ts';
import { cohereWire } from '../../../src/providers/cohere/provider.ts';
import { UpstreamError } from '../../../src/providers/upstream-error.ts';
import { eventsOf, exchangeFor, expectSchema, joined } from '../bedrock/support.ts';

const COMMAND_A = 'command-a-03-2025';
const tool = (name: string, more: Partial<FunctionTool['function']> = {}): FunctionTool => ({
  type: 'function',
  function: { name, ...more },
});
const weather = tool('weather');
const wire = cohereWire();

function answer(native: unknown, params: Partial<ChatParams> = {}) {
  return wire.fromResponse(native, exchangeFor(params, COMMAND_A)) as { choices: unknown[] };
}

describe('an answer', () => {
  it('has calls without arguments as empty objects, URLs as annotations, and log probabilities', () => {
    const sources = [
      { type: 'document', document: { url: 'https://example.com', title: 'T' } },
      { type: 'tool', tool_output: { content: 'x' } },
    ];
    const native = {
      id: 'a',
      finish_reason: 'COMPLETE',
      message: {
        content: [{ type: 'text', text: 'hi' }],
        tool_calls: [{ function: { name: 'f', arguments: 'null' } }],
        citations: [{ start: 0, end: 2, sources }],
      },
      logprobs: [{ text: 'hi', token_ids: [1, 2], logprobs: [-1, -0.5] }],
    };
    const completion = answer(native);
    expectSchema('CreateChatCompletionResponse', completion);
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'hi',
        tool_calls: [{ function: { name: 'f', arguments: '{}' } }],
        annotations: [{ url_citation: { url: 'https://example.com', title: 'T', start_index: 0, end_index: 2 } }],
      },
      logprobs: { content: [{ token: 'hi', logprob: -1.5 }], refusal: null },
    });
  });

  it('is the JSON tool’s input where one stood beside the tools', () => {
    const native = {
      finish_reason: 'TOOL_CALL',
      message: { tool_plan: 'Done.', tool_calls: [{ id: 'j', function: { name: 'json', arguments: '{"a":1}' } }] },
    };
    const { choices } = answer(native, { tools: [weather], response_format: { type: 'json_object' } });
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '{"a":1}' } });
  });

  it.each([
    ['MAX_TOKENS', 'length'],
    ['STOP_SEQUENCE', 'stop'],
    ['ERROR_TOXIC', 'content_filter'],
    ['constructor', 'stop'],
  ])('that ends with %s finishes with %s', (native, finish) => {
    expect(answer({ finish_reason: native, message: { content: [] } }).choices[0]).toMatchObject({ finish_reason: finish });
  });

  it.each([['ERROR'], ['TIMEOUT']])('that ends with %s is an error', (native) => {
    expect(() => answer({ finish_reason: native, message: {} })).toThrow(expect.objectContaining({ reason: 'error-in-answer' }));
  });

  it('is none without a message', () => {
    expect(() => answer({})).toThrow(expect.objectContaining({ reason: 'not-an-answer' }));
    expect(() => answer(null)).toThrow(expect.objectContaining({ reason: 'not-an-answer' }));
  });
});

function read(items: readonly (object | string)[], params: Partial<ChatParams> = {}) {
  const events = eventsOf<ServerSentEvent>(
    items.map((item) => ({ event: 'message', data: typeof item === 'string' ? item : JSON.stringify(item) })),
  );
  const source = wire.fromStream(events, exchangeFor(params, COMMAND_A, true));
  const chunks: ChatChunk[] = [];
  let error: unknown;
  try {
    for (let item = source.next(); item !== undefined; item = source.next()) chunks.push(item as ChatChunk);
  } catch (thrown) {
    error = thrown;
  }
  for (const chunk of chunks) expectSchema('CreateChatCompletionStreamResponse', chunk);
  return { chunks, error, whole: joined(chunks) };
}

const start = { type: 'message-start', id: 'a' };
const end = (finish = 'COMPLETE') => ({ type: 'message-end', delta: { finish_reason: finish } });
const content = (part: object) => ({ type: 'content-delta', index: 0, delta: { message: { content: part } } });
const callStart = (index: number, name: string) => ({
  type: 'tool-call-start',
  index,
  delta: { message: { tool_calls: { id: `${name}_1`, function: { name, arguments: '' } } } },
});
const callDelta = (index: number, text: string) => ({
  type: 'tool-call-delta',
  index,
  delta: { message: { tool_calls: { function: { arguments: text } } } },
});

describe('a stream', () => {
  it('has text, thinking and its end', () => {
    const { whole, error } = read([
      start,
      content({ thinking: 'hm' }),
      content({ text: 'hi' }),
      { type: 'debug' },
      end(),
      '[DONE]',
    ]);
    expect(error).toBeUndefined();
    expect(whole).toMatchObject({
      content: 'hi',
      reasoning: 'hm',
      finishes: [{ finish_reason: 'stop', native_finish_reason: 'COMPLETE' }],
    });
  });

  it('makes an empty object of a call with nothing, and of `null` in pieces', () => {
    const items = [
      start,
      callStart(0, 'f'),
      { type: 'tool-call-end', index: 0 },
      callStart(1, 'g'),
      callDelta(1, 'nu'),
      callDelta(1, 'll'),
      callStart(2, 'h'),
      callDelta(2, '{"n'),
      callDelta(2, '":1}'),
      end('TOOL_CALL'),
    ];
    expect(read(items).whole.calls.map((called) => called.arguments)).toEqual(['{}', '{}', '{"n":1}']);
  });

  it('gives the JSON tool’s input alone', () => {
    const params = { tools: [weather], response_format: { type: 'json_object' } } as const;
    const plan = { type: 'tool-plan-delta', delta: { message: { tool_plan: 'Now.' } } };
    const { whole } = read(
      [start, plan, callStart(0, 'json'), callDelta(0, '{"a":1}'), end('TOOL_CALL')],
      params as unknown as Partial<ChatParams>,
    );
    expect(whole).toMatchObject({ content: '{"a":1}', calls: [], finishes: [{ finish_reason: 'stop' }] });
  });

  it('is cut off without its end, and broken by an error, malformed JSON or too many calls', () => {
    expect(read([start, content({ text: 'hi' })]).error).toMatchObject({ reason: 'truncated' });
    expect(read([start, '[DONE]']).error).toMatchObject({ reason: 'truncated' });
    expect(read([start, end('ERROR')]).error).toMatchObject({ reason: 'error-in-stream' });
    expect(read([start, { message: 'internal server error' }]).error).toMatchObject({ reason: 'error-in-stream' });
    expect(read([start, '{"type"']).error).toMatchObject({ reason: 'not-an-answer' });
    expect(read([start, ...Array.from({ length: 129 }, (_, index) => callStart(index, 'f'))]).error).toMatchObject({
      reason: 'not-an-answer',
    });
  });
});

describe('an error answer', () => {
  it.each([
    [400, { message: 'too many tokens: size limit exceeded by 1 tokens.', error_type: 'TOO_MANY_TOKENS' }, 'context-too-long'],
    [
      400,
      { message: 'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.' },
      'context-too-long',
    ],
    [400, { message: 'too many tokens: max tokens must be less than or equal to 4096' }, 'request-invalid'],
    [400, { message: "invalid request: model 'x' is not supported by the generate API" }, 'model-unavailable'],
    [400, { message: 'invalid request: list of documents must not be empty' }, 'request-invalid'],
    [401, { message: 'invalid api token' }, 'credential-rejected'],
    [402, { message: 'billing' }, 'quota-exhausted'],
    [404, { message: "model 'command-r' was removed on September 15, 2025." }, 'model-unavailable'],
    [422, { message: 'unprocessable' }, 'request-invalid'],
    [429, { message: 'You are using a Trial key, which is limited to 1000 API calls / month.' }, 'quota-exhausted'],
    [429, { message: 'You are using a Trial key, which is limited to 40 API calls / minute.' }, 'rate-limited'],
    [498, { message: 'invalid token' }, 'credential-rejected'],
    [499, { message: 'request cancelled' }, 'transient'],
    [500, { message: 'internal server error' }, 'transient'],
    [503, '<html>', 'overloaded'],
  ] as const)('%i %j is %s', (status, native, kind) => {
    const failure = classify(new UpstreamError('status', status, {}, native), explain, 0);
    expect(failure).toMatchObject({ kind, status });
    expect(failure.code).not.toBe('');
  });
});
