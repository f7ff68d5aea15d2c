import { describe, expect, it } from 'vitest';
import type { ChatMessage, ChatParams, FunctionTool } from '../../../src/core/chat.ts';
import { toRequest } from '../../../src/providers/bedrock/to-request.ts';
import { RequestInvalid } from '../../../src/providers/request-invalid.ts';
import {
  body,
  call,
  called,
  clock,
  hello,
  invalidAt,
  LLAMA,
  NOVA,
  OPUS_4_7,
  refused,
  result,
  SONNET_4,
  SONNET_4_5,
  SONNET_4_6,
  weather,
} from './request-support.ts';

describe('tools', () => {
  it('always have a schema, never an empty description, and are strict where that is known', () => {
    expect(body({ tools: [weather, clock] }).toolConfig?.tools).toEqual([
      { toolSpec: { name: 'weather', inputSchema: { json: { type: 'object', properties: {} } } } },
      {
        toolSpec: {
          name: 'clock',
          inputSchema: { json: { type: 'object', properties: {}, additionalProperties: false } },
          strict: true,
        },
      },
    ]);
    expect(JSON.stringify(body({ tools: [clock] }, NOVA))).not.toContain('strict');
  });

  it('are declared for a history with calls, even if the caller offers none', () => {
    expect(body({ messages: [...called, result] }).toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object', properties: {} } } } }],
    });
  });

  it.each([
    ['auto', SONNET_4_5, undefined],
    ['required', SONNET_4_5, { any: {} }],
    ['required', NOVA, { any: {} }],
    [{ type: 'function', function: { name: 'weather' } }, NOVA, { tool: { name: 'weather' } }],
    [{ type: 'function', function: { name: 'weather' } }, 'mistral.mistral-large-2407-v1:0', { any: {} }],
  ] as const)('are chosen by %j on %s', (choice, upstreamModel, expected) => {
    const sent = body({ tools: [weather, clock], tool_choice: choice as ChatParams['tool_choice'] }, upstreamModel);
    expect(sent.toolConfig?.toolChoice).toEqual(expected);
    if (upstreamModel.startsWith('mistral')) expect(sent.toolConfig?.tools).toHaveLength(1);
  });

  it('are left out for `none`, which a history with calls rules out', () => {
    expect(body({ tools: [weather], tool_choice: 'none' }).toolConfig).toBeUndefined();
    expect(refused({ tools: [weather], tool_choice: 'none', messages: [...called, result] })).toEqual(['tool_choice']);
    expect(refused({ tools: [weather], tool_choice: 'required' }, LLAMA)).toEqual(['tool_choice']);
    expect(refused({ tools: [weather], tool_choice: 'auto' }, LLAMA)).toEqual([]);
  });

  it('are not streamed by families that call none in a stream', () => {
    expect(refused({ tools: [weather] }, LLAMA, true)).toEqual(['stream']);
    expect(refused({ tools: [weather] }, NOVA, true)).toEqual([]);
  });

  it('are narrowed to the allowed ones', () => {
    const choice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', name: 'clock' }] },
    } as const;
    const { toolConfig } = body({ tools: [weather, clock], tool_choice: choice as unknown as ChatParams['tool_choice'] });
    expect(toolConfig?.tools).toHaveLength(1);
    expect(toolConfig?.toolChoice).toEqual({ any: {} });
  });

  it('are called one at a time by Claude’s own switch', () => {
    const sent = body({ tools: [weather, clock], parallel_tool_calls: false, tool_choice: 'required' });
    expect(sent.additionalModelRequestFields).toEqual({ tool_choice: { type: 'any', disable_parallel_tool_use: true } });
    expect(sent.toolConfig?.toolChoice).toBeUndefined();
    expect(refused({ tools: [weather, clock], parallel_tool_calls: false }, NOVA)).toEqual(['parallel_tool_calls']);
  });
});

describe('structured output', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
  const format = { type: 'json_schema', json_schema: { name: 'A', schema } } as const;

  it('is native where a family has it, its schema as text', () => {
    expect(body({ response_format: format }).outputConfig).toEqual({
      textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'A', schema: JSON.stringify(schema) } } },
    });
  });

  it('is a forced tool elsewhere, for open schemas and for any JSON', () => {
    expect(body({ response_format: format }, NOVA).toolConfig?.toolChoice).toEqual({ tool: { name: 'json' } });
    expect(body({ response_format: { type: 'json_object' } }).toolConfig?.toolChoice).toEqual({ tool: { name: 'json' } });
    const open = { type: 'json_schema', json_schema: { name: 'A', schema: { type: 'object' } } } as const;
    expect(body({ response_format: open }).outputConfig).toBeUndefined();
  });

  const limits = {
    type: 'object',
    properties: {
      a: { type: 'string', minLength: 2, pattern: '^x' },
      n: { type: 'integer', minimum: 0, maximum: 9 },
      list: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3 },
      inner: { type: 'object', properties: { b: { type: 'number', multipleOf: 2 } } },
    },
    required: ['a'],
    additionalProperties: false,
  };
  const recursive = {
    type: 'object',
    properties: { next: { $ref: '#' } },
    additionalProperties: false,
  };
  const formatOf = (schema: object) =>
    ({ type: 'json_schema', json_schema: { name: 'A', schema } }) as ChatParams['response_format'];

  it.each([SONNET_4_5, 'qwen.qwen3-32b-v1:0', 'openai.gpt-oss-120b-1:0'])(
    'tells %s limits in words, which Bedrock refuses',
    (model) => {
      const sent = body({ response_format: formatOf(limits) as never }, model).outputConfig?.textFormat.structure.jsonSchema
        .schema;
      const schema = JSON.parse(sent ?? '') as typeof limits;
      expect(schema).toEqual({
        type: 'object',
        properties: {
          a: { type: 'string', description: '{minLength: 2, pattern: "^x"}' },
          n: { type: 'integer', description: '{minimum: 0, maximum: 9}' },
          list: { type: 'array', items: { type: 'string' }, minItems: 1, description: '{maxItems: 3}' },
          inner: {
            type: 'object',
            properties: { b: { type: 'number', description: '{multipleOf: 2}' } },
            additionalProperties: false,
          },
        },
        required: ['a'],
        additionalProperties: false,
      });
    },
  );

  it('is a tool where a schema is recursive, and named where a family has no such choice', () => {
    const sent = body({ response_format: formatOf(recursive) as never });
    expect(sent.outputConfig).toBeUndefined();
    expect(sent.toolConfig?.toolChoice).toEqual({ tool: { name: 'json' } });
    expect(refused({ response_format: formatOf(recursive) as never }, 'qwen.qwen3-32b-v1:0')).toEqual(['response_format']);
  });

  it('holds strict tools to the same schemas', () => {
    const strict = (parameters: object): FunctionTool => ({
      type: 'function',
      function: { name: 'f', parameters: parameters as Record<string, unknown>, strict: true },
    });
    const specs = body({ tools: [strict(limits), strict(recursive)] }).toolConfig?.tools;
    expect(specs).toMatchObject([{ toolSpec: { strict: true } }, { toolSpec: { inputSchema: { json: recursive } } }]);
    expect(JSON.stringify(specs?.[0])).not.toMatch(/"(minLength|maximum|maxItems|multipleOf)":/);
    expect(specs?.[1]).not.toHaveProperty('toolSpec.strict');
  });

  it('stands beside the caller’s tools as one more of them', () => {
    const { toolConfig } = body({ response_format: format, tools: [weather] }, NOVA);
    expect(toolConfig?.toolChoice).toEqual({ any: {} });
    expect(toolConfig?.tools).toHaveLength(2);
  });

  it('is named where a family has neither', () => {
    expect(refused({ response_format: format }, LLAMA)).toEqual(['response_format']);
    expect(refused({ response_format: { type: 'text' } }, LLAMA)).toEqual([]);
  });
});

describe('reasoning', () => {
  it.each([
    [SONNET_4, { thinking: { type: 'enabled', budget_tokens: 5_000 } }],
    [SONNET_4_6, { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } }],
    [OPUS_4_7, { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'medium' } }],
    ['openai.gpt-oss-120b-1:0', { reasoning_effort: 'medium' }],
    ['qwen.qwen3-32b-v1:0', { reasoning_config: 'medium' }],
    ['us.amazon.nova-2-lite-v1:0', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } }],
  ])('goes to %s in its own form', (upstreamModel, fields) => {
    const sent = body({ reasoning_effort: 'medium', max_tokens: 10_000 }, upstreamModel);
    expect(sent.additionalModelRequestFields).toEqual(fields);
    expect(sent.inferenceConfig).toEqual({ maxTokens: 10_000 });
  });

  it('is named where a model has none, or no room for it', () => {
    expect(refused({ reasoning_effort: 'low' }, NOVA)).toEqual(['reasoning_effort']);
    expect(refused({ reasoning_effort: 'none' }, NOVA)).toEqual([]);
    expect(refused({ reasoning_effort: 'low', max_tokens: 1_000 }, SONNET_4)).toEqual(['reasoning_effort']);
    expect(refused({ reasoning_effort: 'xhigh' }, SONNET_4_6)).toEqual(['reasoning_effort']);
  });

  it('on a budget forbids forced tools and other sampling', () => {
    expect(refused({ reasoning_effort: 'low', tools: [weather], tool_choice: 'required' }, SONNET_4)).toEqual([
      'reasoning_effort',
    ]);
    expect(refused({ reasoning_effort: 'low', temperature: 0.2 }, SONNET_4)).toEqual(['temperature']);
    expect(body({ reasoning_effort: 'low', temperature: 1 }, SONNET_4).inferenceConfig).toBeUndefined();
  });

  it('comes back unchanged and first, its stream’s pieces as one block', () => {
    const details = [
      { type: 'reasoning.text', text: 'a', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.text', text: 'b', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.text', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'xyz', format: 'anthropic-claude-v1', index: 1 },
      { type: 'reasoning.text', text: 'other maker', format: 'google-gemini-v1', index: 2 },
      { type: 'reasoning.text', text: 'unsigned', format: 'anthropic-claude-v1', index: 3 },
    ] as const;
    const messages: ChatMessage[] = [hello, { role: 'assistant', content: 'hi', reasoning_details: [...details] }, hello];
    expect(body({ messages }).messages[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: 'ab', signature: 'sig' } } },
      { reasoningContent: { redactedContent: 'xyz' } },
      { text: 'hi' },
    ]);
    expect(body({ messages }, NOVA).messages[1]?.content).toEqual([{ text: 'hi' }]);
  });
});

describe('cache marks', () => {
  const mark = { type: 'ephemeral', ttl: '1h' } as const;
  const messages: ChatMessage[] = [
    { role: 'system', content: [{ type: 'text', text: 's', cache_control: mark }] },
    { role: 'user', content: 'u', cache_control: { type: 'ephemeral' } },
  ];

  it('become blocks after what they mark', () => {
    const sent = body({ messages, tools: [{ ...weather, cache_control: { type: 'ephemeral' } }] });
    expect(sent.system).toEqual([{ text: 's' }, { cachePoint: { type: 'default', ttl: '1h' } }]);
    expect(sent.messages[0]?.content).toEqual([{ text: 'u' }, { cachePoint: { type: 'default' } }]);
    expect(sent.toolConfig?.tools[1]).toEqual({ cachePoint: { type: 'default' } });
  });

  const five = { type: 'ephemeral' } as const;
  const point = { cachePoint: { type: 'default' } };

  it('of results stand after them, never within, and once', () => {
    const parts = [
      { type: 'text' as const, text: 'a', cache_control: five },
      { type: 'text' as const, text: 'b', cache_control: five },
    ];
    const marked: ChatMessage = { role: 'tool', tool_call_id: 'call_1', content: parts, cache_control: five };
    expect(body({ messages: [...called, marked] }).messages[2]?.content).toEqual([
      { toolResult: { toolUseId: 'call_1', content: [{ text: 'a' }, { text: 'b' }] } },
      point,
    ]);
  });

  it('of calls stand after them', () => {
    const calls = [
      { ...call, cache_control: five },
      { ...call, id: 'call_2' },
    ];
    const results: ChatMessage[] = [result, { ...result, tool_call_id: 'call_2' } as ChatMessage];
    const sent = body({ messages: [hello, { role: 'assistant', tool_calls: calls }, ...results] });
    expect(sent.messages[1]?.content).toMatchObject([
      { toolUse: { toolUseId: 'call_1' } },
      point,
      { toolUse: { toolUseId: 'call_2' } },
    ]);
  });

  it('beyond four are the earliest ones, which later ones cover', () => {
    const sent = body({
      messages: [
        { role: 'system', content: 's', cache_control: five },
        { role: 'user', content: 'u', cache_control: five },
        { role: 'assistant', tool_calls: [{ ...call, cache_control: five }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'r', cache_control: five },
        { role: 'assistant', content: 'a', cache_control: five },
        hello,
      ],
      tools: [{ ...weather, cache_control: five }],
    });
    expect(JSON.stringify([sent.toolConfig, sent.system])).not.toContain('cachePoint');
    expect(sent.messages.map(({ content }) => content.filter((block) => 'cachePoint' in block).length)).toEqual([1, 1, 1, 1, 0]);
  });

  it('are four at most, and none where a model knows no caching', () => {
    const parts = Array.from({ length: 6 }, () => ({
      type: 'text' as const,
      text: 'x',
      cache_control: { type: 'ephemeral' as const },
    }));
    const marks = (upstreamModel: string) =>
      body({ messages: [{ role: 'user', content: parts }] }, upstreamModel).messages[0]?.content.filter(
        (block) => 'cachePoint' in block,
      );
    expect(marks(SONNET_4_5)).toHaveLength(4);
    expect(marks(LLAMA)).toHaveLength(0);
  });
});

describe('other params', () => {
  it('find their places', () => {
    const sent = body({
      max_completion_tokens: 5,
      stop: 'END',
      top_k: 7,
      service_tier: 'flex',
      user: 'u1',
      metadata: { team: 'a', odd: 'ü' },
      guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
    });
    expect(sent).toMatchObject({
      inferenceConfig: { maxTokens: 5, stopSequences: ['END'] },
      additionalModelRequestFields: { top_k: 7 },
      serviceTier: { type: 'flex' },
      requestMetadata: { team: 'a', user: 'u1' },
      guardrailConfig: { guardrailIdentifier: 'g' },
    });
    expect(body({ top_k: 7 }, NOVA).additionalModelRequestFields).toEqual({ inferenceConfig: { topK: 7 } });
  });

  it.each([
    [{ n: 2 }, ['n']],
    [{ seed: 1 }, ['seed']],
    [{ logprobs: true }, ['logprobs']],
    [{ logit_bias: { a: 1 } }, ['logit_bias']],
    [{ presence_penalty: 0.5 }, ['presence_penalty']],
    [{ temperature: 1.5 }, ['temperature']],
    [{ temperature: 0.5, top_p: 0.5 }, ['top_p']],
    [{ safetySettings: [] }, ['safetySettings']],
    [{ service_tier: 'scale' }, ['service_tier']],
    [{ n: 1, seed: null, logprobs: false, logit_bias: {}, presence_penalty: 0, stop: [], tools: [], service_tier: 'auto' }, []],
    [{ store: false, user: 'u', prompt_cache_key: 'k', stream_options: { include_usage: true }, prediction: {} }, []],
  ] as [Partial<ChatParams>, string[]][])('%j can be honoured but for %j', (params, names) => {
    expect(refused(params)).toEqual(names);
  });

  it('that newer Claudes refuse are named', () => {
    expect(refused({ temperature: 0.5, top_p: 0.5, top_k: 3 }, OPUS_4_7)).toEqual(['temperature', 'top_p', 'top_k']);
    expect(refused({ temperature: 1 }, OPUS_4_7)).toEqual([]);
  });

  it('are left out where the account lets them drop, and refused otherwise', () => {
    expect(body({ seed: 1 }, NOVA, ['seed'])).toEqual({ messages: [{ role: 'user', content: [{ text: 'hello' }] }] });
    expect(invalidAt({ seed: 1 })).toBe('seed');
  });

  it('are never changed', () => {
    const params = { model: 'm', messages: [...called, result], tools: [weather], reasoning_effort: 'low', top_k: 3 };
    const before = structuredClone(params);
    const request = { operation: 'chat', upstreamModel: 'us.anthropic.claude-sonnet-4-6', params, stream: false } as const;
    toRequest({ ...request, params: { ...params, top_k: null } });
    expect(params).toEqual(before);
  });
});

describe('what means nothing without more', () => {
  it('is refused: a forced tool without tools, a blank stop sequence', () => {
    expect(() => body({ tool_choice: 'required' })).toThrow(RequestInvalid);
    expect(refused({ stop: [' \n'] })).toEqual(['stop']);
    expect(refused({ stop: ['END', ''] })).toEqual([]);
  });
});
