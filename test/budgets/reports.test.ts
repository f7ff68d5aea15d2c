import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BudgetBalance, Gateway, GatewayConfig } from 'tollgate';
import { afterAll, describe, expect, it } from 'vitest';
import { ask, failureOf, messages } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import { ANSWER_USD, PRICES, stage } from './stage.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
afterAll(() => rmSync(directory, { recursive: true }));

const USED = { inputTokens: 10, outputTokens: 5, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };

/** If nothing failed, nothing came from a cache, and no answer was a stream. */
const REPORTED = {
  errors: 0,
  failovers: 0,
  promptCacheSavedUsd: 0,
  responseCacheSavedUsd: 0,
  downgradeSavedUsd: 0,
  durationMs: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
  firstTokenMs: { p50: null, p95: null, p99: null },
};

describe('control.usage', () => {
  it('has a row for every value of the dimensions asked for, and only those', async () => {
    const { gateway, clock } = await stage({});
    await ask(gateway.for({ team: 'search', user: 'u1', app: 'web', key: 'k1' }), 'm');
    await ask(gateway.for({ team: 'search', user: 'u2' }), 'cheap');
    clock.advance(24 * 3_600_000);
    await ask(gateway.for({ team: 'ads', user: 'u1' }), 'm');
    expect(await gateway.control.usage({ by: 'team' })).toEqual([
      {
        team: 'search',
        requests: 2,
        unpricedRequests: 0,
        failures: 0,
        costUsd: expect.closeTo(ANSWER_USD * 1.1, 12),
        ...doubled(USED),
        ...REPORTED,
      },
      { team: 'ads', requests: 1, unpricedRequests: 0, failures: 0, costUsd: ANSWER_USD, ...USED, ...REPORTED },
    ]);
    expect(await gateway.control.usage({ by: ['day', 'user'] })).toMatchObject([
      { day: '2026-01-15', user: 'u1', requests: 1 },
      { day: '2026-01-15', user: 'u2', requests: 1 },
      { day: '2026-01-16', user: 'u1', requests: 1 },
    ]);
    const dimensions = ['team', 'app', 'user', 'key', 'model', 'deployment', 'provider', 'day'] as const;
    expect((await gateway.control.usage({ by: dimensions }))[0]).toEqual({
      team: 'search',
      app: 'web',
      user: 'u1',
      key: 'k1',
      model: 'm',
      deployment: 'one/m',
      provider: 'one',
      day: '2026-01-15',
      requests: 1,
      unpricedRequests: 0,
      failures: 0,
      costUsd: ANSWER_USD,
      ...USED,
      ...REPORTED,
    });
    expect(await gateway.control.usage({ since: clock.now() - 3_600_000 })).toMatchObject([{ requests: 1 }]);
    expect(await gateway.control.usage({ until: clock.now() - 3_600_000 })).toMatchObject([{ requests: 2 }]);
    expect(await gateway.control.usage()).toMatchObject([{ requests: 3, inputTokens: 30, outputTokens: 15 }]);
  });
});

describe('control.budgets', () => {
  it('tells what each counter has spent, holds and has left, in the units of its limit', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { gateway } = await stage(
      {
        budgets: [
          { name: 'team', each: 'team', limit: { usd: 1, requests: 9 }, window: 'month', timezone: 'Europe/Berlin' },
          { name: 'rate', limit: { tokens: 5_000 }, window: { rolling: '15m' } },
          { name: 'ever', match: { user: 'nobody' }, limit: { usd: 2 }, window: 'lifetime' },
        ],
      },
      async (exchange) => {
        if (exchange.index > 0) await gate;
        await exchange.answer(200, completion('x'));
      },
    );
    const search = gateway.for({ team: 'search' });
    await ask(search, 'm');
    const running = ask(search, 'm', { max_tokens: 100 });
    while ((await search.control.budgets())[0]?.reserved.requests === 0);
    const [team, rate, ever] = await gateway.control.budgets();
    const reservedUsd = team?.reserved.usd ?? 0;
    expect(reservedUsd).toBeGreaterThan(0.000_2);
    expect(team).toEqual({
      name: 'team',
      values: { team: 'search' },
      spent: { usd: ANSWER_USD, requests: 1 },
      reserved: { usd: reservedUsd, requests: 1 },
      remaining: { usd: expect.closeTo(1 - ANSWER_USD - reservedUsd, 12), requests: 7 },
      limit: { usd: 1, requests: 9 },
      window: '2026-01',
      resetAt: Date.UTC(2026, 0, 31, 23),
    });
    expect(rate).toMatchObject({ values: {}, spent: { tokens: 15 }, window: '15m', resetAt: expect.any(Number) });
    expect(ever).toMatchObject({ spent: { usd: 0 }, remaining: { usd: 2 }, window: 'lifetime', resetAt: null });
    open();
    await running;
    expect((await gateway.control.budgets({ team: 'ads' })).map(({ name, spent }) => [name, spent])).toEqual([
      ['team', { usd: 0, requests: 0 }],
      ['rate', { tokens: 30 }],
    ]);
  });
});

describe('control.plan', () => {
  it('tells what a call would be charged and would leave, and changes nothing', async () => {
    const { gateway, sent } = await stage({ budgets: [{ name: 'b', limit: { usd: 0.001, requests: 3 }, window: 'month' }] });
    const plan = await gateway.control.plan({ model: 'pair', messages, max_tokens: 100 });
    expect(plan).toMatchObject({
      verdict: 'allow',
      budgets: [{ name: 'b', remaining: { usd: 0.001, requests: 3 }, wouldCharge: { usd: plan.estimate.costUsd, requests: 1 } }],
      deployments: [
        { id: 'one/m', place: 1 },
        { id: 'two/m', place: 2 },
      ],
    });
    expect(plan.estimate.costUsd).toBeGreaterThan(0.000_2);
    expect(await gateway.control.plan({ model: 'm', messages, max_tokens: 1_000 })).toMatchObject({
      verdict: 'deny',
      reason: expect.stringContaining("'b'"),
    });
    expect(await gateway.control.budgets()).toMatchObject([{ spent: { usd: 0 }, reserved: { usd: 0 } }]);
    expect(sent()).toEqual([]);
  });
});

describe('a restart', () => {
  it('keeps what was spent and used in a SQLite file, and counts it once', async () => {
    const store = { type: 'sqlite', path: join(directory, 'restart.db') } as const;
    const budgets: GatewayConfig['budgets'] = [{ name: 'b', each: 'team', limit: { usd: 1, tokens: 40 }, window: 'month' }];
    const seen = async (gateway: Gateway) => [await gateway.control.usage({ by: 'team' }), await gateway.control.budgets()];
    const before = await stage({ store, budgets, prices: PRICES });
    await ask(before.gateway.for({ team: 'search' }), 'm', { max_tokens: 5 });
    const told = await seen(before.gateway);
    await before.gateway.close();
    const after = await stage({ store, budgets, prices: PRICES });
    const [usage, balances] = told as [unknown, BudgetBalance[]];
    // What the first gateway was lent, it gave back when it closed.
    const givenBack = balances.map((balance) => ({ ...balance, sliced: { usd: 0, tokens: 0 } }));
    expect(await seen(after.gateway)).toEqual([usage, givenBack]);
    expect(told[0]).toEqual([
      { team: 'search', requests: 1, unpricedRequests: 0, failures: 0, costUsd: ANSWER_USD, ...USED, ...REPORTED },
    ]);
    expect(await failureOf(ask(after.gateway.for({ team: 'search' }), 'm', { max_tokens: 5 }))).toMatchObject({
      status: 402,
      remaining: 25,
    });
  });

  it('of two gateways on one file adds up what both used', async () => {
    const store = { type: 'sqlite', path: join(directory, 'shared.db') } as const;
    const [left, right] = [await stage({ store }), await stage({ store })];
    await Promise.all([ask(left.gateway, 'm'), ask(right.gateway, 'm'), ask(right.gateway, 'm')]);
    // Each tells the store what it used before it answers a report.
    await right.gateway.control.usage();
    expect(await left.gateway.control.usage()).toMatchObject([{ requests: 3, inputTokens: 30 }]);
  });
});

function doubled(usage: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(usage).map(([name, count]) => [name, count * 2]));
}
