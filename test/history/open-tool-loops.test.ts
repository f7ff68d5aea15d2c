import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { type Gateway, type GatewayConfig, UnsupportedOperationError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodies, failureOf, gatewayOf, upstream } from '../public/harness.ts';
import type { FaultServer } from '../support/fault-server.ts';
import { callingCompletion, SIGNATURE, strictVendor } from './strict-upstream.ts';

type Json = Record<string, unknown>;

/** Models by the wire that serves them, and what a request has that makes them think; undefined if nothing has to. */
const CLAUDES = [
  ['anthropic', 'claude-sonnet-4-5', {}],
  ['anthropic', 'claude-3-7-sonnet-latest', {}],
  ['anthropic', 'claude-opus-4-1', {}],
  ['vertex', 'claude-haiku-4-5@20251001', { project: 'p', region: 'us-east5' }],
  ['bedrock', 'us.anthropic.claude-sonnet-4-20250514-v1:0', { region: 'us-east-1' }],
  ['bedrock', 'anthropic.claude-3-7-sonnet-20250219-v1:0', { region: 'us-east-1' }],
  ['openrouter', 'anthropic/claude-3.7-sonnet', {}],
  ['openrouter', 'anthropic/claude-sonnet-4.5', {}],
  ['openrouter', 'anthropic/claude-4.5-sonnet-20250929', {}],
  ['vercel', 'anthropic/claude-opus-4.1', {}],
  ['databricks', 'databricks-claude-sonnet-4', {}],
] as const;

const BESIDE_CALLS = [
  ['deepseek', 'deepseek-v4-pro', {}],
  ['moonshot', 'kimi-k2.6', {}],
  ['xiaomi', 'mimo-v2.5-pro', {}],
  ['openrouter', 'moonshotai/kimi-k2.6', {}],
  ['vercel', 'deepseek/deepseek-v4-flash', {}],
  ['siliconflow', 'Pro/moonshotai/Kimi-K2.5', {}],
  ['anthropic', 'deepseek-v4-pro', {}],
  ['anthropic', 'kimi-k2.6', {}],
] as const;

const tools = [{ type: 'function' as const, function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
const call = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } });
const ask = { role: 'user', content: 'what is there?' };
const calling = (more: Json = {}, id = 'call_1') => ({ role: 'assistant', content: null, tool_calls: [call(id)], ...more });
const result = (id = 'call_1') => ({ role: 'tool', tool_call_id: id, content: 'a door' });
const signed = { type: 'reasoning.text', text: 'hm', signature: SIGNATURE, format: 'anthropic-claude-v1', index: 0 };

async function stage(type: string, model: string, settings: Json): Promise<{ gateway: Gateway; server: FaultServer }> {
  const server = await upstream(strictVendor);
  const providers = { p: { type, apiKey: 'test-key-0123456789', baseURL: server.origin, ...settings } };
  const gateway = gatewayOf({ providers, models: { m: [`p/${model}`] } } as unknown as GatewayConfig);
  return { gateway, server };
}

async function chat(gateway: Gateway, messages: readonly Json[], more: Json = {}): Promise<string | null | undefined> {
  const params = { model: 'm', messages, tools, reasoning_effort: 'medium', max_completion_tokens: 8_000, ...more };
  const answer = await gateway.chat.completions.create(params as never);
  return (answer as { choices: { message: { content: string | null } }[] }).choices[0]?.message.content;
}

/** What of a body asks for thinking, whichever wire it is of. */
function thinkingOf(server: FaultServer): unknown {
  const body = bodies(server)[0] ?? {};
  const fields = body.additionalModelRequestFields as Json | undefined;
  return body.thinking ?? fields?.thinking ?? body.enable_thinking ?? body.reasoning ?? body.reasoning_effort;
}

describe.each(CLAUDES)('%s with %s', (type, model, settings) => {
  it.each([
    ['begun by another model', [ask, calling(), result()]],
    [
      'with thoughts of another maker',
      [ask, calling({ reasoning_content: 'hm', reasoning_details: [{ ...signed, format: 'google-gemini-v1' }] }), result()],
    ],
    ['with unsigned thoughts', [ask, calling({ reasoning_details: [{ ...signed, signature: undefined }] }), result()]],
    [
      'begun by another model and gone on with by Claude',
      [ask, calling(), result(), calling({ reasoning_details: [signed] }, 'call_2'), result('call_2')],
    ],
    ['that the user speaks into', [ask, calling(), result(), ask]],
    [
      'of Claude that the user speaks into and another goes on with',
      [ask, calling({ reasoning_details: [signed] }), result(), ask, calling({}, 'call_2'), result('call_2')],
    ],
    [
      'of the legacy form',
      [
        ask,
        { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{}' } },
        { role: 'function', name: 'look', content: 'a door' },
      ],
    ],
  ])('does without thinking in a tool loop %s', async (_, messages) => {
    const { gateway, server } = await stage(type, model, settings);
    expect(await chat(gateway, messages)).toBe('ok');
    expect(server.requests).toHaveLength(1);
    expect(thinkingOf(server)).toBeUndefined();
  });

  it('does so in a stream', async () => {
    const { gateway, server } = await stage(type, model, settings);
    const params = { model: 'm', messages: [ask, calling(), result()], tools, reasoning_effort: 'medium', stream: true };
    let text = '';
    const chunks = await gateway.chat.completions.create(params as never as ChatCompletionCreateParamsStreaming);
    for await (const { choices } of chunks) text += choices[0]?.delta.content ?? '';
    expect(text).toBe('ok');
    expect(thinkingOf(server)).toBeUndefined();
  });

  it.each([
    ['behind a loop that is over', [ask, calling(), result(), { role: 'assistant', content: 'a door' }, ask]],
    ['without any loop', [ask]],
  ])('thinks %s', async (_, messages) => {
    const { gateway, server } = await stage(type, model, settings);
    expect(await chat(gateway, messages)).toBe('ok');
    expect(thinkingOf(server)).toBeDefined();
  });
});

// The other hosts answer the Responses API themselves.
describe.each(CLAUDES.filter(([type]) => ['anthropic', 'vertex', 'bedrock'].includes(type)))(
  '%s with %s over the Responses API',
  (type, model, settings) => {
    it.each([false, true])('does without thinking in a loop of another model (stream: %s)', async (stream) => {
      const { gateway, server } = await stage(type, model, settings);
      const input = [
        { role: 'user', content: 'what is there?' },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'gAAAAB-of-OpenAI' },
        { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'a door' },
      ];
      const tool = { type: 'function', name: 'look', parameters: { type: 'object', properties: {} }, strict: false };
      const params = { model: 'm', input, tools: [tool], reasoning: { effort: 'medium' } };
      const answer = stream
        ? await gateway.responses.stream(params as never).finalResponse()
        : ((await gateway.responses.create(params as never)) as { output_text: string });
      expect(answer.output_text).toBe('ok');
      expect(thinkingOf(server)).toBeUndefined();
    });
  },
);

describe.each(CLAUDES.filter(([type]) => type !== 'databricks'))('%s with %s goes on thinking', (type, model, settings) => {
  it.each([
    ['in a loop of its own', [ask, calling({ reasoning_details: [signed] }), result()]],
    [
      'in a loop that it began and that another goes on with',
      [ask, calling({ reasoning_details: [signed] }), result(), calling({}, 'call_2'), result('call_2')],
    ],
    [
      'after a redacted block',
      [
        ask,
        calling({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'Zm9v', format: 'anthropic-claude-v1', index: 0 }] }),
        result(),
      ],
    ],
  ])('%s', async (_, messages) => {
    const { gateway, server } = await stage(type, model, settings);
    expect(await chat(gateway, messages)).toBe('ok');
    expect(thinkingOf(server)).toBeDefined();
    expect(JSON.stringify(bodies(server)[0])).toMatch(/ErUBsigned|Zm9v/);
  });
});

it('also leaves out thinking that was asked for in Claude’s own words', async () => {
  for (const [type, model, settings] of [CLAUDES[0], CLAUDES[4], ['anthropic', 'claude-sonnet-4-6', {}] as const]) {
    const { gateway, server } = await stage(type, model, settings);
    const thinking = { type: 'enabled', budget_tokens: 2_000 };
    expect(await chat(gateway, [ask, calling(), result()], { thinking, reasoning_effort: undefined })).toBe('ok');
    expect(thinkingOf(server)).toBeUndefined();
  }
});

it.each([
  ['a Claude', 'us.anthropic.claude-sonnet-4-20250514-v1:0'],
  ['an inference profile that does not tell its model', 'arn:aws:bedrock:us-east-1:1:application-inference-profile/abc'],
])('also leaves out thinking that was asked of %s among Bedrock’s own fields', async (_, model) => {
  const more = {
    reasoning_effort: undefined,
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_000 }, anthropic_beta: ['b'] },
  };
  const { gateway, server } = await stage('bedrock', model, { region: 'us-east-1' });
  expect(await chat(gateway, [ask, calling(), result()], more)).toBe('ok');
  expect(bodies(server)[0]?.additionalModelRequestFields).toEqual({ anthropic_beta: ['b'] });
  expect(await chat(gateway, [ask, calling({ reasoning_details: [signed] }), result()], more)).toBe('ok');
  expect(bodies(server)[1]?.additionalModelRequestFields).toEqual(more.additionalModelRequestFields);
  expect(JSON.stringify(bodies(server)[1])).toContain(SIGNATURE);
});

it('leaves adaptive thinking on: it asks nothing of earlier turns', async () => {
  const { gateway, server } = await stage('anthropic', 'claude-opus-4-6', {});
  expect(await chat(gateway, [ask, calling(), result()])).toBe('ok');
  expect(thinkingOf(server)).toEqual({ type: 'adaptive' });
});

const OFF = new Map<string, unknown>([
  ['vercel', { effort: 'none' }],
  ['openrouter', 'none'],
  ['siliconflow', false],
]);

describe.each(BESIDE_CALLS)('%s with %s', (type, model, settings) => {
  const off = OFF.get(type) ?? { type: 'disabled' };

  it.each([
    ['in an open loop', [ask, calling(), result()]],
    ['of a turn that is over', [ask, calling(), result(), { role: 'assistant', content: 'a door' }, ask]],
    [
      'of one turn among those that think',
      [ask, calling({ reasoning_content: 'hm' }), result(), calling({}, 'call_2'), result('call_2')],
    ],
    ['whose thoughts are null', [ask, calling({ reasoning_content: null }), result()]],
  ])('is told not to think with calls without thoughts %s', async (_, messages) => {
    for (const reasoning_effort of ['medium', undefined]) {
      const { gateway, server } = await stage(type, model, settings);
      expect(await chat(gateway, messages, { reasoning_effort })).toBe('ok');
      expect(thinkingOf(server)).toEqual(off);
    }
  });

  it.each([
    ['text', { reasoning_content: 'hm' }],
    [
      'blocks of another maker',
      {
        reasoning_details: [{ type: 'reasoning.text', text: 'hm', format: 'bedrock-converse-v1', index: 0 }],
        reasoning_content: 'hm',
      },
    ],
    ['text of another name', { reasoning: 'hm' }],
  ])('thinks on and gets thoughts back that came as %s', async (_, thoughts) => {
    const { gateway, server } = await stage(type, model, settings);
    expect(await chat(gateway, [ask, calling(thoughts), result()])).toBe('ok');
    expect(thinkingOf(server)).not.toEqual(off);
    expect(JSON.stringify(bodies(server)[0])).toContain('"hm"');
  });
});

it.each(BESIDE_CALLS.filter(([type]) => ['anthropic', 'deepseek', 'moonshot'].includes(type)))(
  '%s with %s gets the text of blocks that do not tell their maker',
  async (type, model, settings) => {
    const { gateway, server } = await stage(type, model, settings);
    const reasoning_details = [{ type: 'reasoning.text', text: 'hm', index: 0 }];
    expect(await chat(gateway, [ask, calling({ reasoning_details }), result()])).toBe('ok');
    expect(JSON.stringify(bodies(server)[0])).toContain('"hm"');
  },
);

describe('a vendor of whom nothing is known', () => {
  it.each([
    ['deepseek-v4-pro', 'hm'],
    ['moonshotai/Kimi-K2.6', 'hm'],
    ['some-model', undefined],
    ['deepseek-r1', undefined],
  ])('gets the thinking of %s back where its maker wants it', async (model, given) => {
    const server = await upstream((exchange) => exchange.answer(200, callingCompletion()));
    const providers = { p: { type: 'openai-compatible', apiKey: 'k', baseURL: `${server.origin}/v1` } } as const;
    const gateway = gatewayOf({ providers, models: { m: [`p/${model}`] } });
    await chat(gateway, [ask, calling({ reasoning_content: 'hm' }), result()]);
    const [sent] = bodies(server) as { messages: Json[] }[];
    expect(sent?.messages[1]?.reasoning_content).toBe(given);
  });
});

describe('a model that always thinks', () => {
  it.each([
    ['moonshot', 'kimi-k2-thinking'],
    ['moonshot', 'kimi-k2.7-code'],
    ['deepseek', 'deepseek-reasoner'],
    ['anthropic', 'kimi-k2-thinking'],
  ])('is passed over, %s/%s, and refused with the reason where nobody is left', async (type, model) => {
    const server = await upstream(strictVendor);
    const key = { apiKey: 'test-key-0123456789', baseURL: server.origin };
    const providers = { p: { type, ...key }, deepseek: { type: 'deepseek', ...key } };
    const models = {
      m: { deployments: [`p/${model}`, 'deepseek/deepseek-v4-pro'], strategy: 'priority' },
      alone: [`p/${model}`],
    };
    const gateway = gatewayOf({ providers, models } as unknown as GatewayConfig);
    const messages = [ask, calling(), result()];
    expect(await chat(gateway, messages)).toBe('ok');
    expect(bodies(server).map((body) => body.model)).toEqual(['deepseek-v4-pro']);
    const error = await failureOf(chat(gateway, messages, { model: 'alone' }));
    expect(error).toBeInstanceOf(UnsupportedOperationError);
    expect(error).toMatchObject({ status: 400, param: 'messages', message: expect.stringContaining('reasoning_content') });
    expect(server.requests).toHaveLength(1);
    expect(await chat(gateway, [ask, calling({ reasoning_content: 'hm' }), result()], { model: 'alone' })).toBe('ok');
  });
});

describe('Google’s OpenAI route', () => {
  const signature = { google: { thought_signature: 'real' } };
  const call2 = { ...call('call_2'), extra_content: signature };

  it('gets the stand-in on the first call of each step of the turn that never had a signature', async () => {
    const { gateway, server } = await stage('google-openai', 'gemini-3-flash-preview', {});
    const messages = [
      ask,
      calling({ tool_calls: [call('call_1'), call('call_3')] }),
      result(),
      result('call_3'),
      calling({ tool_calls: [call2] }),
      result('call_2'),
    ];
    expect(await chat(gateway, messages)).toBe('ok');
    const sent = ((bodies(server)[0]?.messages ?? []) as { tool_calls?: unknown[] }[]).flatMap(
      ({ tool_calls = [] }) => tool_calls,
    );
    const standIn = { google: { thought_signature: 'skip_thought_signature_validator' } };
    expect(sent).toEqual([{ ...call('call_1'), extra_content: standIn }, call('call_3'), call2]);
  });

  it.each(['gemini-2.5-flash', 'gemini-2-flash'])('gets none for %s, which asks for none', async (model) => {
    const { gateway, server } = await stage('google-openai', model, {});
    await failureOf(chat(gateway, [ask, calling(), result()]));
    expect(JSON.stringify(bodies(server)[0])).not.toContain('thought_signature');
  });
});

describe('Gemini 3 at OpenRouter, who has signatures in blocks', () => {
  const block = (id: string, data = 'real') => ({ type: 'reasoning.encrypted', data, format: 'google-gemini-v1', id, index: 0 });
  const standIn = (id: string, index = 0) => ({ ...block(id, 'skip_thought_signature_validator'), index });
  const foreign = { type: 'reasoning.text', text: 'hm', signature: SIGNATURE, format: 'anthropic-claude-v1', index: 0 };

  it.each([
    ['that never had one gets the stand-in', calling(), [standIn('call_1')]],
    ['of several gets it for the first', calling({ tool_calls: [call('call_1'), call('call_2')] }), [standIn('call_1')]],
    [
      'with thoughts of another maker gets it beside them',
      calling({ reasoning_details: [foreign] }),
      [foreign, standIn('call_1', 1)],
    ],
    ['with its own keeps it', calling({ reasoning_details: [block('call_1')] }), [block('call_1')]],
    [
      'whose signature is on the call, as at Google, gets the stand-in',
      calling({ tool_calls: [{ ...call('call_1'), extra_content: { google: { thought_signature: 's' } } }] }),
      [standIn('call_1')],
    ],
  ])('a call %s', async (_, turn, expected) => {
    const { gateway, server } = await stage('openrouter', 'google/gemini-3-pro-preview', {});
    const results = (turn as { tool_calls: { id: string }[] }).tool_calls.map(({ id }) => result(id));
    await chat(gateway, [ask, turn, ...results]);
    const [, sent] = (bodies(server)[0]?.messages ?? []) as Json[];
    expect(sent?.reasoning_details).toEqual(expected);
    expect(JSON.stringify(sent)).not.toContain('extra_content');
  });

  it.each([
    [
      'a turn that is over',
      'google/gemini-3-pro-preview',
      [ask, calling(), result(), { role: 'assistant', content: 'a door' }, ask],
    ],
    ['Gemini before 3', 'google/gemini-2.5-pro', [ask, calling(), result()]],
    ['other makers', 'openai/gpt-5', [ask, calling(), result()]],
  ])('%s gets none', async (_, model, messages) => {
    const { gateway, server } = await stage('openrouter', model, {});
    await chat(gateway, messages);
    expect(JSON.stringify(bodies(server)[0])).not.toContain('skip_thought_signature_validator');
  });
});

it('a failover from Claude to OpenAI’s own Responses API leaves out what OpenAI can’t verify', async () => {
  const thinking = { type: 'thinking', thinking: 'hm', signature: SIGNATURE };
  const use = { type: 'tool_use', id: 'call_1', name: 'look', input: {} };
  const claude = await upstream((exchange) =>
    exchange.index === 0
      ? exchange.answer(200, { id: 'm', type: 'message', content: [thinking, use], stop_reason: 'tool_use', usage: {} })
      : exchange.answer(503, { type: 'error', error: { type: 'overloaded_error', message: 'no' } }),
  );
  const openai = await upstream((exchange) =>
    exchange.answer(200, { id: 'resp_1', object: 'response', status: 'completed', model: 'gpt-5-mini', output: [] }),
  );
  const gateway = gatewayOf({
    providers: {
      openai: { type: 'openai', apiKey: 'test-key-0123456789', baseURL: `${openai.origin}/v1` },
      anthropic: { type: 'anthropic', apiKey: 'test-key-0123456789', baseURL: claude.origin },
    },
    models: { m: { deployments: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5-mini'], strategy: 'priority' } },
  } as GatewayConfig);
  const tool = { type: 'function', name: 'look', parameters: { type: 'object', properties: {} }, strict: false };
  const params = { model: 'm', tools: [tool], reasoning: { effort: 'medium' } };
  const first = (await gateway.responses.create({ ...params, input: [ask] } as never)) as unknown as { output: Json[] };
  const [reasoning, called] = first.output;
  expect(reasoning).toMatchObject({ type: 'reasoning', encrypted_content: expect.any(String) });
  const own = { type: 'reasoning', id: 'rs_0f26baa4a8bfec6b', summary: [], encrypted_content: 'gAAAAB-of-OpenAI' };
  const unsealed = { ...reasoning, encrypted_content: undefined };
  const output = { type: 'function_call_output', call_id: 'call_1', output: 'a door' };
  const signedCall = { ...called, extra_content: { google: { thought_signature: 's' } } };
  await gateway.responses.create({ ...params, input: [ask, own, reasoning, unsealed, signedCall, output] } as never);
  expect(bodies(openai)[0]?.input).toEqual([ask, own, called, output]);
});

it('a failover from OpenAI to Claude in the middle of a tool loop ends in a good answer', async () => {
  const openai = await upstream((exchange) =>
    exchange.index === 0 ? exchange.answer(200, callingCompletion()) : exchange.answer(503, { error: { message: 'no' } }),
  );
  const claude = await upstream(strictVendor);
  const gateway = gatewayOf({
    providers: {
      openai: { type: 'openai', apiKey: 'test-key-0123456789', baseURL: `${openai.origin}/v1` },
      anthropic: { type: 'anthropic', apiKey: 'test-key-0123456789', baseURL: claude.origin },
    },
    models: { m: { deployments: ['openai/gpt-5-mini', 'anthropic/claude-sonnet-4-5'], strategy: 'priority' } },
  } as GatewayConfig);
  const params = { model: 'm', tools, reasoning_effort: 'medium' as const };
  const first = await gateway.chat.completions.create({ ...params, messages: [{ role: 'user', content: 'what is there?' }] });
  const turn = first.choices[0]?.message;
  const messages = [ask, turn, { role: 'tool', tool_call_id: turn?.tool_calls?.[0]?.id, content: 'a door' }];
  expect(await chat(gateway, messages as Json[])).toBe('ok');
  expect(thinkingOf(claude)).toBeUndefined();
  expect(claude.requests).toHaveLength(1);
});
