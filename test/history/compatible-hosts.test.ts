import type { Gateway, GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodies, gatewayOf, upstream } from '../public/harness.ts';
import type { FaultServer } from '../support/fault-server.ts';
import { blocksOf, streamMessages, strictVendor } from './strict-upstream.ts';

type Json = Record<string, unknown>;

const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
const ask = { role: 'user', content: 'what is there?' };
const use = { type: 'tool_use', id: 'call_1', name: 'look', input: {} };

/** A host of Anthropic's API whose first answer thinks and calls a tool; what comes next it judges as its models' maker does. */
async function host(thinking: Json, names: readonly string[]): Promise<{ gateway: Gateway; server: FaultServer }> {
  const server = await upstream((exchange) => {
    if (exchange.index > 0) return strictVendor(exchange);
    const { thinking: text = '', signature, ...block } = thinking;
    const signed = signature === undefined ? [] : [{ type: 'signature_delta', signature }];
    if (String(exchange.request.body).includes('"stream":true')) {
      return streamMessages(exchange, [
        [{ ...block, thinking: '' }, { type: 'thinking_delta', thinking: text }, ...signed],
        [use, { type: 'input_json_delta', partial_json: '{}' }],
      ]);
    }
    const usage = { input_tokens: 10, output_tokens: 5 };
    return exchange.answer(200, {
      id: 'm',
      type: 'message',
      role: 'assistant',
      content: [thinking, use],
      stop_reason: 'tool_use',
      usage,
    });
  });
  const providers = { p: { type: 'anthropic', apiKey: 'test-key-0123456789', baseURL: server.origin } };
  const models = Object.fromEntries(names.map((name) => [name, [`p/${name}`]]));
  return { gateway: gatewayOf({ providers, models } as unknown as GatewayConfig), server };
}

/** The first turn as a caller keeps it who strings the pieces of a stream together. */
async function firstTurn(gateway: Gateway, model: string, stream: boolean): Promise<Json> {
  const params = { model, messages: [ask], tools: [tool], reasoning_effort: 'medium', stream };
  const answer = (await gateway.chat.completions.create(params as never)) as unknown;
  if (!stream) return (answer as { choices: { message: Json }[] }).choices[0]?.message ?? {};
  const turn = {
    role: 'assistant',
    content: null,
    reasoning_content: '',
    reasoning_details: [] as unknown[],
    tool_calls: [] as Json[],
  };
  for await (const { choices } of answer as AsyncIterable<{ choices: { delta: Json & Partial<typeof turn> }[] }>) {
    const delta = choices[0]?.delta;
    turn.reasoning_content += delta?.reasoning_content ?? '';
    turn.reasoning_details.push(...(delta?.reasoning_details ?? []));
    for (const call of delta?.tool_calls ?? [])
      if (call.id) turn.tool_calls.push({ ...call, function: { name: 'look', arguments: '{}' } });
  }
  return turn;
}

const secondTurn = (gateway: Gateway, model: string, turn: Json) =>
  gateway.chat.completions.create({
    ...{ model, tools: [tool], reasoning_effort: 'medium' },
    messages: [ask, turn, { role: 'tool', tool_call_id: 'call_1', content: 'a door' }],
  } as never) as unknown as Promise<{ choices: { message: { content: string } }[] }>;

const unsigned = { type: 'thinking', thinking: 'hm' };

describe.each([false, true])('thinking of another maker behind Anthropic’s API (stream: %s)', (stream) => {
  it.each([
    ['deepseek-v4-pro', unsigned],
    ['kimi-k2.6', unsigned],
    ['MiniMax-M2.5', unsigned],
    ['glm-5', unsigned],
    ['MiniMax-M2.5', { ...unsigned, signature: 'of-minimax' }],
    ['deepseek-v4-pro', { ...unsigned, signature: 'of-deepseek' }],
  ])('of %s goes back as it came, and thinking stays on', async (model, block) => {
    const { gateway, server } = await host(block, [model]);
    const answer = await secondTurn(gateway, model, await firstTurn(gateway, model, stream));
    expect(answer.choices[0]?.message.content).toBe('ok');
    const [, body] = bodies(server);
    expect(body?.thinking).toMatchObject({ type: 'enabled' });
    expect(blocksOf(server, 1, 1)).toEqual([block, use]);
  });

  it('is nothing to Claude, signed or not', async () => {
    for (const block of [unsigned, { ...unsigned, signature: 'of-minimax' }]) {
      const { gateway, server } = await host(block, ['MiniMax-M2.5', 'claude-sonnet-4-5']);
      const turn = await firstTurn(gateway, 'MiniMax-M2.5', stream);
      expect((await secondTurn(gateway, 'claude-sonnet-4-5', turn)).choices[0]?.message.content).toBe('ok');
      const [, body] = bodies(server);
      expect(body?.thinking).toBeUndefined();
      expect(blocksOf(server, 1, 1)).toEqual([use]);
    }
  });
});

it('a Claude under another host’s name has its signatures demanded all the same', async () => {
  const { gateway, server } = await host(unsigned, ['anthropic/claude-sonnet-4.5']);
  const turn = {
    role: 'assistant',
    content: null,
    reasoning_content: 'hm',
    tool_calls: [{ id: 'call_1', ...tool, function: { name: 'look', arguments: '{}' } }],
  };
  await firstTurn(gateway, 'anthropic/claude-sonnet-4.5', false);
  expect((await secondTurn(gateway, 'anthropic/claude-sonnet-4.5', turn)).choices[0]?.message.content).toBe('ok');
  expect(bodies(server)[1]?.thinking).toBeUndefined();
});

it('thoughts of Claude go to DeepSeek as text, without a signature that it did not give and without what it can’t read', async () => {
  const { gateway, server } = await host(unsigned, ['deepseek-v4-pro']);
  await firstTurn(gateway, 'deepseek-v4-pro', false);
  const format = 'anthropic-claude-v1';
  const turn = {
    ...{ role: 'assistant', content: null, reasoning_content: 'hm' },
    reasoning_details: [
      { type: 'reasoning.text', text: 'hm', signature: 'of-claude', format, index: 0 },
      { type: 'reasoning.encrypted', data: 'Zm9v', format, index: 1 },
    ],
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
  };
  expect((await secondTurn(gateway, 'deepseek-v4-pro', turn)).choices[0]?.message.content).toBe('ok');
  const [, body] = bodies(server);
  expect(blocksOf(server, 1, 1)).toEqual([unsigned, use]);
  expect(body?.thinking).toMatchObject({ type: 'enabled' });
});

it('goes back over the Responses API too', async () => {
  const { gateway, server } = await host(unsigned, ['deepseek-v4-pro']);
  const { function: definition } = tool;
  const params = {
    model: 'deepseek-v4-pro',
    tools: [{ type: 'function', ...definition, strict: false }],
    reasoning: { effort: 'medium' },
  };
  const include = ['reasoning.encrypted_content'];
  const first = (await gateway.responses.create({ ...params, include, input: [ask] } as never)) as unknown as {
    output: unknown[];
  };
  const result = { type: 'function_call_output', call_id: 'call_1', output: 'a door' };
  const second = (await gateway.responses.create({
    ...params,
    input: [ask, ...first.output, result],
  } as never)) as unknown as Json;
  expect(second.output_text).toBe('ok');
  expect(blocksOf(server, 1, 1)).toEqual([unsigned, use]);
});
