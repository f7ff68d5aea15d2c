import { type GatewayConfig, routeOf, UnpricedModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, failureOf, messages } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { ANSWER_USD, eventsOf, stage } from './stage.ts';

const money = { name: 'money', limit: { usd: 1 }, window: 'month' } as const;
const REASON = 'no price is known and a money budget applies';
const price = { input: 1, output: 2 };

/** `one/free` and `two/free` have no price; `one/m`, `two/m` and `one/cheap` have. */
const models = {
  m: ['one/free', 'one/m'],
  unknown: ['one/free', 'two/free'],
  cheapest: { strategy: 'lowest-cost', deployments: ['one/free', 'one/m', 'one/cheap'] },
} as const satisfies GatewayConfig['models'];

describe('a list whose first deployment has no price', () => {
  it('is served by the one that has, where money is limited, and holds what that may cost', async () => {
    const held: unknown[] = [];
    const watch = async (exchange: FaultExchange) => {
      held.push((await gateway.control.budgets())[0]?.reserved.usd);
      await exchange.answer(200, completion('x'));
    };
    const { gateway, sent, budget } = await stage({ models, budgets: [money], countTokens: () => 100 }, watch);
    const answer = await gateway.chat.completions.create({ model: 'm', messages, max_tokens: 50 });
    expect(sent().map(({ model }) => model)).toEqual(['m']);
    expect(routeOf(answer)).toMatchObject({ deployment: 'one/m', costUsd: ANSWER_USD });
    expect(held).toEqual([0.0002]);
    expect(await budget()).toMatchObject({ spent: { usd: ANSWER_USD }, reserved: { usd: 0 } });
  });

  it('is refused where none has one', async () => {
    const { gateway, sent, budget } = await stage({ models, budgets: [money] });
    const error = await failureOf(ask(gateway, 'unknown'));
    expect(error).toBeInstanceOf(UnpricedModelError);
    expect(error).toMatchObject({ status: 402, code: 'unknown_price', deployment: 'one/free', budget: 'money' });
    expect(sent()).toEqual([]);
    expect(await budget()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
  });

  it('is refused where the caller may not use the one that has', async () => {
    const access = { rules: [{ match: {}, deny: ['one/m'] }] };
    const { gateway, sent, budget } = await stage({ models, budgets: [money], access });
    expect(await failureOf(ask(gateway, 'm'))).toMatchObject({ status: 402, code: 'unknown_price', deployment: 'one/free' });
    expect(sent()).toEqual([]);
    expect(await budget()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
  });

  it('is served by it where no budget limits money: none at all, one of requests, one in the shadow, one of others', async () => {
    for (const budgets of [
      [],
      [{ name: 'r', limit: { requests: 9, tokens: 99_999 }, window: 'month' }],
      [{ ...money, onExceed: 'shadow' }],
      [{ ...money, each: 'team' }],
      [{ ...money, match: { provider: 'two' } }],
    ] as const satisfies GatewayConfig['budgets'][]) {
      const { gateway, sent } = await stage({ models, budgets: [...budgets] });
      await ask(gateway, 'm');
      expect(sent().map(({ model }) => model)).toEqual(['free']);
    }
  });

  it('is served by it where its calls are charged by unknownPrice', async () => {
    const { gateway, sent, budget } = await stage({ models, budgets: [money], unknownPrice: { input: 10, output: 20 } });
    await ask(gateway, 'm');
    expect(sent().map(({ model }) => model)).toEqual(['free']);
    expect((await budget()).spent.usd).toBeCloseTo(ANSWER_USD * 10, 12);
  });

  it('tells of it in a dry run', async () => {
    const { gateway } = await stage({ models, budgets: [money], countTokens: () => 100 });
    const report = await gateway.control.plan({ model: 'm', messages, max_tokens: 50 });
    expect(report).toMatchObject({ verdict: 'allow', reason: undefined, estimate: { costUsd: 0.0002 } });
    expect(report.budgets).toEqual([{ name: 'money', remaining: { usd: 1 }, wouldCharge: { usd: 0.0002 } }]);
    expect(report.deployments).toMatchObject([
      { id: 'one/m', place: 1, costUsd: 0.0002, price: { from: 'config' } },
      { id: 'one/free', skipped: REASON, costUsd: undefined, price: undefined },
    ]);
    expect(await gateway.control.plan({ model: 'unknown', messages })).toMatchObject({ verdict: 'deny' });
  });

  it('is passed over by every strategy, and comes last by cost where nothing limits money', async () => {
    const limited = await stage({ models, budgets: [money] });
    await ask(limited.gateway, 'cheapest', { max_tokens: 5 });
    const free = await stage({ models });
    const { deployments } = await free.gateway.control.plan({ model: 'cheapest', messages });
    expect(limited.sent().map(({ model }) => model)).toEqual(['cheap']);
    expect(deployments.map(({ id }) => id)).toEqual(['one/cheap', 'one/m', 'one/free']);
  });

  it('is passed over where only its provider is limited, and the rest of the list is not', async () => {
    const ofProvider = { ...money, match: { provider: 'one' } };
    const { gateway, sent, budget } = await stage({ models: { m: ['one/free', 'two/free'] }, budgets: [ofProvider] });
    await ask(gateway, 'm');
    expect(sent()).toHaveLength(1);
    expect((await gateway.control.plan({ model: 'm', messages })).deployments).toMatchObject([
      { id: 'two/free', place: 1 },
      { id: 'one/free', skipped: REASON },
    ]);
    expect(await budget()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
    const alone = await stage({ models: { m: ['one/free'] }, budgets: [ofProvider] });
    expect(await failureOf(ask(alone.gateway, 'm'))).toMatchObject({ code: 'unknown_price', deployment: 'one/free' });
  });

  it('is no candidate for a retry, a hedge or a fallback either', async () => {
    const fail = (exchange: FaultExchange) =>
      exchange.request.path.startsWith('/one') ? exchange.answer(500, { error: {} }) : exchange.answer(200, completion('x'));
    const config: Partial<GatewayConfig> = {
      models: { m: { deployments: ['one/m', 'one/free'], fallbacks: ['rest'] }, rest: ['two/free', 'two/m'] },
      budgets: [money],
      retry: { minDelayMs: 1, maxDelayMs: 1, attemptsPerDeployment: 1 },
    };
    const { gateway, sent, budget } = await stage(config, fail);
    const failovers = eventsOf(gateway, 'failover');
    await ask(gateway, 'm', { max_tokens: 5 });
    expect(sent().map(({ model }) => model)).toEqual(['m', 'm']);
    expect(failovers).toMatchObject([{ from: 'one/m', to: 'two/m' }]);
    expect(await budget()).toMatchObject({ spent: { usd: ANSWER_USD }, reserved: { usd: 0 } });
  });

  it('by its tier is passed over, as one that has none by its name', async () => {
    const deployments = [
      { provider: 'openai', model: 'gpt-4o-mini', params: { service_tier: 'priority' } },
      { provider: 'openai', model: 'gpt-5-nano' },
      { provider: 'openai', model: 'gpt-5', params: { service_tier: 'priority' }, price },
    ];
    const { gateway } = await stage({
      providers: { openai: { apiKey: 'key', baseURL: 'http://127.0.0.1:1/v1' } },
      models: { m: deployments },
      budgets: [money],
      prices: {},
    });
    expect((await gateway.control.plan({ model: 'm', messages })).deployments).toMatchObject([
      { id: 'openai/gpt-5-nano', place: 1 },
      { id: 'openai/gpt-5', place: 2 },
      { id: 'openai/gpt-4o-mini', skipped: REASON },
    ]);
  });
});
