import { RateLimitedError, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, failureOf, messages } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import { settlePromises } from '../support/test-clock.ts';
import { eventsOf, stage } from './stage.ts';

const limited = { provider: 'one', model: 'm' };

describe('rpm of a deployment', () => {
  it('sends the call on to the next candidate at once', async () => {
    const { gateway, sent } = await stage({ models: { m: [{ ...limited, rpm: 1 }, 'two/cheap'] }, prices: {} });
    const failovers = eventsOf(gateway, 'failover');
    const first = await gateway.chat.completions.create({ model: 'm', messages });
    const second = await gateway.chat.completions.create({ model: 'm', messages });
    expect([routeOf(first)?.deployment, routeOf(second)?.deployment]).toEqual(['one/m', 'two/cheap']);
    expect(routeOf(second)?.attempts).toHaveLength(1);
    expect(failovers).toEqual([]);
    expect(sent()).toHaveLength(2);
  });

  it('makes a call wait that has no other candidate, and no longer than its deadline', async () => {
    const { gateway, sent, clock } = await stage({ models: { m: [{ ...limited, rpm: 1 }] }, prices: {} });
    await ask(gateway, 'm');
    const hasty = failureOf(gateway.chat.completions.create({ model: 'm', messages }, { timeout: 5_000 }));
    const patient = ask(gateway, 'm');
    await settlePromises();
    const refused = await hasty;
    expect(refused).toBeInstanceOf(RateLimitedError);
    expect((refused as RateLimitedError).retryAfterMs).toBeGreaterThan(5_000);
    await clock.elapse(30_000);
    expect(sent()).toHaveLength(1);
    await clock.elapse(32_000);
    await patient;
    expect(sent()).toHaveLength(2);
  });

  it('is shared by all models and callers of the deployment', async () => {
    const { gateway } = await stage({
      models: { a: [{ ...limited, rpm: 1 }], b: [{ ...limited, rpm: 1 }] },
      prices: {},
      timeouts: { totalMs: 10_000 },
    });
    await ask(gateway.for({ team: 'x' }), 'a');
    expect(await failureOf(ask(gateway.for({ team: 'y' }), 'b'))).toMatchObject({ status: 429, code: 'rate_limited' });
  });
});

describe('tpm of a deployment', () => {
  it('counts what was used, and sends what does not fit elsewhere', async () => {
    const { gateway } = await stage({ models: { m: [{ ...limited, tpm: 1_000 }, 'two/cheap'] }, prices: {} }, (exchange) =>
      exchange.answer(200, completion('x', { usage: { prompt_tokens: 500, completion_tokens: 100, total_tokens: 600 } })),
    );
    const deploymentOf = async (max_tokens: number) =>
      routeOf(await gateway.chat.completions.create({ model: 'm', messages, max_tokens }))?.deployment;
    expect(await deploymentOf(100)).toBe('one/m');
    expect(await deploymentOf(500)).toBe('two/cheap');
    expect(await deploymentOf(100)).toBe('one/m');
    expect(await deploymentOf(1)).toBe('two/cheap');
  });

  it('smaller than an estimate is not out of reach', async () => {
    const { gateway, sent } = await stage({ models: { m: [{ ...limited, tpm: 100 }] }, prices: {} });
    await ask(gateway, 'm', { max_tokens: 100_000 });
    expect(sent()).toMatchObject([{ max_tokens: 100_000 }]);
  });

  it('leaves the strategy most-headroom its choice', async () => {
    const { gateway } = await stage({
      models: {
        m: {
          strategy: 'most-headroom',
          deployments: [
            { ...limited, tpm: 100 },
            { provider: 'two', model: 'm', tpm: 100_000 },
          ],
        },
      },
    });
    const routes: (string | undefined)[] = [];
    for (let turn = 0; turn < 3; turn++)
      routes.push(routeOf(await gateway.chat.completions.create({ model: 'm', messages, max_tokens: 5 }))?.deployment);
    expect(routes.slice(1)).toEqual(['two/m', 'two/m']);
  });
});

describe('a budget on a provider', () => {
  it('that is used up sends calls to the others, and refuses where there are none', async () => {
    const { gateway } = await stage({
      budgets: [{ name: 'one', match: { provider: 'one' }, limit: { requests: 1 }, window: 'month' }],
    });
    const deployments: (string | undefined)[] = [];
    for (let turn = 0; turn < 2; turn++)
      deployments.push(routeOf(await gateway.chat.completions.create({ model: 'pair', messages }))?.deployment);
    expect(deployments).toEqual(['one/m', 'two/m']);
    expect(await failureOf(ask(gateway, 'm'))).toMatchObject({ status: 402, budget: 'one' });
  });

  it('prices the fallback that it is asked for', async () => {
    const { gateway } = await stage(
      {
        budgets: [{ name: 'two', match: { provider: 'two' }, limit: { usd: 1 }, window: 'month' }],
        models: { m: { deployments: ['one/m'], fallbacks: ['other'] }, other: ['two/m'] },
        retry: { attemptsPerDeployment: 1 },
      },
      (exchange) => exchange.answer(exchange.request.path.startsWith('/one') ? 503 : 200, completion('x')),
    );
    expect(routeOf(await gateway.chat.completions.create({ model: 'm', messages }))?.deployment).toBe('two/m');
    expect(await gateway.control.budgets()).toMatchObject([{ name: 'two', spent: { usd: 0.000_02 }, reserved: { usd: 0 } }]);
  });
});
