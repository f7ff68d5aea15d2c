import { describe, expect, it } from 'vitest';
import type { ChatCompletion } from '../../../src/core/chat.ts';
import type { Operation } from '../../../src/core/operation.ts';
import type { Params } from '../../../src/core/params.ts';
import { vendors } from '../../../src/providers/open-ai-wire-provider.ts';
import { fromResponse } from '../../../src/providers/openai/from-response.ts';
import { HOST_QUIRKS, OPENAI_QUIRKS, type VendorQuirks } from '../../../src/providers/openai/quirks.ts';
import type { UpstreamError } from '../../../src/providers/upstream-error.ts';
import { requestOf } from './replay.ts';
import { schemaProblems } from './schema.ts';

function answer(body: unknown, quirks: VendorQuirks = HOST_QUIRKS, operation: Operation = 'chat', params: Params = {}): unknown {
  const exchange = {
    request: requestOf(operation, params),
    requestId: 'r1',
    status: 200,
    headers: {},
    createdSeconds: 1_700_000_000,
  };
  return fromResponse(structuredClone(body), exchange, quirks);
}

function chat(choice: Record<string, unknown>, rest: Record<string, unknown> = {}, quirks?: VendorQuirks): ChatCompletion {
  const completion = answer({ id: 'c1', created: 5, model: 'm', choices: [choice], ...rest }, quirks) as ChatCompletion;
  expect(schemaProblems('CreateChatCompletionResponse', completion)).toEqual([]);
  return JSON.parse(JSON.stringify(completion)) as ChatCompletion;
}

const message = (own: object) => ({ message: { role: 'assistant', content: 'hi', ...own }, finish_reason: 'stop' });
const messageOf = (completion: ChatCompletion) => completion.choices[0]?.message;
const usageOf = (usage: unknown, quirks?: VendorQuirks) => chat(message({}), { usage }, quirks).usage;

function failureOf(body: unknown, operation?: Operation): UpstreamError {
  try {
    answer(body, HOST_QUIRKS, operation);
  } catch (error) {
    return error as UpstreamError;
  }
  throw new Error('nothing was thrown');
}

describe('a whole chat answer', () => {
  it('is repaired to the schema from the least that hosts send', () => {
    expect(schemaProblems('CreateChatCompletionResponse', { choices: [message({})] })).not.toEqual([]);
    const completion = answer({ choices: [message({})] }) as ChatCompletion;
    expect(schemaProblems('CreateChatCompletionResponse', completion)).toEqual([]);
    expect(completion).toEqual({
      id: 'chatcmpl-r1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'upstream-model',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'hi', refusal: null },
          finish_reason: 'stop',
          native_finish_reason: 'stop',
          logprobs: null,
        },
      ],
    });
  });

  it.each([
    ['eos', 'stop'],
    ['model_length', 'length'],
    ['SAFETY', 'content_filter'],
    ['', 'stop'],
    ['something new', 'stop'],
  ])('says %j in words of OpenAI', (native, expected) => {
    const { finish_reason, native_finish_reason } = chat({ ...message({}), finish_reason: native }).choices[0] ?? {};
    expect({ finish_reason, native_finish_reason }).toEqual({ finish_reason: expected, native_finish_reason: native || null });
  });

  it('keeps an own word that the vendor already gives', () => {
    expect(chat({ ...message({}), native_finish_reason: 'end_turn' }).choices[0]?.native_finish_reason).toBe('end_turn');
  });

  it('splits content arrays, moves reasoning and takes it out of tags', () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hmm' }] },
      { type: 'text', text: '4' },
    ];
    expect(messageOf(chat(message({ content: parts })))).toMatchObject({ content: '4', reasoning_content: 'hmm' });
    expect(messageOf(chat(message({ reasoning: 'hmm' })))).toEqual({
      role: 'assistant',
      content: 'hi',
      refusal: null,
      reasoning_content: 'hmm',
    });
    const tagged = message({ content: '<think>\nhmm\n</think>\n\n4' });
    expect(messageOf(chat(tagged, {}, { ...HOST_QUIRKS, reasoningTag: 'think' }))).toMatchObject({
      content: '4',
      reasoning_content: 'hmm',
    });
    expect(messageOf(chat(tagged))?.content).toBe('<think>\nhmm\n</think>\n\n4');
  });

  it('completes tool calls, and means them by a host that says stop', () => {
    const calls = [{ function: { name: 'a', arguments: '' } }, { id: '', function: { name: 'b', arguments: { x: 1 } } }];
    const choice = { ...message({ content: undefined, tool_calls: calls }) };
    const completion = chat(choice);
    expect(messageOf(completion)?.content).toBeNull();
    expect(messageOf(completion)?.tool_calls?.map((call) => [call.type, call.function.arguments])).toEqual([
      ['function', '{}'],
      ['function', '{"x":1}'],
    ]);
    expect(new Set(messageOf(completion)?.tool_calls?.map((call) => call.id)).size).toBe(2);
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
    expect(chat(choice, {}, OPENAI_QUIRKS).choices[0]?.finish_reason).toBe('stop');
  });

  it('leaves out empty stand-ins', () => {
    const empty = {
      tool_calls: [],
      function_call: { name: '', arguments: '' },
      audio: { id: '', data: '' },
      annotations: null,
      refusal: '',
    };
    expect(messageOf(chat(message(empty)))).toEqual({ role: 'assistant', content: 'hi', refusal: null });
  });

  it("keeps the vendor's tier beside OpenAI's", () => {
    expect(chat(message({}), { service_tier: 'on_demand' })).toMatchObject({
      service_tier: 'default',
      native_service_tier: 'on_demand',
    });
    expect(chat(message({}), { service_tier: 'performance' })).toMatchObject({
      service_tier: null,
      native_service_tier: 'performance',
    });
    expect(chat(message({}), { service_tier: 'flex' })).not.toHaveProperty('native_service_tier');
  });

  it('accepts an empty text with a finish reason', () => {
    expect(messageOf(chat(message({ content: '' })))?.content).toBe('');
  });

  it.each([
    ['no choices', { choices: [] }, 'not-an-answer'],
    ['a missing message', { choices: [{ finish_reason: 'stop' }] }, 'not-an-answer'],
    ['null', null, 'not-an-answer'],
    ['a list', [1], 'not-an-answer'],
    [
      'more calls than anyone asks for',
      { choices: [message({ tool_calls: Array.from({ length: 129 }, () => ({ function: { name: 'a' } })) })] },
      'not-an-answer',
    ],
    ['an error object', { error: { code: 502, message: 'down' } }, 'error-in-answer'],
    ["vLLM's error object", { object: 'error', message: 'x' }, 'error-in-answer'],
    ['an error in a choice', { choices: [{ ...message({}), error: { code: 502, message: 'x' } }] }, 'error-in-answer'],
    ['a finish reason of error', { choices: [{ ...message({}), finish_reason: 'error' }] }, 'error-in-answer'],
  ])('with %s is no answer', (_name, body, reason) => {
    expect(failureOf(body).reason).toBe(reason);
  });
});

describe('usage', () => {
  const base = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const google = vendors.get('google-openai')?.quirks ?? HOST_QUIRKS;

  it('adds reasoning that the total shows to be left out, and no other', () => {
    const reasoning = { completion_tokens_details: { reasoning_tokens: 7 } };
    expect(usageOf({ ...base, total_tokens: 22, ...reasoning })).toMatchObject({ completion_tokens: 12, total_tokens: 22 });
    expect(usageOf({ ...base, completion_tokens: 12, total_tokens: 22, ...reasoning })?.completion_tokens).toBe(12);
    expect(usageOf({ ...base, total_tokens: 20 })?.completion_tokens).toBe(5);
    expect(usageOf({ ...base, total_tokens: 20 }, google)).toMatchObject({
      completion_tokens: 10,
      completion_tokens_details: { reasoning_tokens: 5 },
    });
  });

  it.each([
    ['prompt_cache_hit_tokens', { prompt_cache_hit_tokens: 4 }],
    ['cached_tokens', { cached_tokens: 4 }],
    ['num_cached_tokens', { num_cached_tokens: 4 }],
    ['the details', { prompt_tokens_details: { cached_tokens: 4, audio_tokens: null } }],
  ])('finds cached tokens in %s', (_name, own) => {
    expect(usageOf({ ...base, prompt_tokens_details: null, ...own })?.prompt_tokens_details).toEqual({
      cached_tokens: 4,
      cache_write_tokens: 0,
    });
  });

  it('has details where they are null or missing, and written tokens', () => {
    expect(usageOf({ ...base, completion_tokens_details: null, cache_creation_input_tokens: 3 })).toMatchObject({
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 0 },
    });
  });

  it('is left out where its counts are none', () => {
    for (const bad of [null, 'x', { prompt_tokens: -1, completion_tokens: '5' }]) expect(usageOf(bad)).toBeUndefined();
    for (const bad of [
      { ...base, prompt_tokens: -1 },
      { ...base, completion_tokens: '5' },
    ])
      expect(usageOf(bad)).toMatchObject(base);
    expect(usageOf({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })).toMatchObject({ total_tokens: 0 });
  });
});

describe('embeddings', () => {
  const floats = Buffer.from(Float32Array.from([0.5, -1]).buffer).toString('base64');
  const embed = (embedding: unknown, params: Params, quirks?: VendorQuirks) =>
    (
      answer({ data: [{ embedding }], usage: { total_tokens: 3 } }, quirks, 'embeddings', params) as {
        data: { embedding: unknown }[];
      }
    ).data[0]?.embedding;

  it('come in the encoding that was asked for', () => {
    expect(embed([0.5, -1], { encoding_format: 'base64' })).toBe(floats);
    expect(embed(floats, { encoding_format: 'float' })).toEqual([0.5, -1]);
    expect(embed([0.5, -1], {})).toEqual([0.5, -1]);
    expect(embed(floats, { encoding_format: 'base64' })).toBe(floats);
  });

  it('are numbers where the vendor sends signed bytes', () => {
    const quirks = { ...HOST_QUIRKS, embeddings: 'int8' } as const;
    expect(embed(Buffer.from(Int8Array.from([-41, 127, 0]).buffer).toString('base64'), {}, quirks)).toEqual([-41, 127, 0]);
  });

  it('meet the schema, with a usage of which only the total was given', () => {
    const body = answer({ data: [{ embedding: [1] }], usage: { total_tokens: 3 } }, HOST_QUIRKS, 'embeddings');
    expect(schemaProblems('CreateEmbeddingResponse', body)).toEqual([]);
    expect(body).toMatchObject({ usage: { prompt_tokens: 3, total_tokens: 3 } });
    expect(failureOf({ data: [] }, 'embeddings').reason).toBe('not-an-answer');
  });
});

describe('other answers', () => {
  it('pass as they are, unless they are errors or none', () => {
    const response = { object: 'response', status: 'completed', error: null, output: [] };
    expect(answer(response, HOST_QUIRKS, 'responses')).toEqual(response);
    expect(failureOf({ ...response, status: 'failed', error: { code: 'server_error' } }, 'responses').reason).toBe(
      'error-in-answer',
    );
    expect(failureOf({ object: 'response' }, 'responses').reason).toBe('not-an-answer');
    expect(answer({ data: [{ url: 'u' }] }, HOST_QUIRKS, 'images.generate')).toEqual({ data: [{ url: 'u' }] });
    expect(failureOf({ error: 'x' }, 'moderations').reason).toBe('error-in-answer');
    expect(answer(null, HOST_QUIRKS, 'passthrough')).toBeNull();
  });

  it('gives a text completion in the schema', () => {
    const completion = answer({ choices: [{ text: 'a', finish_reason: 'eos' }] }, HOST_QUIRKS, 'completions');
    expect(schemaProblems('CreateCompletionResponse', completion)).toEqual([]);
  });
});
