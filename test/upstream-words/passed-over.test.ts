import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, gatewayOf, messages, upstream } from '../public/harness.ts';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import type { FaultServer } from '../support/fault-server.ts';

const tools = [{ type: 'function' as const, function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
const forced = { tools, tool_choice: 'required' as const };
const named = { tools, tool_choice: { type: 'function' as const, function: { name: 'f' } } };
const allowed = {
  tools,
  tool_choice: {
    type: 'allowed_tools' as const,
    allowed_tools: { mode: 'required' as const, tools: [{ type: 'function', function: { name: 'f' } }] },
  },
};

/** A gateway with one provider of a type, whose model is first, and another that takes everything. */
async function gatewayTo(type: string, model: string, more: object = {}) {
  const server = await upstream((exchange) => {
    const { stream } = JSON.parse(String(exchange.request.body)) as { stream?: boolean };
    return stream ? streamText(exchange, 'Hi.') : exchange.answer(200, completion('Hi.'));
  });
  const gateway = gatewayOf({
    providers: {
      first: { type, apiKey: 'k', baseURL: `${server.origin}/first`, ...more },
      second: { type: 'openai-compatible', apiKey: 'k', baseURL: `${server.origin}/second` },
    },
    models: { m: [`first/${model}`, 'second/x'] },
  } as GatewayConfig);
  return { gateway, server };
}

const places = ({ requests }: FaultServer) => requests.map(({ path }) => path.split('/')[1]);
const sent = ({ requests }: FaultServer) => JSON.parse(String(requests.at(-1)?.body)) as Record<string, unknown>;

describe('a model that thinks by default and refuses a forced tool while it does', () => {
  const MODELS = [
    ['deepseek', 'deepseek-v4-pro'],
    ['deepseek', 'deepseek-v4-flash'],
    ['moonshot', 'kimi-k2.6'],
  ] as const;

  it.each(MODELS)('does not think where a tool is forced: %s %s', async (type, model) => {
    const { gateway, server } = await gatewayTo(type, model);
    for (const params of [forced, named, allowed]) {
      await gateway.chat.completions.create({ model: 'm', messages, ...params } as never);
      expect(sent(server)).toMatchObject({ thinking: { type: 'disabled' } });
    }
    expect(places(server)).toEqual(['first', 'first', 'first']);
  });

  it.each(MODELS)('thinks as ever where none is: %s %s', async (type, model) => {
    const { gateway, server } = await gatewayTo(type, model);
    for (const params of [
      {},
      { tools },
      { tools, tool_choice: 'auto' as const },
      { tools, tool_choice: 'none' as const },
      { tool_choice: 'required' as const },
    ]) {
      await gateway.chat.completions.create({ model: 'm', messages, ...params });
      expect(sent(server)).not.toHaveProperty('thinking');
    }
  });

  it.each(MODELS)('is passed over where the caller asks for both: %s %s', async (type, model) => {
    const { gateway, server } = await gatewayTo(type, model);
    await gateway.chat.completions.create({ model: 'm', messages, ...forced, reasoning_effort: 'high' });
    await gateway.chat.completions.create({ model: 'm', messages, ...forced, thinking: { type: 'enabled' } } as never);
    expect(places(server)).toEqual(['second', 'second']);
  });

  it('leaves the thinking out where `drop` names it', async () => {
    const { gateway, server } = await gatewayTo('deepseek', 'deepseek-v4-pro', { drop: ['reasoning_effort'] });
    await gateway.chat.completions.create({ model: 'm', messages, ...forced, reasoning_effort: 'high' });
    expect(places(server)).toEqual(['first']);
    expect(sent(server)).toMatchObject({ thinking: { type: 'disabled' }, tool_choice: 'required' });
    expect(sent(server)).not.toHaveProperty('reasoning_effort');
  });

  it('does not think over Anthropic’s wire either', async () => {
    const server = await upstream((exchange) => exchange.answer(200, { type: 'message', content: [], stop_reason: 'end_turn' }));
    const gateway = gatewayOf({
      providers: { deepseek: { type: 'anthropic', apiKey: 'k', baseURL: server.origin } },
      models: { m: ['deepseek/deepseek-v4-pro'] },
    });
    await gateway.chat.completions.create({ model: 'm', messages, ...forced });
    expect(sent(server)).toMatchObject({ tool_choice: { type: 'any' }, thinking: { type: 'disabled' } });
    await gateway.chat.completions.create({ model: 'm', messages, tools });
    expect(sent(server)).not.toHaveProperty('thinking');
  });

  it('is told so in the words of the Responses API', async () => {
    const { gateway, server } = await gatewayTo('deepseek', 'deepseek-v4-pro');
    const call = {
      model: 'm',
      input: 'hello',
      tools: [{ type: 'function' as const, name: 'f', parameters: {}, strict: false }],
      tool_choice: 'required' as const,
    };
    await failureOf(gateway.responses.create(call));
    expect(JSON.parse(String(server.requests[0]?.body))).toMatchObject({ reasoning: { effort: 'none' } });
    await failureOf(gateway.responses.create({ ...call, reasoning: { effort: 'high' } }));
    expect(places(server).slice(-1)).toEqual(['second']);
  });

  it('is passed over with any forced tool where it cannot leave off', async () => {
    const { gateway, server } = await gatewayTo('moonshot', 'kimi-k3');
    await gateway.chat.completions.create({ model: 'm', messages, ...forced });
    expect(places(server)).toEqual(['second']);
  });
});

describe('Llama 4 on Bedrock', () => {
  it('streams no tools: such a call is passed over, others are not', async () => {
    const server = await upstream((exchange) =>
      exchange.request.path.startsWith('/second')
        ? exchange
            .sseHead()
            .then(() => exchange.sse(chunk({ content: 'Hi.' }), chunk({}, 'stop'), '[DONE]'))
            .then(() => exchange.lastChunk())
        : exchange.answer(200, {
            stopReason: 'end_turn',
            output: { message: { role: 'assistant', content: [{ text: 'Hi.' }] } },
            usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
          }),
    );
    const gateway = gatewayOf({
      providers: {
        bedrock: { region: 'us-east-1', apiKey: 'k', baseURL: server.origin },
        second: { type: 'openai-compatible', apiKey: 'k', baseURL: `${server.origin}/second` },
      },
      models: { m: ['bedrock/us.meta.llama4-maverick-17b-instruct-v1:0', 'second/x'] },
    });
    await gateway.chat.completions.create({ model: 'm', messages, tools });
    for await (const _item of await gateway.chat.completions.create({ model: 'm', messages, tools, stream: true }));
    expect(places(server)).toEqual(['model', 'second']);
    await expect(
      gateway.chat.completions.create({ model: 'bedrock/meta.llama4-scout-17b-instruct-v1:0', messages, tools, stream: true }),
    ).rejects.toMatchObject({ code: 'unsupported_operation' });
  });
});

describe('Anthropic’s version of 2026-10-21', () => {
  const answer = {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [{ type: 'text', text: 'Hi.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const claude = async (settings: object) => {
    const server = await upstream((exchange) =>
      exchange.request.path.startsWith('/second') ? exchange.answer(200, completion('Hi.')) : exchange.answer(200, answer),
    );
    const gateway = gatewayOf({
      providers: {
        anthropic: { apiKey: 'k', baseURL: `${server.origin}/first`, ...settings },
        second: { type: 'openai-compatible', apiKey: 'k', baseURL: `${server.origin}/second` },
      },
      models: { m: ['anthropic/claude-sonnet-4', 'second/x'] },
    });
    return { gateway, server };
  };
  const version = ({ requests }: FaultServer) => requests.at(-1)?.headers.get('anthropic-version');

  it('is not sent unless the account asks for it: that before takes a temperature', async () => {
    const { gateway, server } = await claude({});
    await gateway.chat.completions.create({ model: 'm', messages, temperature: 0.2 });
    expect(version(server)).toBe('2023-06-01');
    expect(sent(server)).toMatchObject({ temperature: 0.2 });
  });

  it.each([{ apiVersion: '2026-10-21' }, { headers: { 'anthropic-version': '2026-10-21' } }])(
    'knows no sampling params, of no model: %j',
    async (settings) => {
      const { gateway, server } = await claude(settings);
      await gateway.chat.completions.create({ model: 'm', messages, temperature: 1, top_p: 1 });
      expect(version(server)).toBe('2026-10-21');
      expect(sent(server)).not.toHaveProperty('temperature');
      expect(sent(server)).not.toHaveProperty('top_p');
      await gateway.chat.completions.create({ model: 'm', messages, temperature: 0.2 });
      expect(places(server)).toEqual(['first', 'second']);
    },
  );

  it('leaves them out where `drop` names them', async () => {
    const { gateway, server } = await claude({ apiVersion: '2026-10-21', drop: ['temperature'] });
    await gateway.chat.completions.create({ model: 'm', messages, temperature: 0.2 });
    expect(places(server)).toEqual(['first']);
    expect(sent(server)).not.toHaveProperty('temperature');
  });
});
