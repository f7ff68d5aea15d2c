import { routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, Failing, failureOf, messages, recordingProvider } from '../public/harness.ts';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';
import { stage } from './stage.ts';

const pathOf = ({ request }: FaultExchange) => request.path.split('/')[1];
const user = { name: 'user', limit: { requests: 1, tokens: 1_000_000 }, window: 'month' } as const;
const provider = { name: 'provider', each: ['provider'], limit: { requests: 2 }, window: 'month' } as const;
const busy = (exchange: FaultExchange) => exchange.answer(503, { error: { message: 'busy' } });

describe('a limit on the requests of callers', () => {
  it('is used by a call once, however many attempts it takes', async () => {
    let left = 3;
    const { gateway, budget, sent } = await stage(
      { budgets: [user], retry: { attemptsPerDeployment: 4, minDelayMs: 1, maxDelayMs: 1 }, clock: undefined },
      (exchange) => {
        left -= 1;
        return left >= 0 ? busy(exchange) : exchange.answer(200, completion('well'));
      },
    );
    await ask(gateway, 'm');
    expect(sent()).toHaveLength(4);
    expect(await budget()).toMatchObject({ spent: { requests: 1 }, reserved: { requests: 0 }, remaining: { requests: 0 } });
    expect(await failureOf(ask(gateway, 'm'))).toMatchObject({ status: 402, budget: 'user' });
    expect(sent()).toHaveLength(4);
    // The report is of attempts.
    expect(await gateway.control.usage({ by: 'deployment' })).toMatchObject([{ requests: 4, failures: 3 }]);
  });

  it('is used by a call that fails at all its attempts, and by none that reached nobody', async () => {
    const failing = await stage({ budgets: [user], clock: undefined, retry: { minDelayMs: 1, maxDelayMs: 1 } }, busy);
    await failureOf(ask(failing.gateway, 'pair', {}));
    expect((await failing.budget()).spent.requests).toBe(1);
    const refused = await stage({
      budgets: [user],
      providers: { one: { type: 'openai-compatible', apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' } },
      models: { m: ['one/m'] },
      prices: { 'one/m': { input: 1, output: 2 } },
      retry: { maxAttempts: 1 },
    });
    await failureOf(ask(refused.gateway, 'm'));
    expect(await refused.budget()).toMatchObject({ spent: { requests: 0 }, reserved: { requests: 0 } });
  });

  it('has room for the further estimate of a call that holds its request already: a retry after tokens were used', async () => {
    const usage = { inputTokens: 100, outputTokens: 50, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
    let attempts = 0;
    const own = recordingProvider('own', () => {
      attempts += 1;
      if (attempts < 3) throw new Failing({ usage });
      return completion('well');
    });
    const { gateway, budget } = await stage({
      providers: { own: { provider: own } },
      models: { m: ['own/m'] },
      prices: {},
      budgets: [user],
      retry: { attemptsPerDeployment: 3, minDelayMs: 1, maxDelayMs: 1 },
      clock: undefined,
    });
    expect(await ask(gateway, 'm')).toBe('well');
    expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 315 }, reserved: { requests: 0, tokens: 0 } });
  });

  it('has room for a hedge of the call that holds the last request', async () => {
    const { gateway, budget, clock, sent } = await stage(
      { budgets: [user], models: { pair: { deployments: ['one/m', 'two/m'], hedge: { afterMs: 100 } } } },
      (exchange) => (pathOf(exchange) === 'two' ? exchange.answer(200, completion('fast')) : undefined),
    );
    const answer = gateway.chat.completions.create({ model: 'pair', messages });
    while (clock.pending < 2) await settlePromises();
    for (let turn = 0; turn < 20; turn += 1) await settlePromises();
    await clock.elapse(100);
    expect(routeOf(await answer)).toMatchObject({ deployment: 'two/m' });
    expect(sent()).toHaveLength(2);
    expect(await budget()).toMatchObject({ spent: { requests: 1 }, reserved: { requests: 0, tokens: 0 } });
  });

  it.each(['restart', 'continue'] as const)('has room for a stream that goes on elsewhere (%s)', async (onInterrupt) => {
    const { gateway, budget, sent } = await stage({ budgets: [user], stream: { onInterrupt } }, async (exchange) => {
      if (pathOf(exchange) === 'two') return streamText(exchange, ' and the rest');
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: 'some words' }));
      exchange.reset();
    });
    const stream = await gateway.chat.completions.create({ model: 'pair', messages, stream: true });
    for await (const _ of stream);
    expect(sent()).toHaveLength(2);
    expect(await budget()).toMatchObject({ spent: { requests: 1 }, reserved: { requests: 0, tokens: 0 } });
  });

  it('is never passed by calls at once, whatever their attempts come to', async () => {
    let answered = 0;
    const { gateway, budget } = await stage(
      {
        budgets: [{ name: 'five', limit: { requests: 5 }, window: 'month' }],
        retry: { minDelayMs: 1, maxDelayMs: 1 },
        clock: undefined,
      },
      (exchange) => {
        answered += 1;
        return answered % 2 === 0 ? exchange.answer(200, completion('x')) : busy(exchange);
      },
    );
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => ask(gateway, 'pair')));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(5);
    expect(await budget()).toMatchObject({ spent: { requests: 5 }, reserved: { requests: 0 }, remaining: { requests: 0 } });
  });
});

describe('a limit on the requests of a provider or deployment', () => {
  it('is used by each attempt, and never passed', async () => {
    const { gateway, budget, sent } = await stage(
      { budgets: [user, provider], retry: { attemptsPerDeployment: 5, minDelayMs: 1, maxDelayMs: 1 }, clock: undefined },
      busy,
    );
    await failureOf(ask(gateway, 'm'));
    expect(sent()).toHaveLength(2);
    expect(await budget('provider')).toMatchObject({
      spent: { requests: 2 },
      reserved: { requests: 0 },
      remaining: { requests: 0 },
    });
    expect((await budget('user')).spent.requests).toBe(1);
  });

  it.each(['match', 'each'] as const)('by `%s` counts a hedge as an attempt of its own', async (way) => {
    const dimension = way === 'each' ? { each: ['provider'] as const } : { match: { provider: ['one', 'two'] } };
    const { gateway, budget, clock } = await stage(
      {
        budgets: [{ name: 'attempts', limit: { requests: 10 }, window: 'month', ...dimension } as never],
        models: { pair: { deployments: ['one/m', 'two/m'], hedge: { afterMs: 100 } } },
      },
      (exchange) => (pathOf(exchange) === 'two' ? exchange.answer(200, completion('fast')) : undefined),
    );
    const answer = gateway.chat.completions.create({ model: 'pair', messages });
    while (clock.pending < 2) await settlePromises();
    for (let turn = 0; turn < 20; turn += 1) await settlePromises();
    await clock.elapse(100);
    await answer;
    const balances = await gateway.control.budgets();
    expect(balances.reduce((sum, { spent }) => sum + (spent.requests ?? 0), 0)).toBe(2);
    expect((await budget()).reserved.requests).toBe(0);
  });
});
