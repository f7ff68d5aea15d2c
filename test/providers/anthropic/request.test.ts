import { describe, expect, test } from 'vitest';
import { ANSWER_TOOL } from '../../../src/providers/anthropic/structured-output.ts';
import { bodyOf, unsupported, wireRequest } from './support.ts';

const look = {
  type: 'function',
  function: { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: { q: { type: 'string' } } } },
};
const find = { type: 'function', function: { name: 'find' } };

describe('strict tools', () => {
  const strict = (parameters: object) => ({ type: 'function', function: { name: 'f', parameters, strict: true } });

  test('take the schemas that structured answers take', () => {
    const parameters = { type: 'object', properties: { a: { type: 'string', minLength: 2 } } };
    expect(bodyOf({ tools: [strict(parameters)] }).tools).toEqual([
      {
        name: 'f',
        input_schema: {
          type: 'object',
          properties: { a: { type: 'string', description: '{minLength: 2}' } },
          additionalProperties: false,
        },
        strict: true,
      },
    ]);
  });

  test('that cannot be closed are not held to strictly', () => {
    const parameters = { type: 'object', properties: { a: {} } };
    expect(bodyOf({ tools: [strict(parameters)] }).tools).toEqual([{ name: 'f', input_schema: parameters }]);
  });
});

describe('the request', () => {
  test('goes to the Messages API with its version, and betas of account, caller and params in one list', () => {
    const request = wireRequest(
      { headers: { 'anthropic-beta': 'b, c' }, anthropic_beta: ['d', 'b'] },
      { headers: { 'anthropic-beta': 'a' } },
    );
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b,c,d' },
      answer: 'whole',
      body: { model: 'claude-sonnet-4-5' },
    });
  });

  test('asks for events when it streams', () => {
    expect(wireRequest({ stream: true })).toMatchObject({ answer: 'server-sent-events', body: { stream: true } });
  });

  test.each([
    ['claude-3-opus-20240229', false, 4_096],
    ['claude-3-5-haiku-20241022', true, 8_192],
    ['claude-opus-4-1', true, 32_000],
    ['claude-sonnet-4-5', false, 21_333],
    ['claude-sonnet-4-5', true, 64_000],
    ['claude-opus-5', true, 64_000],
    ['some-other-model', false, 8_192],
  ])('without a limit %s (stream: %s) gets %i tokens', (model, stream, max_tokens) => {
    expect(bodyOf({ model, stream }).max_tokens).toBe(max_tokens);
  });

  test("the caller's own limit wins, the newer name first", () => {
    expect(bodyOf({ max_tokens: 10 }).max_tokens).toBe(10);
    expect(bodyOf({ max_tokens: 10, max_completion_tokens: 200_000 }).max_tokens).toBe(200_000);
  });

  test('hints are mapped or left out, and never rule a model out', () => {
    const hints = {
      n: 1,
      stop: [],
      seed: null,
      logprobs: false,
      logit_bias: {},
      top_logprobs: 0,
      frequency_penalty: 0,
      presence_penalty: null,
      store: false,
      metadata: { a: 'b' },
      user: 'u1',
      prompt_cache_key: 'k',
      stream_options: { include_usage: true },
      service_tier: 'auto',
      verbosity: 'medium',
      modalities: ['text'],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      response_format: { type: 'text' },
      reasoning_effort: null,
      tools: [],
    };
    expect(unsupported(hints)).toEqual([]);
    expect(bodyOf(hints)).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 21_333,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      metadata: { user_id: 'u1' },
    });
  });

  test.each([
    ['n', 2],
    ['seed', 7],
    ['frequency_penalty', 0.5],
    ['presence_penalty', -1],
    ['logit_bias', { 5: 1 }],
    ['logprobs', true],
    ['top_logprobs', 3],
    ['store', true],
    ['modalities', ['text', 'audio']],
    ['audio', { voice: 'x' }],
    ['verbosity', 'low'],
    ['web_search_options', {}],
    ['temperature', 1.2],
    ['stop', ['a', ' \n']],
    ['made_up_field', 1],
    ['tools', [{ type: 'custom', custom: { name: 'x' } }]],
  ])('%s is named where it asks for what does not exist here', (name, value) => {
    expect(unsupported({ [name]: value })).toEqual([name]);
  });

  test('what may be dropped is left out, everything else stays', () => {
    const ask = { temperature: 2, top_p: 0.5, seed: 1, made_up_field: 1, stop: ['a', ' '] };
    const body = bodyOf(ask, { drop: new Set(['temperature', 'stop', 'top_p']) });
    expect(body).toMatchObject({ top_p: 0.5, stop_sequences: ['a'] });
    expect(body).not.toHaveProperty('temperature');
  });

  test("Anthropic's own fields pass", () => {
    const own = { top_k: 5, cache_control: { type: 'ephemeral' }, container: 'c1', inference_geo: 'eu', speed: 'fast' };
    expect(unsupported(own)).toEqual([]);
    expect(bodyOf(own)).toMatchObject(own);
  });

  test('stop is one sequence or several', () => {
    expect(bodyOf({ stop: 'END' }).stop_sequences).toEqual(['END']);
    expect(bodyOf({ stop: ['a', 'b'] }).stop_sequences).toEqual(['a', 'b']);
  });

  test('the standard tier can be asked for', () => {
    expect(bodyOf({ service_tier: 'default' }).service_tier).toBe('standard_only');
    expect(bodyOf({ service_tier: 'priority' })).not.toHaveProperty('service_tier');
  });
});

describe('sampling', () => {
  test.each([
    ['claude-sonnet-4-5', { temperature: 0.2, top_p: 1 }, { temperature: 0.2 }, []],
    ['claude-sonnet-4-5', { temperature: 1, top_p: 0.5 }, { top_p: 0.5 }, []],
    ['claude-sonnet-4-5', { temperature: 0.2, top_p: 0.5 }, undefined, ['top_p']],
    ['claude-3-5-haiku-20241022', { temperature: 0.2, top_p: 0.5, top_k: 3 }, { temperature: 0.2, top_p: 0.5, top_k: 3 }, []],
    ['claude-opus-4-7', { temperature: 1, top_p: 1 }, {}, []],
    ['claude-opus-4-7', { temperature: 0 }, undefined, ['temperature']],
    ['claude-opus-5-5', { top_p: 0.9, top_k: 1 }, undefined, ['top_p', 'top_k']],
    ['claude-sonnet-4-5', { reasoning_effort: 'low', temperature: 1, top_p: 0.96 }, { top_p: 0.96 }, []],
    [
      'claude-sonnet-4-5',
      { reasoning_effort: 'low', temperature: 0, top_p: 0.5, top_k: 1 },
      undefined,
      ['temperature', 'top_p', 'top_k'],
    ],
  ])('on %s %j', (model, ask, sent, refused) => {
    expect(unsupported({ model, ...ask })).toEqual(refused);
    const { temperature, top_p, top_k } = bodyOf({ model, ...ask });
    if (sent)
      expect({ temperature, top_p, top_k }).toEqual({ temperature: undefined, top_p: undefined, top_k: undefined, ...sent });
  });
});

describe('reasoning', () => {
  test.each([
    ['claude-sonnet-4-6', 'high', { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
    ['claude-opus-4-6', 'minimal', { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }],
    ['claude-opus-4-7', 'xhigh', { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'xhigh' } }],
    ['claude-opus-4-8', 'none', { thinking: undefined, output_config: undefined }],
    ['claude-opus-5', 'none', { thinking: { type: 'disabled' }, output_config: undefined }],
    ['claude-sonnet-5-5', 'none', { thinking: { type: 'between_tools' }, output_config: undefined }],
    ['claude-haiku-4-5', 'none', { thinking: undefined, output_config: undefined }],
    ['claude-haiku-4-5', 'medium', { thinking: { type: 'enabled', budget_tokens: 10_666 }, max_tokens: 21_333 }],
    ['claude-3-7-sonnet-20250219', 'low', { thinking: { type: 'enabled', budget_tokens: 4_266 } }],
  ])('%s with effort %s', (model, reasoning_effort, expected) => {
    const { thinking, output_config, max_tokens } = bodyOf({ model, reasoning_effort });
    expect({ thinking, output_config, max_tokens }).toMatchObject(expected);
    expect(unsupported({ model, reasoning_effort })).toEqual([]);
  });

  test.each([
    ['claude-opus-4-6', 'xhigh'],
    ['claude-3-5-haiku-20241022', 'low'],
    ['claude-opus-5-5', 'none'],
    ['claude-fable-5', 'none'],
  ])('%s cannot do effort %s', (model, reasoning_effort) => {
    expect(unsupported({ model, reasoning_effort })).toEqual(['reasoning_effort']);
    const dropped = bodyOf({ model, reasoning_effort }, { drop: new Set(['reasoning_effort']) });
    expect(dropped.thinking).toBeUndefined();
  });

  test.each([
    ['minimal', 10_000, 1_024, 10_000],
    ['high', 10_000, 8_000, 10_000],
    ['max', 60_000, 32_000, 60_000],
    ['high', 2_048, 1_638, 2_048],
    ['high', 100, 1_024, 1_124],
    ['low', 1_500, 1_024, 2_524],
  ])('effort %s within %i tokens thinks %i of %i', (reasoning_effort, max_tokens, budget_tokens, sent) => {
    expect(bodyOf({ reasoning_effort, max_tokens })).toMatchObject({
      max_tokens: sent,
      thinking: { type: 'enabled', budget_tokens },
    });
  });

  test("the caller's own thinking and output config win", () => {
    const thinking = { type: 'enabled', budget_tokens: 30_000 };
    expect(bodyOf({ thinking })).toMatchObject({ thinking, max_tokens: 64_000 });
    const model = 'claude-opus-4-7';
    expect(bodyOf({ model, thinking: { type: 'adaptive' }, reasoning_effort: 'low' })).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'low' },
    });
    expect(bodyOf({ model, output_config: { effort: 'max' }, reasoning_effort: 'low' }).output_config).toEqual({ effort: 'max' });
  });

  test('a thinking budget and a forced tool exclude each other; adaptive thinking takes both', () => {
    const ask = { tools: [look], tool_choice: 'required', reasoning_effort: 'low' };
    expect(unsupported({ ...ask, model: 'claude-sonnet-4-5' })).toEqual(['reasoning_effort']);
    expect(unsupported({ ...ask, model: 'claude-opus-4-6' })).toEqual([]);
  });
});

describe('tools', () => {
  test('have a schema even where none was given, rooted in an object', () => {
    const untyped = { type: 'function', function: { name: 'a', parameters: { $defs: {}, additionalProperties: false } } };
    expect(bodyOf({ tools: [look, find, untyped] }).tools).toEqual([
      { name: 'look', description: 'Looks.', input_schema: look.function.parameters },
      { name: 'find', input_schema: { type: 'object', properties: {} } },
      { name: 'a', input_schema: { type: 'object', properties: {}, $defs: {}, additionalProperties: false } },
    ]);
  });

  test('are strict where the model knows it, and loose elsewhere', () => {
    const tools = [{ type: 'function', function: { name: 'a', strict: true } }];
    expect(bodyOf({ tools }).tools).toMatchObject([{ name: 'a', strict: true }]);
    expect(bodyOf({ tools, model: 'claude-sonnet-4-0' }).tools?.[0]).not.toHaveProperty('strict');
    expect(unsupported({ tools, model: 'claude-sonnet-4-0' })).toEqual([]);
  });

  test("keep Anthropic's own switches, and Anthropic's own tools pass", () => {
    const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 1 };
    const tools = [{ ...look, defer_loading: true }, search];
    expect(bodyOf({ tools }).tools).toMatchObject([{ name: 'look', defer_loading: true }, search]);
    expect(unsupported({ tools })).toEqual([]);
  });

  test.each([
    ['auto', {}, { type: 'auto' }],
    ['none', {}, { type: 'none' }],
    ['required', {}, { type: 'any' }],
    [{ type: 'function', function: { name: 'look' } }, {}, { type: 'tool', name: 'look' }],
    [undefined, {}, undefined],
    [undefined, { parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    ['required', { parallel_tool_calls: false }, { type: 'any', disable_parallel_tool_use: true }],
    ['none', { parallel_tool_calls: false }, { type: 'none' }],
  ])('choice %j with %j', (tool_choice, more, expected) => {
    expect(bodyOf({ tools: [look, find], tool_choice, ...more }).tool_choice).toEqual(expected);
  });

  test('allowed tools are the only ones offered', () => {
    const allowed = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'find' } }] },
    };
    expect(bodyOf({ tools: [look, find], tool_choice: allowed })).toMatchObject({
      tools: [{ name: 'find' }],
      tool_choice: { type: 'any' },
    });
  });

  test('a choice that means nothing without tools is left out; one that means something is refused', () => {
    expect(bodyOf({ tool_choice: 'none', parallel_tool_calls: false })).not.toHaveProperty('tool_choice');
    expect(() => bodyOf({ tool_choice: 'required' })).toThrow(expect.objectContaining({ path: 'tool_choice' }));
  });

  test.each(['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-fable-5-1', 'claude-mythos-preview'])(
    'cannot be forced on %s',
    (model) => {
      expect(unsupported({ model, tools: [look], tool_choice: 'required' })).toEqual(['tool_choice']);
      expect(unsupported({ model, tools: [look], tool_choice: 'auto' })).toEqual([]);
    },
  );

  test('of the legacy kind are mapped, one call at a time', () => {
    const body = bodyOf({ functions: [look.function], function_call: { name: 'look' } });
    expect(body).toMatchObject({
      tools: [{ name: 'look' }],
      tool_choice: { type: 'tool', name: 'look', disable_parallel_tool_use: true },
    });
    expect(bodyOf({ functions: [look.function] }).tool_choice).toEqual({ type: 'auto', disable_parallel_tool_use: true });
  });

  test('that history calls are defined although the call offers none', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', tool_calls: [{ id: '1', type: 'function', function: { name: 'look', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: '1', content: 'b' },
    ];
    expect(bodyOf({ messages })).toMatchObject({
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    });
  });
});

describe('structured output', () => {
  const closed = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
  const format = (schema: unknown) => ({ response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } });

  test('is native from Claude 4.5 on', () => {
    expect(bodyOf(format(closed)).output_config).toEqual({ format: { type: 'json_schema', schema: closed } });
  });

  test('closes objects and tells in words what Anthropic does not enforce', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        age: { type: 'integer', minimum: 0, description: 'In years.' },
        mail: { type: 'string', format: 'email', maxLength: 9 },
        tags: { type: 'array', items: { type: 'object', properties: {} }, minItems: 1 },
        kind: { oneOf: [{ const: 'a' }, { $ref: '#/$defs/kind' }] },
      },
      $defs: { kind: { enum: ['b'] } },
    };
    expect(bodyOf(format(schema)).output_config?.format?.schema).toEqual({
      type: 'object',
      properties: {
        age: { type: 'integer', description: 'In years.\n\n{minimum: 0}' },
        mail: { type: 'string', format: 'email', description: '{maxLength: 9}' },
        tags: { type: 'array', items: { type: 'object', properties: {}, additionalProperties: false }, minItems: 1 },
        kind: { anyOf: [{ const: 'a' }, { $ref: '#/$defs/kind' }] },
      },
      $defs: { kind: { enum: ['b'] } },
      additionalProperties: false,
    });
  });

  const map = { type: 'object', properties: {}, additionalProperties: { type: 'string' } };
  const tree = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };
  const untyped = { type: 'object', properties: { any: {} } };

  test.each([
    ['older models', 'claude-sonnet-4-0', closed],
    ['maps', 'claude-sonnet-4-5', map],
    ['recursive schemas', 'claude-sonnet-4-5', tree],
    ['values of any type', 'claude-sonnet-4-5', untyped],
  ])('comes by a forced tool for %s', (_, model, schema) => {
    const body = bodyOf({ model, ...format(schema) });
    expect(body.output_config).toBeUndefined();
    expect(body).toMatchObject({
      tools: [{ name: ANSWER_TOOL, input_schema: schema }],
      tool_choice: { type: 'tool', name: ANSWER_TOOL },
    });
  });

  test('of any shape comes by a forced tool, since there is no JSON mode', () => {
    expect(bodyOf({ response_format: { type: 'json_object' } })).toMatchObject({
      tools: [{ name: ANSWER_TOOL, input_schema: { type: 'object' } }],
      tool_choice: { type: 'tool' },
    });
  });

  test('beside other tools lets the model take either; a forced tool of the caller needs no answer tool', () => {
    const ask = { model: 'claude-sonnet-4-0', tools: [look], ...format(closed) };
    expect(bodyOf(ask)).toMatchObject({ tools: [{ name: 'look' }, { name: ANSWER_TOOL }], tool_choice: { type: 'any' } });
    expect(bodyOf({ ...ask, tool_choice: 'none' }).tool_choice).toEqual({ type: 'tool', name: ANSWER_TOOL });
    expect(bodyOf({ ...ask, tool_choice: 'required' })).toMatchObject({
      tools: [{ name: 'look' }],
      tool_choice: { type: 'any' },
    });
  });

  test('is impossible where a tool would have to be forced and cannot be', () => {
    expect(unsupported({ model: 'claude-opus-5-5', ...format(map) })).toEqual(['response_format']);
    expect(unsupported({ model: 'claude-opus-5-5', ...format(closed) })).toEqual([]);
    expect(unsupported({ model: 'claude-sonnet-4-0', reasoning_effort: 'low', ...format(closed) })).toEqual(['reasoning_effort']);
  });
});
