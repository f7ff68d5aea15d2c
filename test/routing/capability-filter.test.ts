import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import type { Capabilities } from '../../src/core/capabilities.ts';
import { unmetRequirement } from '../../src/routing/capability-filter.ts';
import { at, callTo, modelOf, planWith, providerOf } from '../support/routing-plan.ts';

const question = [{ role: 'user', content: 'Hello' }];
const tools = [{ type: 'function', function: { name: 'look' } }];
const withPart = (part: unknown) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: 'See' }, part] }] });

function unmet(capabilities: Capabilities, params: Call['params'], more: Partial<Call> = {}, drop: readonly string[] = []) {
  const deployment = at('lab/m', { capabilities });
  const model = modelOf('fast', [deployment]);
  const plan = planWith([model], { providers: new Map([['lab', providerOf('lab', drop)]]) });
  return unmetRequirement(callTo(model, { plan, params, ...more }), deployment, undefined);
}

const cases: [keyof Capabilities, string, Call['params'], Partial<Call>?][] = [
  ['tools', 'tools', { messages: question, tools }],
  ['tools', 'tools', { messages: question, functions: [{ name: 'look' }] }],
  ['parallelTools', 'parallel_tool_calls', { messages: question, tools, parallel_tool_calls: true }],
  ['vision', 'image_url', withPart({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } })],
  ['documents', 'file', withPart({ type: 'file', file: { file_id: 'f' } })],
  ['audioInput', 'input_audio', withPart({ type: 'input_audio', input_audio: { data: '', format: 'wav' } })],
  ['jsonSchema', 'response_format', { messages: question, response_format: { type: 'json_schema', json_schema: { name: 'x' } } }],
  ['reasoning', 'reasoning_effort', { messages: question, reasoning_effort: 'low' }],
  ['streaming', 'stream', { messages: question }, { stream: true }],
  ['prefill', 'messages', { messages: [...question, { role: 'assistant', content: 'Well' }] }],
  ['tools', 'tools', { input: 'Hello', tools }, { operation: 'responses' }],
  ['vision', 'image_url', { input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, { operation: 'responses' }],
  ['jsonSchema', 'response_format', { input: 'x', text: { format: { type: 'json_schema' } } }, { operation: 'responses' }],
  ['reasoning', 'reasoning_effort', { input: 'x', reasoning: { effort: 'high' } }, { operation: 'responses' }],
];

describe.each(cases)('%s', (capability, parameter, params, more) => {
  test(`known to be missing rules a call with ${parameter} out`, () => {
    expect(unmet({ [capability]: false }, params, more)).toMatchObject({ kind: 'capability', parameter });
  });

  test('unknown or present rules nothing out', () => {
    expect([unmet({}, params, more), unmet({ [capability]: true }, params, more)]).toEqual([undefined, undefined]);
  });

  test('in the drop list of the provider rules nothing out', () => {
    expect(unmet({ [capability]: false }, params, more, [parameter])).toBeUndefined();
  });
});

test('what a call does not ask for rules nothing out', () => {
  const nothing: Capabilities = {
    tools: false,
    parallelTools: false,
    vision: false,
    documents: false,
    audioInput: false,
    jsonSchema: false,
    reasoning: false,
    prefill: false,
    streaming: false,
  };
  expect(unmet(nothing, { messages: question, tools: [], reasoning_effort: 'none', parallel_tool_calls: true })).toBeUndefined();
  expect(unmet(nothing, { input: 'Hello' }, { operation: 'embeddings' })).toBeUndefined();
});

test.each(['max_tokens', 'max_completion_tokens', 'max_output_tokens'])('%s above the output limit rules out', (parameter) => {
  expect(unmet({ maxOutputTokens: 100 }, { messages: question, [parameter]: 101 })).toMatchObject({
    kind: 'output-limit',
    parameter,
  });
  expect(unmet({ maxOutputTokens: 100 }, { messages: question, [parameter]: 100 })).toBeUndefined();
  expect(unmet({ maxOutputTokens: 100 }, { messages: question, [parameter]: 101 }, {}, [parameter])).toBeUndefined();
});

test('an input beyond the context window rules out, a size not known does not', () => {
  const deployment = at('lab/m', { contextWindow: 1_000 });
  const call = callTo(modelOf('fast', [deployment]));
  expect(unmetRequirement(call, deployment, 1_001)).toMatchObject({ kind: 'context-window', parameter: 'messages' });
  expect(unmetRequirement(call, deployment, 1_000)).toBeUndefined();
  expect(unmetRequirement(call, deployment, undefined)).toBeUndefined();
});

test('a list of embeddings may be longer than the window, each of its inputs has it to itself', () => {
  const deployment = at('lab/m', { contextWindow: 1_000 });
  const embeds = (input: unknown) => callTo(modelOf('e', [deployment]), { operation: 'embeddings', params: { input } });
  expect(unmetRequirement(embeds(['a', 'b']), deployment, 1_001)).toBeUndefined();
  expect(unmetRequirement(embeds('a'), deployment, 1_001)).toMatchObject({ kind: 'context-window' });
});

test('a turn that ends with calls is no prefill', () => {
  const call = { id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } };
  const last = (message: object) => ({ messages: [...question, { role: 'assistant', ...message }] });
  expect(unmet({ prefill: false }, last({ content: null, tool_calls: [call] }))).toBeUndefined();
  expect(unmet({ prefill: false }, last({ content: null, function_call: call.function }))).toBeUndefined();
  expect(unmet({ prefill: false }, last({ content: 'Well', tool_calls: [] }))).toMatchObject({ parameter: 'messages' });
});

test('parts of results count, and `drop` may speak of them in the words of the Responses API', () => {
  const input = [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image' }] }];
  const responses = { operation: 'responses' } as const;
  expect(unmet({ vision: false }, { input }, responses)).toMatchObject({ parameter: 'image_url' });
  expect(unmet({ vision: false }, { input }, responses, ['input_image'])).toBeUndefined();
  expect(
    unmet({ reasoning: false }, { input: 'x', reasoning: { effort: 'low' } }, responses, ['reasoning.effort']),
  ).toBeUndefined();
});

test.each([null, 'text', [null, 5, 'x', { content: [null, 3] }]])('malformed messages are no reason to throw: %j', (messages) => {
  expect(unmet({ vision: false }, { messages })).toBeUndefined();
});
