import { routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';
import { failureOf, messages } from '../public/harness.ts';

const PARAMS = { model: 'm', messages };
const CACHE = { ttl: '1h', countHits: true } as const;
const budget = (limit: Record<string, number>, more: object = {}) => ({ name: 'all', limit, window: 'day', ...more }) as const;

describe('hits that count', () => {
  it('are requests of budgets and reports, and cost neither tokens nor money', async () => {
    const limit = { requests: 10, tokens: 100_000, usd: 1 };
    const { gateway, sent, budget: balance } = await stage({ cache: CACHE, budgets: [budget(limit)] });
    const { completions } = gateway.for({ team: 'search' }).chat;
    await completions.create(PARAMS);
    const before = await balance();
    for (let time = 0; time < 3; time += 1) await completions.create(PARAMS);
    for await (const _ of await completions.create({ ...PARAMS, stream: true }));
    const after = await balance();
    expect(after.spent).toEqual({ ...before.spent, requests: 5 });
    expect(after.reserved).toEqual(before.reserved);
    expect(sent()).toHaveLength(1);
    const [row] = await gateway.control.usage({ by: 'deployment' });
    expect(row).toMatchObject({ deployment: 'one/m', requests: 5, costUsd: before.spent.usd, unpricedRequests: 0 });
  });

  it('are refused if there is no room for a request, as any other call', async () => {
    const { gateway, sent } = await stage({ cache: CACHE, budgets: [budget({ requests: 2 })] });
    const { completions } = gateway.for({ team: 'search' }).chat;
    await completions.create(PARAMS);
    await completions.create(PARAMS);
    expect(await failureOf(completions.create(PARAMS))).toMatchObject({ code: 'budget_exceeded' });
    expect(sent()).toHaveLength(1);
  });

  it('go on with a cheaper model if the budget says so', async () => {
    const budgets = [budget({ requests: 1 }, { match: { model: 'm' }, onExceed: 'downgrade', downgradeTo: 'cheap' })];
    const { gateway, sent } = await stage({ cache: CACHE, budgets });
    const { completions } = gateway.for({ team: 'search' }).chat;
    await completions.create(PARAMS);
    expect(routeOf(await completions.create(PARAMS))?.deployment).toBe('one/cheap');
    expect(routeOf(await completions.create(PARAMS))).toMatchObject({ deployment: 'one/cheap', cache: { hit: true } });
    expect(sent()).toHaveLength(2);
  });

  it('do not for runs, which count calls that may reach a provider', async () => {
    const { gateway, sent } = await stage({ cache: CACHE });
    const ask = () =>
      gateway.chat.completions.create(PARAMS).then(
        (answer) => routeOf(answer)?.cache?.hit,
        (error: { code?: string }) => error.code,
      );
    const asked = await gateway.run({ team: 'search' }, async () => [await ask(), await ask(), await ask()], { maxCalls: 1 });
    expect(asked).toEqual([false, true, true]);
    expect(sent()).toHaveLength(1);
  });

  it('do not, unless configured: a full budget lets them through', async () => {
    const { gateway } = await stage({ cache: { ttl: '1h' }, budgets: [budget({ requests: 1 })] });
    const { completions } = gateway.for({ team: 'search' }).chat;
    await completions.create(PARAMS);
    expect(routeOf(await completions.create(PARAMS))?.cache?.hit).toBe(true);
    expect(await gateway.control.usage({ by: 'team' })).toMatchObject([{ requests: 1 }]);
  });
});
