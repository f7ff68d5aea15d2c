import { describe, expect, it } from 'vitest';
import type { ChatMessage, ChatParams } from '../../../src/core/chat.ts';
import { geminiModel, type Platform } from '../../../src/providers/google/model.ts';
import { toChatRequest } from '../../../src/providers/google/to-request.ts';
import { unsupportedChatParams } from '../../../src/providers/google/unsupported.ts';
import type { GeminiRequest } from '../../../src/providers/google/wire-types.ts';

const user: ChatMessage = { role: 'user', content: 'hi' };
const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { at: { type: 'string' } } } },
};

function translated(params: Partial<ChatParams>, model = 'gemini-2.5-flash', platform: Platform = 'gemini-api'): GeminiRequest {
  return toChatRequest({ messages: [user], ...params }, geminiModel(model, platform));
}

function unsupported(params: Partial<ChatParams>, model = 'gemini-2.5-flash', platform: Platform = 'gemini-api'): string[] {
  return unsupportedChatParams({ model: 'm', messages: [user], ...params }, geminiModel(model, platform));
}

describe('tools', () => {
  it('declares parameters as JSON Schema, and leaves out what is missing', () => {
    const { tools } = translated({ tools: [weather, { type: 'function', function: { name: 'now', description: '' } }] });
    expect(tools).toEqual([
      { functionDeclarations: [{ name: 'weather', parametersJsonSchema: weather.function.parameters }, { name: 'now' }] },
    ]);
  });

  it('declares parameters in the OpenAPI subset before 2.5', () => {
    const parameters = {
      $schema: 'x',
      type: 'object',
      additionalProperties: false,
      properties: {
        unit: { const: 'C' },
        mode: { type: ['string', 'null'], default: 'a', format: 'uri' },
        spot: { $ref: '#/$defs/spot' },
        tags: { type: 'array' },
        either: { oneOf: [{ type: 'string' }, { type: 'integer' }, { type: 'null' }] },
        both: { allOf: [{ type: 'object', properties: { a: { type: 'string' } } }, { properties: { b: { type: 'string' } } }] },
        count: { type: 'integer', enum: [1, 2] },
      },
      required: ['unit', 'gone'],
      $defs: { spot: { type: 'object', properties: { at: { type: 'string', format: 'date-time' } } } },
    };
    const { tools } = translated({ tools: [{ type: 'function', function: { name: 'f', parameters } }] }, 'gemini-2.0-flash');
    expect(tools).toEqual([
      {
        functionDeclarations: [
          {
            name: 'f',
            parameters: {
              type: 'OBJECT',
              required: ['unit'],
              properties: {
                unit: { type: 'STRING', format: 'enum', enum: ['C'] },
                mode: { type: 'STRING', nullable: true },
                spot: { type: 'OBJECT', properties: { at: { type: 'STRING', format: 'date-time' } } },
                tags: { type: 'ARRAY', items: { type: 'STRING' } },
                either: { nullable: true, anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] },
                both: { type: 'OBJECT', properties: { a: { type: 'STRING' }, b: { type: 'STRING' } } },
                count: { type: 'INTEGER' },
              },
            },
          },
        ],
      },
    ]);
  });

  const parametersOf = (schema: object, model = 'gemini-2.0-flash') => {
    const parameters = { type: 'object', properties: { at: schema } };
    const { tools } = translated({ tools: [{ type: 'function', function: { name: 'f', parameters } }] }, model);
    const [declared] =
      (tools as { functionDeclarations: { parameters: { properties: { at: unknown } } }[] }[])[0]?.functionDeclarations ?? [];
    return declared?.parameters.properties.at;
  };
  const inner = { properties: { a: { type: 'string' } }, required: ['a'] };
  const INNER = { properties: { a: { type: 'STRING' } }, required: ['a'] };

  it.each([
    [{ type: 'string', ...inner }, { type: 'STRING' }],
    [
      { type: ['string', 'null'], ...inner },
      { type: 'STRING', nullable: true },
    ],
    [
      { type: ['object', 'null'], ...inner },
      { type: 'OBJECT', nullable: true, ...INNER },
    ],
    [{ type: ['object', 'string'], ...inner }, { anyOf: [{ type: 'OBJECT', ...INNER }, { type: 'STRING' }] }],
    [
      { type: ['array', 'string'], items: { type: 'integer' }, minItems: 1 },
      { anyOf: [{ type: 'ARRAY', items: { type: 'INTEGER' }, minItems: 1 }, { type: 'STRING' }] },
    ],
    [
      { enum: ['a', 'b'], ...inner },
      { type: 'STRING', format: 'enum', enum: ['a', 'b'] },
    ],
    [
      { const: 'a', ...inner },
      { type: 'STRING', format: 'enum', enum: ['a'] },
    ],
    [
      { type: 'array', items: { type: 'number', ...inner }, ...inner },
      { type: 'ARRAY', items: { type: 'NUMBER' } },
    ],
    [
      { type: 'object', ...inner, items: {}, minLength: 2, maximum: 3 },
      { type: 'OBJECT', ...INNER },
    ],
    [
      { type: 'integer', minLength: 2, maximum: 3, format: 'int32' },
      { type: 'INTEGER', maximum: 3, format: 'int32' },
    ],
    [
      { type: 'string', minLength: 2, maximum: 3, format: 'uri' },
      { type: 'STRING', minLength: 2 },
    ],
    [inner, { type: 'OBJECT', ...INNER }],
    [{ required: ['a'] }, {}],
    [
      {
        anyOf: [
          { type: 'string', ...inner },
          { type: 'object', ...inner },
        ],
        ...inner,
      },
      { type: 'OBJECT', ...INNER, anyOf: [{ type: 'STRING' }, { type: 'OBJECT', ...INNER }] },
    ],
  ])('says of a type only what belongs to it before 2.5: %j', (schema, expected) => {
    expect(parametersOf(schema)).toEqual(expected);
  });

  it.each([
    ['gemini-2.0-flash', { type: 'INTEGER', format: 'enum', enum: ['1', '2'] }, 'responseSchema'],
    ['gemini-2.5-flash', { type: 'integer', enum: [1, 2] }, 'responseJsonSchema'],
  ] as const)('keeps integer enums of an answer at %s', (model, expected, field) => {
    const schema = { type: 'object', properties: { n: { type: 'integer', enum: [1, 2] }, m: { enum: [1, 2] } } };
    const format = { type: 'json_schema', json_schema: { name: 'x', schema } } as const;
    const { generationConfig } = translated({ response_format: format }, model);
    expect(generationConfig?.[field]).toMatchObject({ properties: { n: expected } });
    expect(unsupported({ response_format: format }, model)).toEqual([]);
  });

  it.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'weather' } }] },
      },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ type: 'function', name: 'weather' }] } },
      { mode: 'VALIDATED', allowedFunctionNames: ['weather'] },
    ],
  ] as [ChatParams['tool_choice'], unknown][])('says tool_choice %j as a mode', (choice, functionCallingConfig) => {
    expect(translated({ tools: [weather], tool_choice: choice }).toolConfig).toEqual({ functionCallingConfig });
  });

  it('holds the model to the schemas where a tool is strict', () => {
    const strict = { ...weather, function: { ...weather.function, strict: true } };
    expect(translated({ tools: [strict] }).toolConfig).toEqual({ functionCallingConfig: { mode: 'VALIDATED' } });
    expect(translated({ tools: [weather] }).toolConfig).toBeUndefined();
  });

  it("passes the wire's own tools beside functions", () => {
    const { tools, toolConfig } = translated(
      { tools: [{ googleSearch: {} } as never, weather], toolConfig: { includeServerSideToolInvocations: true } },
      'gemini-3-flash-preview',
    );
    expect(tools?.[0]).toEqual({ googleSearch: {} });
    expect(toolConfig).toEqual({ includeServerSideToolInvocations: true });
  });
});

describe('reasoning', () => {
  it.each([
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-flash', 'low', { thinkingBudget: 1024, includeThoughts: true }],
    ['gemini-2.5-flash', 'medium', { thinkingBudget: 8192, includeThoughts: true }],
    ['gemini-2.5-flash', 'xhigh', { thinkingBudget: 24576, includeThoughts: true }],
    ['gemini-2.5-pro', 'max', { thinkingBudget: 32768, includeThoughts: true }],
    ['gemini-3-pro-preview', 'minimal', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3.1-pro-preview', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['gemini-3-flash-preview', 'minimal', { thinkingLevel: 'MINIMAL', includeThoughts: true }],
    ['gemini-3.8-flash', 'minimal', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-flash-latest', 'high', { thinkingLevel: 'HIGH', includeThoughts: true }],
  ] as const)('is asked of %s at %s', (model, effort, thinkingConfig) => {
    expect(translated({ reasoning_effort: effort }, model).generationConfig).toEqual({ thinkingConfig });
    expect(unsupported({ reasoning_effort: effort }, model)).toEqual([]);
  });

  it.each([
    ['gemini-2.5-pro', 'none'],
    ['gemini-3-flash-preview', 'none'],
    ['gemini-2.0-flash', 'high'],
  ] as const)('can not be set on %s to %s', (model, effort) => {
    expect(unsupported({ reasoning_effort: effort }, model)).toEqual(['reasoning_effort']);
  });

  it("gives way to the caller's own thinkingConfig", () => {
    const { generationConfig } = translated({
      reasoning_effort: 'high',
      generationConfig: { thinkingConfig: { thinkingBudget: -1 } },
    });
    expect(generationConfig?.thinkingConfig).toEqual({ thinkingBudget: -1 });
  });
});

describe('sampling and format', () => {
  it('maps every field of its own name', () => {
    const { generationConfig } = translated({
      max_tokens: 5,
      max_completion_tokens: 7,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      stop: ['a', ''],
      seed: 0,
      n: 2,
      frequency_penalty: 0,
    });
    expect(generationConfig).toEqual({
      maxOutputTokens: 7,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      stopSequences: ['a'],
      seed: 0,
      candidateCount: 2,
    });
  });

  it("keeps the limit where the caller's own is no count", () => {
    for (const maxOutputTokens of [null, 0, -1, '9', 1.5]) {
      expect(translated({ max_tokens: 5, generationConfig: { maxOutputTokens } }).generationConfig).toEqual({
        maxOutputTokens: 5,
      });
    }
    expect(translated({ max_tokens: 5, generationConfig: { maxOutputTokens: 9 } }).generationConfig).toEqual({
      maxOutputTokens: 9,
    });
  });

  it('asks for JSON, with a schema where there is one', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const json = { responseMimeType: 'application/json' };
    const format = { type: 'json_schema' as const, json_schema: { name: 'x', schema } };
    expect(translated({ response_format: { type: 'json_object' } }).generationConfig).toEqual(json);
    expect(translated({ response_format: format }).generationConfig).toEqual({ ...json, responseJsonSchema: schema });
    expect(translated({ response_format: format }, 'gemini-2.0-flash').generationConfig).toEqual({
      ...json,
      responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
    });
  });

  it("passes the wire's own fields beside those that it honours", () => {
    const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }];
    const params = { messages: [user], safetySettings, cachedContent: 'cachedContents/1', seed: 4, service_tier: 'flex' };
    expect(toChatRequest(params, geminiModel('gemini-2.5-flash', 'gemini-api'))).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      safetySettings,
      cachedContent: 'cachedContents/1',
      generationConfig: { seed: 4 },
      serviceTier: 'flex',
    });
  });

  it('asks for images of a model that makes them', () => {
    expect(translated({ modalities: ['text', 'image'] }, 'gemini-2.5-flash-image').generationConfig).toEqual({
      responseModalities: ['TEXT', 'IMAGE'],
    });
    expect(unsupported({ modalities: ['text', 'image'] })).toEqual(['modalities']);
  });
});

describe('what can not be honoured', () => {
  const format = { response_format: { type: 'json_object' as const } };
  const recursive = { type: 'object', properties: { child: { $ref: '#' } } };
  it.each<[Partial<ChatParams>, string[], string?, Platform?]>([
    [
      { logit_bias: { 5: 1 }, verbosity: 'low', audio: {}, web_search_options: {} },
      ['logit_bias', 'verbosity', 'audio', 'web_search_options'],
    ],
    [{ something: 1 }, ['something']],
    [{ stop: ['1', '2', '3', '4', '5', '6'] }, ['stop']],
    [{ n: 9 }, ['n']],
    [{ n: 2 }, ['n'], 'gemini-3-flash-preview'],
    [{ n: 2 }, [], 'gemini-3.1-pro-preview', 'vertex'],
    [{ logprobs: true, top_logprobs: 2 }, ['logprobs', 'top_logprobs']],
    [{ logprobs: true, top_logprobs: 2 }, [], 'gemini-2.5-flash', 'vertex'],
    [{ frequency_penalty: 1, presence_penalty: 0 }, ['frequency_penalty']],
    [{ frequency_penalty: 1 }, [], 'gemini-2.0-flash'],
    [{ frequency_penalty: 1 }, [], 'gemini-2.5-pro', 'vertex'],
    [{ parallel_tool_calls: false, tools: [weather] }, ['parallel_tool_calls']],
    [{ parallel_tool_calls: false }, []],
    [{ ...format, tools: [weather] }, ['response_format']],
    [{ ...format, tools: [weather] }, [], 'gemini-3-flash-preview'],
    [{ tools: [{ type: 'custom', custom: { name: 'x' } } as never] }, ['tools']],
    [{ tools: [{ type: 'function', function: { name: '1st' } }] }, ['tools']],
    [{ tools: [{ type: 'function', function: { name: 'f', parameters: recursive } }] }, ['tools'], 'gemini-2.0-flash'],
    [{ tools: [{ type: 'function', function: { name: 'f', parameters: recursive } }] }, []],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: recursive } } },
      ['response_format'],
      'gemini-2.0-flash',
    ],
    [{ labels: { a: 'b' } }, ['labels']],
    [{ labels: { a: 'b' } }, [], 'gemini-2.5-pro', 'vertex'],
    [{ continuationToken: 't' }, [], 'gemini-4-argon'],
    [{ continuationToken: 't' }, [], 'gemini-4-argon', 'vertex'],
    [{ cachedContent: 'c', messages: [{ role: 'system', content: 'x' }, user] }, ['cachedContent']],
    [{ service_tier: 'priority' }, ['service_tier'], 'gemini-2.5-pro', 'vertex'],
    [{ service_tier: 'priority' }, []],
    [
      {
        stop: [],
        n: 1,
        logprobs: false,
        tool_choice: 'auto',
        tools: [],
        logit_bias: {},
        seed: null,
        service_tier: 'auto',
        store: false,
        user: 'u',
        metadata: {},
      },
      [],
    ],
    [
      {
        stream_options: { include_usage: true },
        prompt_cache_key: 'k',
        safety_identifier: 's',
        response_format: { type: 'text' },
      },
      [],
    ],
  ])('of %j is %j', (params, names, model, platform) => {
    expect(unsupported(params, model, platform)).toEqual(names);
  });
});

it.each<[unknown, unknown[]?]>([[{ type: 'function' }], [{ type: 'allowed_tools' }], [{ type: 'custom' }], ['required', []]])(
  'refuses the tool_choice %j by its path',
  (choice, tools) => {
    const translate = () => translated({ tools: (tools as []) ?? [weather], tool_choice: choice as never });
    expect(translate).toThrow(expect.objectContaining({ name: 'RequestInvalid', path: 'tool_choice' }));
  },
);

it("adds the caller's own calling config to the mode", () => {
  const toolConfig = { functionCallingConfig: { streamFunctionCallArguments: true } };
  expect(
    translated({ tools: [weather], tool_choice: 'required', toolConfig }, 'gemini-3.1-pro-preview', 'vertex').toolConfig,
  ).toEqual({
    functionCallingConfig: { mode: 'ANY', streamFunctionCallArguments: true },
  });
});
