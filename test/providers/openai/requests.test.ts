import { describe, expect, it } from 'vitest';
import type { Params } from '../../../src/core/params.ts';
import { vendors } from '../../../src/providers/open-ai-wire-provider.ts';
import { openAiWire } from '../../../src/providers/openai/provider.ts';
import { RequestInvalid } from '../../../src/providers/request-invalid.ts';
import { shortToolCallId, toolCallId } from '../../../src/providers/tool-call-id.ts';
import type { Account, WireRequest } from '../../../src/providers/wire.ts';
import { accountAt, contextOf, requestOf } from './replay.ts';

type Rest = Parameters<typeof requestOf>[2];

function wireOf(type: string) {
  const vendor = vendors.get(type);
  if (vendor === undefined) throw new Error(`no vendor ${type}`);
  return openAiWire(vendor.quirks, vendor.operations);
}

function sent(
  type: string,
  params: Params,
  rest: Rest & { operation?: Parameters<typeof requestOf>[0] } = {},
  account: Partial<Account> = {},
): WireRequest {
  const { operation = 'chat', ...request } = rest;
  const frozen = deepFreeze(structuredClone(params));
  return wireOf(type).toRequest(requestOf(operation, frozen, request), accountAt('http://127.0.0.1', account), contextOf());
}

function bodyOf(...args: Parameters<typeof sent>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(sent(...args).body)) as Record<string, unknown>;
}

/** Mutating a frozen object throws in a module. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}

const user = { role: 'user', content: 'hello' };
const messagesTo = (type: string, ...messages: unknown[]) => bodyOf(type, { messages }).messages;

describe('a chat request', () => {
  it("forwards unknown fields and the upstream's model", () => {
    expect(bodyOf('openai-compatible', { model: 'fast', messages: [user], guided_choice: ['a'], top_k: 3 })).toEqual({
      model: 'upstream-model',
      messages: [user],
      guided_choice: ['a'],
      top_k: 3,
    });
  });

  it('asks for usage of every stream where the vendor knows the option', () => {
    const streamed = { stream: true } as const;
    expect(bodyOf('openai', { messages: [user] }, streamed)).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    const own = { messages: [user], stream_options: { include_usage: false, include_obfuscation: false } };
    expect(bodyOf('openai', own, streamed).stream_options).toEqual({ include_usage: true, include_obfuscation: false });
    expect(bodyOf('mistral', own, streamed)).not.toHaveProperty('stream_options');
    expect(bodyOf('perplexity', own, streamed).stream_options).toEqual(own.stream_options);
    expect(bodyOf('perplexity', { messages: [user] }, streamed)).not.toHaveProperty('stream_options');
    expect(bodyOf('openai', { ...own, stream: true })).not.toHaveProperty('stream_options');
  });

  it.each([
    ['openai', 'gpt-5-mini', { max_completion_tokens: 9 }],
    ['openai', 'o4-mini', { max_completion_tokens: 9 }],
    ['openai', 'gpt-4o', { max_tokens: 9 }],
    ['mistral', 'mistral-small-latest', { max_tokens: 9 }],
    ['cerebras', 'gpt-oss-120b', { max_completion_tokens: 9 }],
  ])('gives %s %s its name of the output limit', (type, upstreamModel, expected) => {
    const body = bodyOf(type, { messages: [user], max_tokens: 9 }, { upstreamModel });
    expect({ max_tokens: body.max_tokens, max_completion_tokens: body.max_completion_tokens }).toEqual({
      max_tokens: undefined,
      max_completion_tokens: undefined,
      ...expected,
    });
    expect(bodyOf('deepseek', { messages: [user], max_completion_tokens: 7 })).toMatchObject({ max_tokens: 7 });
  });

  it('leaves out what the account drops', () => {
    expect(bodyOf('openai', { messages: [user], temperature: 0 }, {}, { drop: new Set(['temperature']) })).not.toHaveProperty(
      'temperature',
    );
  });

  it('keeps a limit of the output that was renamed to what the account drops', () => {
    const drop = new Set(['max_completion_tokens']);
    const upstreamModel = 'gpt-5-mini';
    const renamed = bodyOf('openai', { messages: [user], max_tokens: 9 }, { upstreamModel }, { drop });
    expect(renamed).toMatchObject({ max_completion_tokens: 9 });
    const dropped = bodyOf('openai', { messages: [user], max_completion_tokens: 9 }, { upstreamModel }, { drop });
    expect(dropped).not.toHaveProperty('max_completion_tokens');
  });

  it('leaves out hints that a strict vendor rejects', () => {
    const hints = { store: false, metadata: {}, user: 'u', prompt_cache_key: 'k', safety_identifier: 's', service_tier: 'auto' };
    expect(Object.keys(bodyOf('mistral', { messages: [user], ...hints }))).toEqual(['messages', 'prompt_cache_key', 'model']);
    expect(bodyOf('openai', { messages: [user], ...hints })).toMatchObject(hints);
  });

  it('sends the organization and project of the account', () => {
    const { headers } = sent('openai', { messages: [user] }, {}, { organization: 'org', project: 'proj' });
    expect(headers).toEqual({ 'openai-organization': 'org', 'openai-project': 'proj' });
  });
});

describe('reasoning effort', () => {
  it.each([
    ['openai', 'low', { reasoning_effort: 'low' }],
    ['mistral', 'low', { reasoning_effort: 'high' }],
    ['mistral', 'none', { reasoning_effort: 'none' }],
    ['deepseek', 'high', { reasoning_effort: 'high' }],
    ['deepseek', 'none', { thinking: { type: 'disabled' } }],
    ['zai', 'high', { thinking: { type: 'enabled' } }],
    ['alibaba', 'none', { enable_thinking: false }],
    ['vercel', 'medium', { reasoning: { effort: 'medium' } }],
  ])('%s takes %s in its own words', (type, effort, expected) => {
    const { reasoning_effort, thinking, enable_thinking, reasoning } = bodyOf(type, {
      messages: [user],
      reasoning_effort: effort,
    });
    expect(JSON.parse(JSON.stringify({ reasoning_effort, thinking, enable_thinking, reasoning }))).toEqual(expected);
  });

  it("leaves the caller's own switch as it is", () => {
    const own = { type: 'enabled', budget: 5 };
    expect(bodyOf('zai', { messages: [user], reasoning_effort: 'none', thinking: own }).thinking).toEqual(own);
  });
});

describe('messages', () => {
  it('gives the developer role only to those who know it', () => {
    const developer = { role: 'developer', content: 'be brief' };
    expect(messagesTo('openai', developer, user)).toEqual([developer, user]);
    expect(messagesTo('groq', developer, user)).toEqual([{ role: 'system', content: 'be brief' }, user]);
  });

  const thoughtful = {
    role: 'assistant',
    content: 'hi',
    refusal: null,
    reasoning_content: 'hmm',
    reasoning_details: [{ type: 'reasoning.text', text: 'hmm', signature: 's', format: 'anthropic-claude-v1' }],
  };

  it.each([
    ['openai', { role: 'assistant', content: 'hi', refusal: null }],
    ['mistral', { role: 'assistant', content: 'hi' }],
    ['deepseek', { role: 'assistant', content: 'hi', reasoning_content: 'hmm' }],
    ['groq', { role: 'assistant', content: 'hi', reasoning: 'hmm' }],
    [
      'openrouter',
      { role: 'assistant', content: 'hi', refusal: null, reasoning: 'hmm', reasoning_details: thoughtful.reasoning_details },
    ],
  ])('takes reasoning back to %s only in the form it takes', (type, expected) => {
    expect(messagesTo(type, user, thoughtful, user)).toEqual([user, expected, user]);
  });

  it('leaves caching marks only where they are honoured', () => {
    const cache_control = { type: 'ephemeral' };
    const marked = { role: 'user', content: [{ type: 'text', text: 'long', cache_control }], cache_control };
    expect(messagesTo('openrouter', marked)).toEqual([marked]);
    expect(messagesTo('openai', marked)).toEqual([{ role: 'user', content: [{ type: 'text', text: 'long' }] }]);
    const tool = { type: 'function', function: { name: 'a' } };
    expect(bodyOf('openai', { messages: [user], tools: [{ ...tool, cache_control }] }).tools).toEqual([tool]);
    expect(bodyOf('vercel', { messages: [user], tools: [{ ...tool, cache_control }] }).tools).toEqual([
      { ...tool, cache_control },
    ]);
  });

  it('keeps thought signatures of tool calls for the route that gave them', () => {
    const call = { id: 'c', type: 'function', function: { name: 'a', arguments: '{}' } };
    const extra_content = { google: { thought_signature: 'sig' } };
    const message = { role: 'assistant', content: null, tool_calls: [{ ...call, extra_content }] };
    expect(messagesTo('google-openai', message)).toEqual([message]);
    expect(messagesTo('openai', message)).toEqual([{ ...message, tool_calls: [call] }]);
  });

  it('leaves out names where they are refused, and empty lists of calls everywhere', () => {
    expect(messagesTo('groq', { ...user, name: 'ann' })).toEqual([user]);
    expect(messagesTo('openai', { ...user, name: 'ann' })).toEqual([{ ...user, name: 'ann' }]);
    expect(messagesTo('openai', { role: 'assistant', content: 'a', tool_calls: [] })).toEqual([
      { role: 'assistant', content: 'a' },
    ]);
  });

  it('hands on a conversation that needs no change without copying it', () => {
    const messages = [user, { role: 'assistant', content: 'a' }];
    const request = requestOf('chat', { messages });
    const wireRequest = wireOf('openai').toRequest(request, accountAt('http://127.0.0.1'), contextOf());
    expect((wireRequest.body as { messages: unknown }).messages).toBe(messages);
  });

  it("joins a text of parts for DeepSeek's string-only roles and keeps the user's parts", () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    expect(messagesTo('deepseek', { role: 'system', content: parts }, { role: 'user', content: parts })).toEqual([
      { role: 'system', content: 'a\nb' },
      { role: 'user', content: parts },
    ]);
  });

  it('joins neighbours of one role for Perplexity', () => {
    const image = { type: 'image_url', image_url: { url: 'https://example.org/a.png' } };
    expect(messagesTo('perplexity', user, { role: 'user', content: 'again' }, { role: 'user', content: [image] })).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hello\n\nagain' }, image] },
    ]);
  });

  it('marks a prefix for Mistral', () => {
    expect(messagesTo('mistral', user, { role: 'assistant', content: 'Sure' })).toEqual([
      user,
      { prefix: true, role: 'assistant', content: 'Sure' },
    ]);
  });

  it('gives Mistral ids of nine characters that still match', () => {
    const call = { id: 'call_abcdefghijklmnop', type: 'function', function: { name: 'a', arguments: '{}' } };
    const [assistant, tool] = messagesTo(
      'mistral',
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: 'x' },
    ) as [{ tool_calls: { id: string }[] }, { tool_call_id: string }];
    expect(tool.tool_call_id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(assistant.tool_calls[0]?.id).toBe(tool.tool_call_id);
  });
});

describe('tool choice', () => {
  const tools = ['a', 'b'].map((name) => ({ type: 'function', function: { name } }));
  it('says `any` to Mistral', () => {
    expect(bodyOf('mistral', { messages: [user], tools, tool_choice: 'required' }).tool_choice).toBe('any');
    expect(bodyOf('groq', { messages: [user], tools, tool_choice: 'required' }).tool_choice).toBe('required');
  });

  it('filters the tools where `allowed_tools` is unknown', () => {
    const tool_choice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'b' } }] },
    };
    expect(bodyOf('groq', { messages: [user], tools, tool_choice })).toMatchObject({
      tools: [tools[1]],
      tool_choice: 'required',
    });
    expect(bodyOf('openai', { messages: [user], tools, tool_choice })).toMatchObject({ tools, tool_choice });
  });

  it('renames the seed for Mistral', () => {
    const body = bodyOf('mistral', { messages: [user], seed: 7 });
    expect(body.random_seed).toBe(7);
    expect(body).not.toHaveProperty('seed');
  });
});

describe('unsupported params', () => {
  it.each([
    ['openai', 'gpt-5', { temperature: 0.2, top_p: 1, logit_bias: {} }, ['temperature']],
    ['openai', 'o4-mini-2025-04-16', { presence_penalty: 0.1, frequency_penalty: 0 }, ['presence_penalty']],
    ['openai', 'gpt-4o', { temperature: 0.2, logprobs: true }, []],
    ['openai', 'gpt-5.1', { temperature: 0.2 }, []],
    ['groq', 'llama', { n: 2, logprobs: true, logit_bias: { 1: 2 } }, ['n', 'logprobs', 'logit_bias']],
    ['groq', 'llama', { n: 1, logprobs: false, logit_bias: null, top_logprobs: 0 }, []],
    ['xai', 'grok-4-fast', { stop: ['x'] }, ['stop']],
    ['xai', 'grok-4-1-fast-non-reasoning', { stop: ['x'] }, []],
    ['perplexity', 'sonar', { tools: [], seed: 1 }, ['seed']],
  ])('%s %s can not honour what it refuses, and minds no empty value', (type, upstreamModel, params, expected) => {
    expect(wireOf(type).unsupported({ operation: 'chat', upstreamModel, params, stream: false })).toEqual(expected);
  });
});

describe('other operations', () => {
  it('puts the model into a copy of an upload form', () => {
    const form = new FormData();
    form.set('model', 'fast');
    form.set('file', new Blob(['abc']), 'a.wav');
    const { body, path } = sent('openai', {}, { operation: 'audio.transcription', form });
    expect(path).toBe('/audio/transcriptions');
    expect((body as FormData).get('model')).toBe('upstream-model');
    expect((body as FormData).get('file')).toBeInstanceOf(Blob);
    expect(form.get('model')).toBe('fast');
  });

  it('passes any path through', () => {
    const get = sent(
      'openai',
      {},
      { operation: 'passthrough', passthrough: { method: 'get', path: '/files', query: 'limit=2' } },
    );
    expect(get).toMatchObject({ method: 'GET', path: '/files?limit=2', body: undefined, answer: 'whole' });
    const post = sent(
      'openai',
      { input_file_id: 'f' },
      { operation: 'passthrough', passthrough: { method: 'POST', path: 'batches', query: '', json: { input_file_id: 'f' } } },
    );
    expect(post).toMatchObject({ method: 'POST', path: '/batches', body: { input_file_id: 'f' } });
    expect(() =>
      sent('openai', {}, { operation: 'passthrough', passthrough: { method: 'TRACE', path: '/', query: '' } }),
    ).toThrow(RequestInvalid);
  });

  it('asks for no encoding that the vendor has not', () => {
    const params = { input: 'a', encoding_format: 'base64' };
    expect(bodyOf('mistral', params, { operation: 'embeddings' })).toEqual({ input: 'a', model: 'upstream-model' });
    expect(bodyOf('openai', params, { operation: 'embeddings' })).toMatchObject(params);
    expect(sent('perplexity', params, { operation: 'embeddings' }).path).toBe('/v1/embeddings');
  });
});

describe('tool call ids', () => {
  it('are stable, and differ by answer, choice and position', () => {
    expect(toolCallId('a', 0, 0)).toBe(toolCallId('a', 0, 0));
    expect(new Set([toolCallId('a', 0, 0), toolCallId('a', 0, 1), toolCallId('a', 1, 0), toolCallId('b', 0, 0)]).size).toBe(4);
    expect(shortToolCallId('FI5qQGzDE')).toBe('FI5qQGzDE');
  });
});
