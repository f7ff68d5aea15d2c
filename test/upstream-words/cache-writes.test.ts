import { type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';
import { bodies, gatewayOf, messages, upstream } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';

const usage = {
  prompt_tokens: 1_000,
  completion_tokens: 10,
  total_tokens: 1_010,
  prompt_tokens_details: {
    cached_tokens: 200,
    cache_write_tokens: 600,
    cache_write_tokens_details: { ttl_12h_tokens: 0, ttl_30m_tokens: 600 },
  },
};
const prompt_cache_options = { mode: 'explicit' as const, ttl: '30m' as const };
const details = {
  cached_tokens: 200,
  cache_write_tokens: 600,
  cache_write_tokens_details: { ttl_12h_tokens: 0, ttl_30m_tokens: 600 },
};
const BUDGETS: GatewayConfig['budgets'] = [{ name: 'b', limit: { usd: 1 }, window: 'day' }];
const prices = { 'one/m': { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25 } };
// 200 uncached at 1, 200 read at 0.1, 600 written at 1.25, 10 out at 2, in dollars per million.
const USD = 0.000_99;

describe('what OpenAI tells of its prompt cache', () => {
  it('arrives with a chat answer, and its writes are priced', async () => {
    const { gateway, sent, budget } = await stage({ budgets: BUDGETS, prices }, (exchange) =>
      exchange.answer(200, completion('Hi.', { usage })),
    );
    const answer = await gateway.chat.completions.create({ model: 'm', messages, prompt_cache_options });
    expect(answer.usage?.prompt_tokens_details).toMatchObject(details);
    expect(sent()[0]).toMatchObject({ prompt_cache_options });
    expect((await budget()).spent.usd).toBe(USD);
  });

  it('arrives with a stream, and its writes are priced', async () => {
    const { gateway, budget } = await stage({ budgets: BUDGETS, prices }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(chunk({ content: 'Hi.' }), chunk({}, 'stop'), { ...chunk({}), choices: [], usage }, '[DONE]');
      await exchange.lastChunk();
    });
    const stream = await gateway.chat.completions.create({
      model: 'm',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let last: unknown;
    for await (const item of stream) last = item.usage ?? last;
    expect(last).toMatchObject({ prompt_tokens_details: details });
    expect((await budget()).spent.usd).toBe(USD);
  });

  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'm',
    output: [],
    prompt_cache_options,
    prompt_cache_diagnostics: { type: 'cache_miss', reason: 'tools_changed', cache_missed_tokens: 400 },
    usage: {
      input_tokens: 1_000,
      input_tokens_details: details,
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 1_010,
    },
  };

  it('arrives with a response, diagnostics included, whole and streamed', async () => {
    const { gateway, sent, budget } = await stage({ budgets: BUDGETS, prices }, async (exchange) => {
      if (JSON.parse(String(exchange.request.body)).stream !== true) return exchange.answer(200, response);
      await exchange.sseHead();
      await exchange.sse({ type: 'response.created', response: { ...response, status: 'in_progress', usage: null } });
      await exchange.sse({ type: 'response.completed', response });
      await exchange.lastChunk();
    });
    const ask = {
      model: 'm',
      input: 'hello',
      prompt_cache_options: { ...prompt_cache_options, comparison_response_id: 'resp_0' },
    };
    const { usage: told, prompt_cache_diagnostics } = await gateway.responses.create(ask);
    expect({ told, prompt_cache_diagnostics }).toMatchObject({
      told: response.usage,
      prompt_cache_diagnostics: response.prompt_cache_diagnostics,
    });
    expect(sent()[0]).toMatchObject({ prompt_cache_options: ask.prompt_cache_options });
    let last: unknown;
    for await (const event of await gateway.responses.create({ ...ask, stream: true })) last = event;
    expect(last).toMatchObject({
      response: { usage: response.usage, prompt_cache_diagnostics: response.prompt_cache_diagnostics },
    });
    expect((await budget()).spent.usd).toBe(2 * USD);
  });

  it('arrives over the Responses bridge; a wire without the option takes the call all the same', async () => {
    const server = await upstream((exchange) =>
      exchange.request.path.startsWith('/claude')
        ? exchange.answer(200, {
            id: 'm',
            type: 'message',
            role: 'assistant',
            model: 'claude-x',
            content: [{ type: 'text', text: 'Hi.' }],
            stop_reason: 'end_turn',
            usage: { input_tokens: 200, cache_read_input_tokens: 200, cache_creation_input_tokens: 600, output_tokens: 10 },
          })
        : exchange.answer(200, completion('Hi.', { usage })),
    );
    const gateway = gatewayOf({
      providers: {
        mistral: { apiKey: 'k', baseURL: `${server.origin}/mistral` },
        anthropic: { apiKey: 'k', baseURL: `${server.origin}/claude` },
      },
      models: { chat: ['mistral/x'], claude: ['anthropic/claude-x'] },
    });
    for (const model of ['chat', 'claude']) {
      const answer = await gateway.responses.create({ model, input: 'hello', prompt_cache_options });
      expect(answer.usage?.input_tokens_details).toMatchObject({ cached_tokens: 200, cache_write_tokens: 600 });
      expect(answer.prompt_cache_options).toEqual(prompt_cache_options);
      await gateway.chat.completions.create({ model, messages, prompt_cache_options });
    }
    expect(bodies(server)).toHaveLength(4);
  });

  it.each([
    ['gpt-5.6', 1.25],
    ['gpt-6-of-tomorrow', undefined],
    ['gpt-5.5', 1],
  ])('costs, of %s, so many times what uncached input does: %s', async (model, times) => {
    let written = 0;
    const server = await upstream((exchange) =>
      exchange.answer(
        200,
        completion('', {
          model,
          usage: {
            prompt_tokens: 10_000,
            completion_tokens: 0,
            total_tokens: 10_000,
            prompt_tokens_details: { cache_write_tokens: written },
          },
        }),
      ),
    );
    const gateway = gatewayOf({
      providers: { openai: { apiKey: 'k', baseURL: `${server.origin}/v1` } },
      models: { m: [`openai/${model}`] },
    });
    const plain = routeOf(await gateway.chat.completions.create({ model: 'm', messages }))?.costUsd;
    written = 10_000;
    const dear = routeOf(await gateway.chat.completions.create({ model: 'm', messages }))?.costUsd;
    expect(dear).toEqual(plain && times && plain * times);
  });
});
