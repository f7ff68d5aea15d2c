import { type GatewayConfig, routeOf, UnpricedModelError } from 'tollgate';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { failureOf, gatewayOf, messages, until, upstream } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { listedUsd } from '../support/listed-prices.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';
import { eventsOf } from './stage.ts';

const budgets: GatewayConfig['budgets'] = [{ name: 'money', limit: { usd: 100 }, window: 'month' }];
const usd = (model: string, key: string) => listedUsd('openai', model, key) / 1_000_000;

/** A gateway with OpenAI's vendor at a loopback server, whose answers a test scripts. */
async function openai(
  config: Partial<GatewayConfig>,
  script: (exchange: FaultExchange) => unknown = (exchange) => exchange.answer(200, completion('ok')),
) {
  const server = await upstream(script);
  const clock = new TestClock(Date.UTC(2026, 10, 28, 12));
  const gateway = gatewayOf({
    providers: { openai: { apiKey: 'sk-test', baseURL: `${server.origin}/v1` } },
    budgets,
    clock,
    random: () => 0.5,
    ...config,
  });
  const balance = async () => (await gateway.control.budgets())[0];
  return { gateway, clock, server, balance };
}

const reporting =
  (usage: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  (exchange: FaultExchange) =>
    exchange.answer(200, completion('ok', { usage, ...more }));

describe('a class without a known rate', () => {
  it('is refused under a money budget where the call asks for it, and nothing is sent', async () => {
    const { gateway, server, balance } = await openai({});
    const spoken = { modalities: ['text' as const, 'audio' as const], audio: { voice: 'alloy', format: 'wav' as const } };
    const refused = await failureOf(
      gateway.chat.completions.create({ model: 'openai/gpt-4o-audio-preview', messages, ...spoken }),
    );
    expect(refused).toBeInstanceOf(UnpricedModelError);
    const drawn = { model: 'openai/gpt-5-mini', input: 'a cat', tools: [{ type: 'image_generation' as const }] };
    expect(await failureOf(gateway.responses.create(drawn))).toMatchObject({ status: 402, code: 'unknown_price' });
    expect(server.requests).toHaveLength(0);
    expect(await balance()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
  });

  it('that arrives unasked leaves charged what was held', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 50, total_tokens: 60, completion_tokens_details: { audio_tokens: 40 } };
    const { gateway, balance } = await openai({}, reporting(usage));
    const params = { model: 'openai/gpt-4o-audio-preview', messages, max_tokens: 100 };
    const { estimate } = await gateway.control.plan(params);
    const answer = await gateway.chat.completions.create(params);
    expect(routeOf(answer)?.costUsd).toBeUndefined();
    expect(await balance()).toMatchObject({ spent: { usd: estimate.costUsd }, reserved: { usd: 0 } });
  });

  it('passes where no money is limited, and has no cost', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 50, total_tokens: 60, completion_tokens_details: { audio_tokens: 40 } };
    const { gateway } = await openai({ budgets: [] }, reporting(usage));
    const answer = await gateway.chat.completions.create({
      model: 'openai/gpt-4o-audio-preview',
      messages,
      modalities: ['text', 'audio'],
    });
    expect(routeOf(answer)?.costUsd).toBeUndefined();
  });

  it('with a known rate is held and charged at it', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 50, total_tokens: 60, completion_tokens_details: { audio_tokens: 40 } };
    const { gateway, balance } = await openai({}, reporting(usage, { model: 'gpt-audio' }));
    const params = { model: 'openai/gpt-audio', messages, modalities: ['text' as const, 'audio' as const], max_tokens: 1_000 };
    const { estimate } = await gateway.control.plan(params);
    expect(estimate.costUsd).toBeGreaterThan(1_000 * usd('gpt-audio', 'output_audio_mtok'));
    const answer = await gateway.chat.completions.create(params);
    const cost =
      10 * usd('gpt-audio', 'input_mtok') + 10 * usd('gpt-audio', 'output_mtok') + 40 * usd('gpt-audio', 'output_audio_mtok');
    expect(routeOf(answer)?.costUsd).toBeCloseTo(cost, 9);
    expect(await balance()).toMatchObject({ spent: { usd: expect.closeTo(cost, 9) }, reserved: { usd: 0 } });
  });
});

describe('a tier that costs more', () => {
  // No price of it is known for this model.
  const tiered = (service_tier: 'priority' | 'fast') => ({ model: 'openai/gpt-5-nano', messages, max_tokens: 100, service_tier });

  it.each(['priority', 'fast'] as const)('is refused under a money budget without a price of its own: %s', async (tier) => {
    const { gateway, server } = await openai({});
    expect(await failureOf(gateway.chat.completions.create(tiered(tier)))).toMatchObject({ code: 'unknown_price' });
    expect(server.requests).toHaveLength(0);
  });

  it('is charged as what the answer says was served', async () => {
    const { gateway, balance } = await openai({ unknownPrice: { input: 100, output: 100 } }, (exchange) =>
      exchange.answer(200, completion('ok', { service_tier: 'default' })),
    );
    const answer = await gateway.chat.completions.create(tiered('priority'));
    const cost = 10 * usd('gpt-5-mini', 'input_mtok') + 5 * usd('gpt-5-mini', 'output_mtok');
    expect(routeOf(answer)?.costUsd).toBeCloseTo(cost, 9);
    expect(await balance()).toMatchObject({ spent: { usd: expect.closeTo(cost, 9) }, reserved: { usd: 0 } });
  });

  it('is charged as asked where the answer does not say', async () => {
    const { gateway } = await openai({ unknownPrice: { input: 100, output: 100 } }, (exchange) =>
      exchange.answer(200, completion('ok', { model: 'gpt-5-nano' })),
    );
    const answer = await gateway.chat.completions.create(tiered('priority'));
    expect(routeOf(answer)).toMatchObject({ costUsd: 0.0015, price: { from: 'unknownPrice', input: 100 } });
  });

  it('that the vendor’s settings chose leaves charged what was held', async () => {
    const { gateway, balance } = await openai({}, (exchange) =>
      exchange.answer(200, completion('ok', { model: 'gpt-5-nano', service_tier: 'priority' })),
    );
    const params = { model: 'openai/gpt-5-nano', messages, max_tokens: 100 };
    const { estimate } = await gateway.control.plan(params);
    expect(routeOf(await gateway.chat.completions.create(params))?.costUsd).toBeUndefined();
    expect(await balance()).toMatchObject({ spent: { usd: estimate.costUsd }, reserved: { usd: 0 } });
  });

  it('of a stream that breaks early is charged as asked', async () => {
    const { gateway } = await openai({ unknownPrice: { input: 100, output: 100 } }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse({ ...chunk({ role: 'assistant', content: 'half' }), model: 'gpt-5-nano' });
      exchange.reset();
    });
    const stream = await gateway.chat.completions.create({ ...tiered('priority'), stream: true });
    await failureOf(
      Promise.resolve().then(async () => {
        for await (const _ of stream);
      }),
    );
    expect(routeOf(stream)?.price).toMatchObject({ from: 'unknownPrice' });
    expect(routeOf(stream)?.costUsd).toBeGreaterThan(0.0001);
  });
});

describe('moderations of OpenAI', () => {
  it('are free, and pass a strict money budget', async () => {
    const { gateway, balance } = await openai(
      { budgets: [{ name: 'money', limit: { usd: 0.000_001 }, window: 'day' }] },
      (exchange) => exchange.answer(200, { id: 'modr-1', model: 'omni-moderation-latest', results: [] }),
    );
    const answer = await gateway.moderations.create({ input: 'x'.repeat(10_000) });
    expect(routeOf(answer)).toMatchObject({ costUsd: 0, price: { input: 0, from: 'list', entry: 'openai/moderation' } });
    expect(await balance()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
  });

  it('of a vendor without a listed price are refused by name', async () => {
    const { gateway, server } = await openai({ providers: { mistral: { apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' } } });
    const refused = await failureOf(gateway.moderations.create({ model: 'mistral/mistral-moderation-latest', input: 'x' }));
    expect(refused).toMatchObject({
      code: 'unknown_price',
      message: expect.stringContaining('mistral/mistral-moderation-latest'),
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe('the price that was applied', () => {
  it('is told with where it comes from and how old it is, on the route and in a plan', async () => {
    const { gateway } = await openai({
      models: {
        all: [
          { provider: 'openai', model: 'gpt-5', price: { input: 1, output: 2 } },
          'openai/gpt-5-nano',
          'openai/gpt-5.6-sol',
          'openai/gpt-5-mini',
          'openai/my-own',
        ],
      },
      prices: { 'openai/gpt-5-nano': { input: 3, output: 4, cacheWrite1h: 5 } },
      budgets: [],
    });
    const { deployments } = await gateway.control.plan({ model: 'all', messages });
    expect(deployments.map(({ id, price }) => [id, price?.from, price?.entry, price?.asOf])).toEqual([
      ['openai/gpt-5', 'deployment', undefined, undefined],
      ['openai/gpt-5-nano', 'config', undefined, undefined],
      ['openai/gpt-5.6-sol', 'correction', 'openai/gpt-5.6-sol', '2026-11-28'],
      ['openai/gpt-5-mini', 'list', 'openai/gpt-5-mini', expect.stringMatching(/^@pydantic\/genai-prices \d+\.\d+\.\d+/)],
      ['openai/my-own', undefined, undefined, undefined],
    ]);
    expect(deployments[1]?.price).toEqual({
      input: 3,
      output: 4,
      cacheRead: 3,
      cacheWrite: 3,
      cacheWrite1h: 5,
      reasoning: 4,
      inputImage: 3,
      cacheReadImage: 3,
      from: 'config',
    });
    const answer = await gateway.chat.completions.create({ model: 'openai/gpt-5-mini', messages });
    expect(routeOf(answer)?.price).toMatchObject({ input: listedUsd('openai', 'gpt-5-mini', 'input_mtok'), from: 'list' });
  });
});

describe('prices that are refreshed', () => {
  const params = { model: 'openai/gpt-5-mini', messages };
  const priceNow = async ({ gateway }: Awaited<ReturnType<typeof openai>>) =>
    (await gateway.control.plan(params)).deployments[0]?.price;

  it('come from a function without a restart, and running calls keep theirs', async () => {
    let answer: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let input = 10;
    const at = await openai(
      { priceUpdates: { source: async () => ({ 'openai/gpt-5-mini': { input, output: 20 } }), everyMs: 1_000 } },
      async (exchange) => {
        await held;
        await exchange.answer(200, completion('ok'));
      },
    );
    const updates = eventsOf(at.gateway, 'prices.update');
    await until(() => updates.length === 1);
    const early = at.gateway.chat.completions.create(params);
    await until(() => at.server.requests.length === 1);
    const before = await priceNow(at);
    expect(before).toMatchObject({ from: 'source', input: 10 });
    input = 30;
    await at.clock.elapse(1_000);
    await until(() => updates.length === 2);
    expect(updates).toMatchObject([{ source: 'function', prices: 1, error: undefined }, { prices: 1 }]);
    expect(await priceNow(at)).toMatchObject({ from: 'source', input: 30, asOf: '2026-11-28T12:00:01.000Z' });
    answer();
    expect(routeOf(await early)?.price).toMatchObject({ from: 'source', input: 10 });
    expect(routeOf(await at.gateway.chat.completions.create(params))?.price).toMatchObject({ input: 30 });
  });

  it('are those of before where the source fails or gives what is no price, which an event tells by name', async () => {
    const outcomes: (() => unknown)[] = [
      () => ({ 'openai/gpt-5-mini': { input: 10, output: 20 } }),
      () => Promise.reject(new Error('sk-secret-secret')),
      () => ({ 'openai/gpt-5-mini': { input: 11, output: 20 }, 'openai/gpt-5': { input: -1, output: 1 } }),
      () => 'nothing',
      () => ({ 'openai/gpt-5-mini': { input: 12, output: 20 } }),
    ];
    const at = await openai({ priceUpdates: { source: () => outcomes.shift()?.() as never, everyMs: 1_000 } });
    const updates = eventsOf(at.gateway, 'prices.update');
    const inputs: (number | undefined)[] = [];
    for (let load = 1; load <= 5; load += 1) {
      await until(() => updates.length === load);
      inputs.push((await priceNow(at))?.input);
      if (load < 5) await at.clock.elapse(1_000);
    }
    expect(inputs).toEqual([10, 10, 10, 10, 12]);
    expect(updates.map(({ error }) => error?.code)).toEqual([
      undefined,
      'price_source_failed',
      'prices_invalid',
      'prices_invalid',
      undefined,
    ]);
    expect(updates[2]?.error?.message).toContain('prices["openai/gpt-5"].input');
    expect(JSON.stringify(updates)).not.toContain('sk-secret');
  });

  it('stop with the gateway, and with a configuration that refreshes none', async () => {
    let loads = 0;
    const source = async () => {
      loads += 1;
      return { 'openai/gpt-5-mini': { input: 10, output: 20 } };
    };
    const at = await openai({ priceUpdates: { source, everyMs: 1_000 } });
    await until(() => loads === 1);
    await settlePromises();
    expect(await priceNow(at)).toMatchObject({ from: 'source' });
    const providers = { openai: { apiKey: 'sk-test', baseURL: `${at.server.origin}/v1` } };
    at.gateway.control.update({ providers });
    await at.clock.elapse(10_000);
    expect(loads).toBe(1);
    expect(await priceNow(at)).toMatchObject({ from: 'list' });
    at.gateway.control.update({ providers, priceUpdates: { source, everyMs: 1_000 } });
    await until(() => loads === 2);
    await at.gateway.close({ deadlineMs: 0 });
    await at.clock.elapse(10_000);
    expect([loads, at.clock.pending]).toEqual([2, 0]);
  });

  it('are kept over an update of the configuration that names the same source', async () => {
    let loads = 0;
    const source = async () => {
      loads += 1;
      return { 'openai/gpt-5-mini': { input: 10, output: 20 } };
    };
    const at = await openai({ priceUpdates: { source, everyMs: 1_000 } });
    await until(() => loads === 1);
    await settlePromises();
    at.gateway.control.update({
      providers: { openai: { apiKey: 'sk-test', baseURL: `${at.server.origin}/v1` } },
      priceUpdates: { source, everyMs: 1_000 },
    });
    expect(await priceNow(at)).toMatchObject({ from: 'source', input: 10 });
    expect(loads).toBe(1);
  });

  it('come from the price list’s own address, through the gateway’s transport', async () => {
    const asked: string[] = [];
    let body = '[{"id":"openai"}]';
    const mirror = await upstream((exchange) => {
      asked.push(exchange.request.path);
      return exchange.answer(200, JSON.parse(body));
    });
    const agent = new Agent();
    const dispatcher = agent.compose(
      (dispatch) => (options, handler) => dispatch({ ...options, origin: mirror.origin }, handler),
    );
    const at = await openai({ priceUpdates: { source: 'genai-prices', everyMs: 1_000 }, dispatcher });
    const updates = eventsOf(at.gateway, 'prices.update');
    await until(() => updates.length === 1);
    expect(updates[0]).toMatchObject({
      source: 'genai-prices',
      error: { code: 'prices_invalid', message: expect.stringContaining('anthropic is missing') },
    });
    expect(await priceNow(at)).toMatchObject({ from: 'list', input: listedUsd('openai', 'gpt-5-mini', 'input_mtok') });
    body = JSON.stringify(
      ['openai', 'anthropic', 'google', 'aws'].map((id) => ({
        id,
        name: id,
        api_pattern: id,
        models: [{ id: 'gpt-5-mini', match: { equals: 'gpt-5-mini' }, prices: { input_mtok: 9, output_mtok: 8 } }],
      })),
    );
    await at.clock.elapse(1_000);
    await until(() => updates.length === 2);
    expect(updates[1]).toMatchObject({ prices: 4, error: undefined });
    expect(await priceNow(at)).toMatchObject({
      from: 'list',
      input: 9,
      output: 8,
      asOf: expect.stringMatching(/^2026-11-28T12:00:0/),
    });
    expect(asked[0]).toMatch(/data\.json$/);
    await agent.close();
  });
});
