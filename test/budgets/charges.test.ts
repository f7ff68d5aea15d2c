import { routeOf, StreamInterruptedError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, failureOf, messages } from '../public/harness.ts';
import { chunk, completion, streamText, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';
import { ANSWER_USD, eventsOf, stage } from './stage.ts';

const budgets = [{ name: 'b', limit: { requests: 100, tokens: 1_000_000, usd: 100 }, window: 'month' }] as const;
const pathOf = ({ request }: FaultExchange) => request.path.split('/')[1];

/** One whole answer with the given usage. */
const answering =
  (usage: unknown, more: Record<string, unknown> = {}) =>
  (exchange: FaultExchange) =>
    exchange.answer(200, completion('twelve bytes', { usage, ...more }));

async function chargedFor(usage: unknown, config: Parameters<typeof stage>[0] = {}, more: Record<string, unknown> = {}) {
  const { gateway, budget } = await stage({ budgets: [...budgets], ...config }, answering(usage, more));
  const answer = await gateway.chat.completions.create({ model: 'm', messages });
  return { ...(await budget()), route: routeOf(answer) };
}

describe('an answer', () => {
  it('does not pay for cached tokens twice', async () => {
    const usage = {
      prompt_tokens: 1_000,
      completion_tokens: 0,
      total_tokens: 1_000,
      prompt_tokens_details: { cached_tokens: 800 },
    };
    const { spent, route } = await chargedFor(usage, { prices: { 'one/m': { input: 1, output: 2, cacheRead: 0.1 } } });
    expect(spent).toEqual({ requests: 1, tokens: 1_000, usd: 0.000_28 });
    expect(route).toMatchObject({
      usage: { inputTokens: 1_000, cachedInputTokens: 800 },
      costUsd: 0.000_28,
      usageSource: 'reported',
    });
  });

  it.each([
    ['is missing', undefined],
    ['is null', null],
    ['is negative', { prompt_tokens: -5, completion_tokens: 2 }],
    ['is text', { prompt_tokens: 'ten', completion_tokens: 'two' }],
    ['is absurd', { prompt_tokens: 1e300, completion_tokens: 2 }],
  ])('whose usage %s is estimated and flagged, never free', async (_, usage) => {
    const { spent, reserved, route } = await chargedFor(usage);
    expect(route).toMatchObject({ usageSource: 'estimated' });
    expect(spent.tokens).toBeGreaterThan(3);
    expect(spent.tokens).toBeLessThan(40);
    expect(spent.usd).toBeGreaterThan(0);
    expect(spent.usd).toBe(route?.costUsd);
    expect(reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
  });

  it('whose usage is zero used nothing', async () => {
    const { spent, route } = await chargedFor({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
    expect(spent).toEqual({ requests: 1, tokens: 0, usd: 0 });
    expect(route).toMatchObject({ usageSource: 'reported', costUsd: 0 });
  });

  it('in a stream is charged by the last of its cumulative counts, not by their sum', async () => {
    const { gateway, budget } = await stage({ budgets: [...budgets] }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(
        { ...chunk({ content: 'a' }), usage: usageChunk(10, 1).usage },
        { ...chunk({ content: 'b' }), usage: usageChunk(10, 2).usage },
      );
      await exchange.sse(chunk({}, 'stop'), usageChunk(10, 3), '[DONE]');
      await exchange.lastChunk();
    });
    const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true });
    for await (const _ of stream);
    expect((await budget()).spent).toEqual({ requests: 1, tokens: 13, usd: 0.000_016 });
    expect(routeOf(stream)?.usage).toMatchObject({ inputTokens: 10, outputTokens: 3 });
  });

  it('from a long prompt pays the long-context tier for every token', async () => {
    const charged = async (prompt_tokens: number) => {
      const usage = { prompt_tokens, completion_tokens: 1_000, total_tokens: prompt_tokens + 1_000 };
      const { server } = await stage({}, answering(usage, { model: 'gpt-5.4' }));
      const { gateway, budget } = await stage({
        budgets: [...budgets],
        providers: { openai: { apiKey: 'k', baseURL: `${server.origin}/v1` } },
        models: { m: ['openai/gpt-5.4'] },
        prices: {},
      });
      await ask(gateway, 'm');
      return (await budget()).spent.usd;
    };
    // $2.5 in and $15 out per million up to 272,000 tokens, $5 and $22.5 beyond.
    expect(await charged(200_000)).toBeCloseTo(0.515, 9);
    expect(await charged(300_000)).toBeCloseTo(1.522_5, 9);
  });

  it('from another model than was asked for is charged by that model, unless the user set a price', async () => {
    const usage = { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 };
    const { server } = await stage({}, answering(usage, { model: 'gpt-5-2025-08-07' }));
    const listed = {
      providers: { openai: { apiKey: 'k', baseURL: `${server.origin}/v1` } },
      models: { m: ['openai/gpt-5-mini'] },
    };
    const cost = async (prices: Record<string, { input: number; output: number }>) => {
      const { gateway } = await stage({ ...listed, prices });
      return routeOf(await gateway.chat.completions.create({ model: 'm', messages }));
    };
    expect(await cost({})).toMatchObject({ costUsd: 1.25, price: { input: 1.25, output: 10 } });
    expect(await cost({ 'openai/gpt-5-mini': { input: 3, output: 3 } })).toMatchObject({ costUsd: 3, price: { input: 3 } });
  });
});

describe('a failed attempt', () => {
  it('that reached its provider makes its call a request, and costs nothing that was not reported', async () => {
    const { gateway, budget } = await stage({ budgets: [...budgets] }, (exchange) =>
      pathOf(exchange) === 'one' ? exchange.answer(503, { error: { message: 'busy' } }) : exchange.answer(200, completion('x')),
    );
    await ask(gateway, 'pair');
    expect((await budget()).spent).toEqual({ requests: 1, tokens: 15, usd: ANSWER_USD });
    expect(await gateway.control.usage({ by: ['deployment'] })).toMatchObject([
      { deployment: 'one/m', requests: 1, failures: 1, inputTokens: 0, costUsd: 0 },
      { deployment: 'two/m', requests: 1, failures: 0, inputTokens: 10, costUsd: ANSWER_USD },
    ]);
  });

  it('that never reached a provider counts for nothing', async () => {
    const { gateway, budget } = await stage({
      budgets: [...budgets],
      providers: { one: { type: 'openai-compatible', apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' } },
      models: { m: ['one/m'] },
      prices: { 'one/m': { input: 1, output: 2 } },
      retry: { maxAttempts: 1 },
    });
    await failureOf(ask(gateway, 'm'));
    expect(await budget()).toMatchObject({
      spent: { requests: 0, tokens: 0, usd: 0 },
      reserved: { requests: 0, tokens: 0, usd: 0 },
    });
  });

  it('does not lead to a fallback that is dearer than the rest of a budget', async () => {
    const limitedTo = (usd: number) =>
      stage(
        {
          budgets: [{ name: 'b', limit: { usd }, window: 'month' }],
          prices: { 'one/m': { input: 1, output: 2 }, 'two/dear': { input: 100, output: 200 } },
          models: { m: { deployments: ['one/m'], fallbacks: ['dear'] }, dear: ['two/dear'] },
          retry: { attemptsPerDeployment: 1 },
        },
        (exchange) =>
          pathOf(exchange) === 'one'
            ? exchange.answer(503, { error: { message: 'busy' } })
            : exchange.answer(200, completion('x')),
      );
    const { gateway, sent, budget } = await limitedTo(0.001);
    expect(await failureOf(ask(gateway, 'm', { max_tokens: 10 }))).toMatchObject({ status: 503 });
    expect(sent().map(({ model }) => model)).toEqual(['m']);
    expect(await budget()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
    const roomy = await limitedTo(0.1);
    await ask(roomy.gateway, 'm', { max_tokens: 10 });
    expect(await roomy.budget()).toMatchObject({ spent: { usd: ANSWER_USD * 100 }, reserved: { usd: 0 } });
  });
});

describe('a stream that is dropped', () => {
  /** Delivers some words and no end. */
  const endless = async (exchange: FaultExchange) => {
    await exchange.sseHead();
    await exchange.sse(
      chunk({ role: 'assistant', content: 'some ' }),
      chunk({ content: 'forty characters of text were delivered.' }),
    );
  };

  it('before its first token pays for its input, and by the reader for what was delivered: not nothing, not the worst case', async () => {
    const reached = Promise.withResolvers<void>();
    const silent = await stage({ budgets: [...budgets] }, () => reached.resolve());
    const controller = new AbortController();
    const call = failureOf(
      silent.gateway.chat.completions.create({ model: 'm', messages, max_tokens: 50_000 }, { signal: controller.signal }),
    );
    await reached.promise;
    controller.abort();
    await call;
    const input = (await silent.budget()).spent;
    expect(input).toMatchObject({ requests: 1 });
    expect(input.tokens).toBeGreaterThan(0);
    expect(input.tokens).toBeLessThan(30);

    const spoken = await stage({ budgets: [...budgets] }, endless);
    const ends = eventsOf(spoken.gateway, 'request.end');
    const stream = await spoken.gateway.chat.completions.create({ model: 'm', messages, stream: true, max_tokens: 50_000 });
    for await (const item of stream) if (item.choices[0]?.delta.content?.startsWith('forty')) break;
    const { spent, reserved } = await spoken.budget();
    expect(spent.tokens).toBeGreaterThan((input.tokens ?? 0) + 5);
    expect(spent.tokens).toBeLessThan((input.tokens ?? 0) + 40);
    expect(spent.usd).toBeGreaterThan(0);
    expect(reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
    expect(ends).toMatchObject([{ outcome: 'aborted', usageSource: 'estimated', costUsd: spent.usd }]);
  });

  it('by its provider is charged for what came, and for the answer that goes on, as far as there is room', async () => {
    const breaking = async (exchange: FaultExchange) => {
      if (pathOf(exchange) === 'two') return streamText(exchange, ' and the rest');
      await endless(exchange);
      exchange.reset();
    };
    const read = async (limit: number) => {
      const found = await stage(
        { budgets: [{ name: 'b', limit: { tokens: limit }, window: 'month' }], stream: { onInterrupt: 'continue' } },
        breaking,
      );
      const stream = await found.gateway.chat.completions.create({ model: 'pair', messages, stream: true, max_tokens: 100 });
      const error = await (async () => {
        for await (const _ of stream);
      })().catch((thrown: unknown) => thrown);
      return { error, ...(await found.budget()), calls: found.sent().length };
    };
    const roomy = await read(10_000);
    expect(roomy).toMatchObject({ error: undefined, calls: 2, reserved: { tokens: 0 } });
    expect(roomy.spent.tokens).toBeGreaterThan(15 + 10);
    // Room for the estimate of one answer, some 130 tokens, and not of a second one.
    const tight = await read(200);
    expect(tight.error).toBeInstanceOf(StreamInterruptedError);
    expect(tight).toMatchObject({ calls: 1, reserved: { tokens: 0 } });
  });
});

describe('a hedge', () => {
  it('accounts for its loser too', async () => {
    const { gateway, budget, clock } = await stage(
      { budgets: [...budgets], models: { pair: { deployments: ['one/m', 'two/m'], hedge: { afterMs: 100 } } } },
      (exchange) => (pathOf(exchange) === 'two' ? exchange.answer(200, completion('fast')) : undefined),
    );
    const ends = eventsOf(gateway, 'attempt.end');
    const answer = gateway.chat.completions.create({ model: 'pair', messages });
    while (clock.pending < 2) await settlePromises();
    await new Promise((resolve) => setImmediate(resolve));
    await clock.elapse(100);
    expect(routeOf(await answer)).toMatchObject({ deployment: 'two/m' });
    const { spent, reserved } = await budget();
    expect(spent.requests).toBe(1);
    expect(spent.tokens).toBeGreaterThan(15);
    expect(spent.tokens).toBeLessThan(15 + 30);
    expect(reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
    expect(ends.map(({ deployment, failure }) => [deployment, failure?.kind])).toEqual([
      ['two/m', undefined],
      ['one/m', 'aborted'],
    ]);
  });
});
