import { describe, expect, it } from 'vitest';
import type { ChatMessage, ChatParams, FunctionTool } from '../../../src/core/chat.ts';
import type { Params } from '../../../src/core/params.ts';
import { toRequest, unsupported } from '../../../src/providers/cohere/to-request.ts';
import type { ChatRequest } from '../../../src/providers/cohere/wire-types.ts';
import { withoutDropped } from '../../../src/providers/drop.ts';
import { RequestInvalid } from '../../../src/providers/request-invalid.ts';

const COMMAND_A = 'command-a-03-2025';
const hello: ChatMessage = { role: 'user', content: 'hello' };
const tool = (name: string, more: Partial<FunctionTool['function']> = {}): FunctionTool => ({
  type: 'function',
  function: { name, ...more },
});
const weather = tool('weather');
const call = { id: 'weather_1', type: 'function', function: { name: 'weather', arguments: '' } } as const;

function body(params: Partial<ChatParams>, upstreamModel = COMMAND_A, drop: string[] = []): ChatRequest {
  const full = { model: 'm', messages: [hello], ...params } as unknown as Params;
  const request = { operation: 'chat', upstreamModel, params: full, stream: false } as const;
  return toRequest(withoutDropped(request, new Set(drop), {}, { unsupported })).body as ChatRequest;
}

function refused(params: Partial<ChatParams>, upstreamModel = COMMAND_A): readonly string[] {
  const full = { model: 'm', messages: [hello], ...params } as unknown as Params;
  return unsupported({ operation: 'chat', upstreamModel, params: full });
}

describe('a request', () => {
  it('has developer texts as system, plans beside calls, and results', () => {
    const messages: ChatMessage[] = [
      { role: 'developer', content: 'be brief' },
      hello,
      { role: 'assistant', content: 'I will look.', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'weather_1', content: 'sunny' },
    ];
    expect(body({ messages }).messages).toEqual([
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'hello' },
      { role: 'assistant', tool_plan: 'I will look.', tool_calls: [{ ...call, function: { name: 'weather', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'weather_1', content: 'sunny' },
    ]);
  });

  it('has results in several texts as documents', () => {
    const content = [
      { type: 'text' as const, text: '{"sky":"blue"}' },
      { type: 'text' as const, text: 'warm' },
    ];
    const messages: ChatMessage[] = [
      hello,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'weather_1', content },
    ];
    expect(body({ messages }).messages[2]).toMatchObject({
      content: [
        { type: 'document', document: { data: { sky: 'blue' } } },
        { type: 'document', document: { data: { content: 'warm' } } },
      ],
    });
  });

  it('has what follows much of results as texts', () => {
    const text = JSON.stringify({ rows: 'x'.repeat(300_000) });
    const content = [text, text, '{"sky":"blue"}'].map((each) => ({ type: 'text' as const, text: each }));
    const [, , result] = body({
      messages: [hello, { role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: 'weather_1', content }],
    }).messages;
    const data = [{ rows: expect.any(String) }, { content: text }, { content: '{"sky":"blue"}' }];
    expect(result?.content).toEqual(data.map((each) => ({ type: 'document', document: { data: each } })));
  });

  it('refuses a result without its call, and no messages', () => {
    expect(() => body({ messages: [hello, { role: 'tool', tool_call_id: 'x', content: '' }] })).toThrow(RequestInvalid);
    expect(() => body({ messages: [] })).toThrow(RequestInvalid);
  });

  it('gives its own thinking back, and no other maker’s', () => {
    const detail = (text: string, format: string) => ({ type: 'reasoning.text' as const, text, format });
    const details = [detail('a', 'cohere-v2'), detail('x', 'anthropic-claude-v1'), detail('b', 'cohere-v2')];
    const messages: ChatMessage[] = [hello, { role: 'assistant', content: 'hi', reasoning_details: details }];
    expect(body({ messages }).messages[1]).toEqual({
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'ab' },
        { type: 'text', text: 'hi' },
      ],
    });
  });

  it('speaks the legacy function fields too', () => {
    const messages: ChatMessage[] = [
      hello,
      { role: 'assistant', content: null, function_call: { name: 'weather', arguments: '{}' } },
      { role: 'function', name: 'weather', content: 'sunny' },
    ];
    const sent = body({ messages, functions: [{ name: 'weather' }], function_call: 'auto' });
    expect(sent.messages[2]).toEqual({ role: 'tool', tool_call_id: 'weather_1', content: 'sunny' });
    expect(sent.tools).toHaveLength(1);
  });

  it.each([
    ['auto', undefined, 2],
    ['none', 'NONE', 2],
    ['required', 'REQUIRED', 2],
    [{ type: 'function', function: { name: 'clock' } }, 'REQUIRED', 1],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'clock' } }] } },
      undefined,
      1,
    ],
  ] as const)('chooses tools by %j', (choice, expected, count) => {
    const sent = body({ tools: [weather, tool('clock')], tool_choice: choice as unknown as ChatParams['tool_choice'] });
    expect(sent.tool_choice).toBe(expected);
    expect(sent.tools).toHaveLength(count);
  });

  it('names a tool choice that older models lack', () => {
    expect(refused({ tools: [weather], tool_choice: 'required' }, 'command-r')).toEqual(['tool_choice']);
  });

  it('is strict where every tool is', () => {
    const strict = tool('a', { strict: true, parameters: { type: 'object', properties: { x: {} }, required: ['x'] } });
    expect(body({ tools: [strict] }).strict_tools).toBe(true);
    expect(body({ tools: [strict, weather] }).strict_tools).toBeUndefined();
  });

  it('asks for JSON by response format, beside tools by one more tool', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const format = { type: 'json_schema', json_schema: { name: 'A', schema } } as const;
    expect(body({ response_format: { type: 'json_object' } }).response_format).toEqual({ type: 'json_object' });
    expect(body({ response_format: format }).response_format).toEqual({ type: 'json_object', json_schema: schema });
    const beside = body({ response_format: format, tools: [weather] });
    expect(beside.response_format).toBeUndefined();
    expect(beside.tool_choice).toBe('REQUIRED');
    expect(beside.tools?.at(-1)?.function).toMatchObject({ name: 'json', parameters: schema });
    expect(refused({ response_format: format, tools: [weather] }, 'command-r')).toEqual(['response_format']);
  });

  it.each([
    ['none', { type: 'disabled' }],
    ['low', { type: 'enabled', token_budget: 200 }],
    ['high', { type: 'enabled' }],
  ] as const)('thinks with effort %s', (effort, thinking) => {
    expect(body({ reasoning_effort: effort, max_tokens: 1_000 }, 'command-a-reasoning-08-2025').thinking).toEqual(thinking);
  });

  it('puts the other params in their places', () => {
    const params = {
      max_tokens: 9,
      temperature: 0.2,
      top_p: 1,
      top_k: 5,
      stop: 'END',
      seed: 3,
      frequency_penalty: 0.5,
      logprobs: true,
    };
    expect(body({ ...params, safety_mode: 'STRICT' })).toMatchObject({
      max_tokens: 9,
      temperature: 0.2,
      p: 0.99,
      k: 5,
      stop_sequences: ['END'],
      seed: 3,
      frequency_penalty: 0.5,
      logprobs: true,
      safety_mode: 'STRICT',
    });
  });

  it.each([
    [{ stop: ['1', '2', '3', '4', '5', '6'] }, ['stop']],
    [{ n: 2, temperature: 1.5, presence_penalty: -1 }, ['n', 'temperature', 'presence_penalty']],
    [{ reasoning_effort: 'low' }, ['reasoning_effort']],
    [{ tools: [weather], parallel_tool_calls: false }, ['parallel_tool_calls']],
    [{ parallel_tool_calls: false, n: 1, stop: [], seed: null, logprobs: false, user: 'u', service_tier: 'auto' }, []],
    [{ safetySettings: [] }, ['safetySettings']],
    [
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }] }] },
      ['input_audio'],
    ],
  ] as [Partial<ChatParams>, string[]][])('%j can be honoured but for %j', (params, names) => {
    expect(refused(params)).toEqual(names);
  });

  it('leaves out what may be dropped', () => {
    expect(body({ n: 2 }, COMMAND_A, ['n'])).toEqual({ model: COMMAND_A, messages: [hello], stream: false });
    expect(() => body({ n: 2 })).toThrow(RequestInvalid);
  });

  it('for embeddings is refused for tokens', () => {
    const embeds = (input: unknown, model = 'embed-v4.0', more = {}) =>
      unsupported({ operation: 'embeddings', upstreamModel: model, params: { input, ...more } });
    expect(embeds([[1]])).toEqual(['input']);
    expect(embeds('a', 'embed-english-v3.0', { dimensions: 256 })).toEqual(['dimensions']);
    expect(embeds('a', 'embed-v4.0', { dimensions: 256, encoding_format: 'base64', input_type: 'search_query' })).toEqual([]);
  });
});

describe('what Cohere has no place for', () => {
  it('is named: media outside of user messages', () => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } };
    const messages: ChatMessage[] = [
      hello,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'weather_1', content: [image] },
    ];
    expect(refused({ messages })).toEqual(['image_url']);
  });

  it('is refused: a forced tool without tools', () => {
    expect(() => body({ tool_choice: 'required' })).toThrow(RequestInvalid);
    expect(body({ tool_choice: 'auto' })).not.toHaveProperty('tool_choice');
  });
});
