import { BudgetExceededError, RateLimitedError, routeOf, UnpricedModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, failureOf, messages } from '../public/harness.ts';
import { ANSWER_USD, eventsOf, stage } from './stage.ts';

const CHEAP_ANSWER_USD = 0.000_002;
const FEBRUARY = Date.UTC(2026, 1, 1);

describe('a budget that blocks', () => {
  it('answers 402 with the budget, what is left and when it starts anew, and sends nothing', async () => {
    const { gateway, sent, clock } = await stage({ budgets: [{ name: 'company', limit: { usd: 0.0001 }, window: 'month' }] });
    await ask(gateway, 'm', { max_tokens: 5 });
    const error = await failureOf(ask(gateway, 'm', { max_tokens: 100 }));
    expect(error).toBeInstanceOf(BudgetExceededError);
    expect(error).toMatchObject({ status: 402, code: 'budget_exceeded', budget: 'company', resetAt: FEBRUARY });
    expect((error as BudgetExceededError).remaining).toBeCloseTo(0.0001 - ANSWER_USD, 12);
    expect(sent()).toHaveLength(1);
    clock.advance(FEBRUARY - clock.now());
    await ask(gateway, 'm', { max_tokens: 5 });
    expect(sent()).toHaveLength(2);
  });

  it('answers 402 for a number of requests over a long window, and 429 with a wait over a short one', async () => {
    const long = await stage({ budgets: [{ name: 'day', limit: { requests: 1 }, window: 'day' }] });
    await ask(long.gateway, 'm');
    expect(await failureOf(ask(long.gateway, 'm'))).toMatchObject({ status: 402, budget: 'day', remaining: 0 });
    for (const window of ['minute', { rolling: '60s' }] as const) {
      const short = await stage({ budgets: [{ name: 'rate', limit: { requests: 1 }, window }] });
      await ask(short.gateway, 'm');
      const error = await failureOf(ask(short.gateway, 'm'));
      expect(error).toBeInstanceOf(RateLimitedError);
      expect(error).toMatchObject({ status: 429, code: 'rate_limited' });
      const { retryAfterMs } = error as RateLimitedError;
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(62_000);
      short.clock.advance(retryAfterMs);
      await ask(short.gateway, 'm');
    }
  });

  it('of zero denies all, and without a limit that applies denies nobody', async () => {
    const { gateway } = await stage({ budgets: [{ name: 'none', each: 'user', limit: { tokens: 0 }, window: 'lifetime' }] });
    expect(await failureOf(ask(gateway.for({ user: 'a' }), 'm'))).toMatchObject({ status: 402, resetAt: null });
    await ask(gateway.for({ team: 'search' }), 'm');
  });

  it('through the handler is the same as HTTP, with the wait as a header', async () => {
    const { gateway } = await stage({ budgets: [{ name: 'rate', limit: { requests: 1 }, window: { rolling: '30s' } }] });
    const post = () =>
      gateway.handler('http://x/v1/chat/completions', { method: 'POST', body: JSON.stringify({ model: 'm', messages }) });
    expect((await post()).status).toBe(200);
    const refused = await post();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited' } });
  });
});

describe('a budget that clamps', () => {
  it('lowers the output bound to what its rest buys', async () => {
    const { gateway, sent, budget } = await stage({
      budgets: [{ name: 'b', limit: { usd: 0.001 }, window: 'month', onExceed: 'clamp' }],
    });
    await ask(gateway, 'm', { max_tokens: 100_000 });
    const [body] = sent();
    // $0.001 less some 30 tokens of input at $1 per million, at $2 per million.
    expect(body?.max_tokens).toBeUndefined();
    expect(body?.max_completion_tokens).toBeGreaterThan(470);
    expect(body?.max_completion_tokens).toBeLessThanOrEqual(500);
    expect((await budget()).spent.usd).toBeCloseTo(ANSWER_USD, 12);
    await ask(gateway, 'm', { max_tokens: 7 });
    expect(sent()[1]).toMatchObject({ max_tokens: 7 });
  });

  it('shares the rest among the answers asked for', async () => {
    const { gateway, sent } = await stage({
      budgets: [{ name: 'b', limit: { outputTokens: 100 }, window: 'month', onExceed: 'clamp' }],
    });
    await ask(gateway, 'm', { max_tokens: 1_000, n: 4 });
    expect(sent()[0]).toMatchObject({ max_completion_tokens: 25, n: 4 });
  });

  it('refuses where the rest does not buy a single token', async () => {
    const { gateway, sent } = await stage({
      budgets: [{ name: 'b', limit: { tokens: 12 }, window: 'month', onExceed: 'clamp' }],
    });
    expect(await failureOf(ask(gateway, 'm'))).toMatchObject({ status: 402, budget: 'b' });
    expect(sent()).toEqual([]);
  });
});

describe('a budget that downgrades', () => {
  const budgets = [
    { name: 'dear', match: { model: 'm' }, limit: { usd: 0.0001 }, window: 'month', onExceed: 'downgrade', downgradeTo: 'cheap' },
  ] as const;

  it('goes on with the other model, and charges that', async () => {
    const { gateway, sent } = await stage({ budgets: [...budgets, { name: 'all', limit: { usd: 1 }, window: 'month' }] });
    const answer = await gateway.chat.completions.create({ model: 'm', messages, max_tokens: 1_000 });
    expect(sent().map(({ model }) => model)).toEqual(['cheap']);
    expect(routeOf(answer)).toMatchObject({
      deployment: 'one/cheap',
      costUsd: CHEAP_ANSWER_USD,
      price: { input: 0.1, output: 0.2 },
    });
    expect(await gateway.control.budgets()).toMatchObject([
      { name: 'dear', spent: { usd: 0 }, reserved: { usd: 0 } },
      { name: 'all', spent: { usd: CHEAP_ANSWER_USD } },
    ]);
  });

  it('refuses where the other model has no room either, and where the caller may not use it', async () => {
    const both = await stage({ budgets: [{ ...budgets[0], match: { model: '*' } }] });
    expect(await failureOf(ask(both.gateway, 'm', { max_tokens: 100_000 }))).toMatchObject({ status: 402, budget: 'dear' });
    const forbidden = await stage({ budgets: [...budgets], access: { rules: [{ match: { team: 'a' }, deny: ['cheap'] }] } });
    expect(await failureOf(ask(forbidden.gateway.for({ team: 'a' }), 'm', { max_tokens: 1_000 }))).toMatchObject({ status: 403 });
    expect([...both.sent(), ...forbidden.sent()]).toEqual([]);
  });
});

describe('a budget in the shadow', () => {
  it('counts and tells, and refuses nobody, whether or not a price is known', async () => {
    const { gateway, sent, budget } = await stage({
      budgets: [{ name: 's', limit: { requests: 1, usd: 1 }, window: 'month', onExceed: 'shadow' }],
      prices: {},
    });
    const exceeded = eventsOf(gateway, 'budget.exceed');
    for (let turn = 0; turn < 3; turn++) await ask(gateway, 'm');
    expect(sent()).toHaveLength(3);
    expect((await budget()).spent.requests).toBe(3);
    expect(exceeded).toMatchObject([
      { budget: 's', unit: 'requests', limit: 1, values: {} },
      { budget: 's', unit: 'requests', limit: 1 },
    ]);
  });
});

describe('warnAt', () => {
  it('warns once per threshold, counter and window', async () => {
    const { gateway, clock } = await stage({
      budgets: [{ name: 'team', each: 'team', limit: { tokens: 1_000 }, window: 'month', warnAt: [0.02, 0.04] }],
    });
    const warned = eventsOf(gateway, 'budget.warn');
    const search = gateway.for({ team: 'search' });
    for (let turn = 0; turn < 4; turn++) await ask(search, 'm', { max_tokens: 9 });
    await ask(gateway.for({ team: 'ads' }), 'm', { max_tokens: 9 });
    expect(warned.map(({ threshold, spent }) => [threshold, spent])).toEqual([
      [0.02, 30],
      [0.04, 45],
    ]);
    expect(warned[0]).toMatchObject({
      budget: 'team',
      values: { team: 'search' },
      unit: 'tokens',
      limit: 1_000,
      resetAt: FEBRUARY,
    });
    clock.advance(FEBRUARY - clock.now());
    for (let turn = 0; turn < 2; turn++) await ask(search, 'm', { max_tokens: 9 });
    expect(warned).toHaveLength(3);
  });
});

describe('a model without a price', () => {
  const budgets = [{ name: 'money', limit: { usd: 1 }, window: 'month' }] as const;

  it('is refused where money is limited', async () => {
    const { gateway, sent } = await stage({ budgets: [...budgets], prices: {} });
    const error = await failureOf(ask(gateway, 'm'));
    expect(error).toBeInstanceOf(UnpricedModelError);
    expect(error).toMatchObject({ status: 402, code: 'unknown_price', deployment: 'one/m', budget: 'money' });
    expect(sent()).toEqual([]);
  });

  it('is charged by unknownPrice where that is set, and has no cost where no money is limited', async () => {
    const priced = await stage({ budgets: [...budgets], prices: {}, unknownPrice: { input: 10, output: 20 } });
    await ask(priced.gateway, 'm');
    expect((await priced.budget()).spent.usd).toBeCloseTo(ANSWER_USD * 10, 12);
    const free = await stage({ prices: {} });
    const answer = await free.gateway.chat.completions.create({ model: 'm', messages });
    expect(routeOf(answer)).toMatchObject({ costUsd: undefined, price: undefined, usageSource: 'reported' });
  });

  it('of a price of zero costs zero', async () => {
    const { gateway, budget } = await stage({ budgets: [...budgets], prices: { 'one/m': { input: 0, output: 0 } } });
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(routeOf(answer)?.costUsd).toBe(0);
    expect((await budget()).spent).toEqual({ usd: 0 });
  });
});

describe('maxUsdPerRequest', () => {
  it('refuses a call that may cost more, and passes over the deployment that may', async () => {
    const { gateway, sent } = await stage({
      access: { rules: [{ match: { team: 'intern' }, maxUsdPerRequest: 0.001 }] },
      models: { m: ['one/m'], either: ['one/m', 'one/cheap'] },
    });
    const intern = gateway.for({ team: 'intern' });
    expect(await failureOf(ask(intern, 'm', { max_tokens: 1_000 }))).toMatchObject({ status: 403, code: 'access_denied' });
    await ask(intern, 'm', { max_tokens: 100 });
    await ask(intern, 'either', { max_tokens: 1_000 });
    await ask(gateway, 'm', { max_tokens: 1_000 });
    expect(sent().map(({ model }) => model)).toEqual(['m', 'cheap', 'm']);
  });
});
