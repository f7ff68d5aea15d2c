import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodyOf, messages } from '../public/harness.ts';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { type Stage, stage } from './stage.ts';

const money = { name: 'money', limit: { usd: 1_000 }, window: 'month' } as const;
const retry = { attemptsPerDeployment: 1, minDelayMs: 1, maxDelayMs: 1 };

interface Arrival {
  readonly body: Record<string, unknown>;
  /** In nano-dollars, when the request arrived. */
  readonly held: number;
}

/** A stage whose first provider fails and whose second answers; what arrived at each, and what was held then. */
async function failing(config: Partial<GatewayConfig>, second?: (exchange: FaultExchange) => unknown) {
  const arrivals: Arrival[] = [];
  const made: { stage?: Stage } = {};
  made.stage = await stage({ countTokens: () => 100, retry, ...config }, async (exchange) => {
    const [balance] = (await made.stage?.gateway.control.budgets()) ?? [];
    arrivals.push({ body: bodyOf(exchange), held: Math.round((balance?.reserved.usd ?? Number.NaN) * 1e9) });
    if (exchange.request.path.startsWith('/one')) return exchange.answer(500, { error: { message: 'down' } });
    return second ? second(exchange) : exchange.answer(200, completion('x'));
  });
  return { ...made.stage, arrivals };
}

/** 100 tokens in at $1 and these out at $2 per million. */
const costOf = (outputTokens: number) => (100 + 2 * outputTokens) * 1_000;
const chat = (gateway: Stage['gateway'], more: object = {}) => gateway.chat.completions.create({ model: 'm', messages, ...more });

describe('an attempt that the call did not reckon with', () => {
  it('at a fallback is bounded where the limit of the model does not come along', async () => {
    const models = { m: { deployments: ['one/m'], params: { max_tokens: 70 }, fallbacks: ['other'] }, other: ['two/m'] };
    const { gateway, arrivals } = await failing({ models, budgets: [money] });
    await chat(gateway);
    expect(arrivals.map(({ body }) => [body.max_tokens, body.max_completion_tokens])).toEqual([
      [70, undefined],
      [undefined, 4_096],
    ]);
    expect(arrivals.map(({ held }) => held)).toEqual([costOf(70), costOf(70) + costOf(4_096)]);
  });

  it('at a fallback is held with the default params of its model', async () => {
    const models = {
      m: { deployments: ['one/m'], fallbacks: ['other'] },
      other: { deployments: [{ provider: 'two', model: 'm', params: { n: 5 } }], params: { max_tokens: 300 } },
    };
    const { gateway, arrivals } = await failing({ models, budgets: [money] });
    await chat(gateway);
    expect(arrivals[1]?.body).toMatchObject({ n: 5, max_tokens: 300 });
    const limited = await failing({ models, budgets: [money] });
    await chat(limited.gateway, { max_tokens: 10 });
    expect(limited.arrivals[1]).toMatchObject({ body: { n: 5, max_tokens: 10 }, held: costOf(10) + costOf(50) });
  });

  it('at a dearer fallback gets no more output than the rest of a budget that clamps', async () => {
    const models = { m: { deployments: ['one/cheap'], fallbacks: ['other'] }, other: ['two/m'] };
    const clamping = { name: 'money', limit: { usd: 0.002 }, window: 'month', onExceed: 'clamp' } as const;
    const { gateway, arrivals, budget } = await failing({ models, budgets: [clamping] });
    await chat(gateway, { max_tokens: 5_000 });
    // $0.00101 are held for the first, $0.00099 less the input buy 445 tokens.
    expect(arrivals.map(({ body }) => body.max_tokens ?? body.max_completion_tokens)).toEqual([5_000, 445]);
    expect(arrivals.map(({ held }) => held)).toEqual([1_010_000, 2_000_000]);
    expect((await budget()).reserved).toEqual({ usd: 0 });
  });

  it('at a provider with a budget of its own that clamps gets what that has left', async () => {
    const models = { m: ['one/m', 'two/m'] };
    const clamping = {
      name: 'of two',
      match: { provider: 'two' },
      limit: { usd: 0.001 },
      window: 'month',
      onExceed: 'clamp',
    } as const;
    const { gateway, arrivals } = await failing({ models, budgets: [clamping] });
    await chat(gateway, { max_tokens: 5_000 });
    expect(arrivals.map(({ body }) => body.max_tokens ?? body.max_completion_tokens)).toEqual([5_000, 450]);
    expect(arrivals[1]?.held).toBe(1_000_000);
  });

  it('where only one provider has a budget is bounded there', async () => {
    const ofTwo = { ...money, match: { provider: 'two' } };
    const { gateway, arrivals } = await failing({ models: { m: ['one/m', 'two/m'] }, budgets: [ofTwo] });
    await chat(gateway);
    expect(arrivals[1]).toMatchObject({ body: { max_completion_tokens: 4_096 }, held: costOf(4_096) });
  });

  it('goes on with a broken stream, and is held with the text so far as its input', async () => {
    const said = 'word '.repeat(200);
    const models = { m: { deployments: ['two/m', 'two/n'], stream: { onInterrupt: 'continue' } } } as const;
    const config: Partial<GatewayConfig> = {
      models,
      prices: { 'two/m': { input: 1, output: 2 }, 'two/n': { input: 1, output: 2 } },
      budgets: [money],
      countTokens: ({ messages: all }) => JSON.stringify(all).length,
    };
    const { gateway, arrivals } = await failing(config, async (exchange) => {
      if (bodyOf(exchange).model === 'n') return streamText(exchange, 'and the end');
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: '' }), chunk({ content: said }));
      return exchange.reset();
    });
    const stream = await gateway.chat.completions.create({ model: 'm', messages, max_tokens: 10, stream: true });
    for await (const _ of stream);
    const [first, second] = arrivals;
    const input = JSON.stringify(second?.body.messages).length;
    expect(input).toBeGreaterThan(said.length);
    expect((second?.held ?? 0) - (first?.held ?? 0)).toBe((input + 2 * 10) * 1_000);
  });
});

describe('a hedged attempt', () => {
  it('gets no more output than the rest of a budget that clamps', async () => {
    const held: ((body: unknown) => void)[] = [];
    const clamping = { name: 'money', limit: { usd: 0.003 }, window: 'month', onExceed: 'clamp' } as const;
    const models = { m: { deployments: ['one/m', 'two/m'], hedge: { afterMs: 50 } } };
    const { gateway, clock, sent, budget, server } = await stage(
      { models, budgets: [clamping], countTokens: () => 100 },
      async (exchange) => {
        if (exchange.request.path.startsWith('/two')) return exchange.answer(200, completion('x'));
        await new Promise((resolve) => held.push(resolve));
      },
    );
    const answer = chat(gateway, { max_tokens: 1_000 });
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(50);
    await answer;
    // $0.0021 are held for the first; of the rest, the input leaves 400 tokens.
    expect(sent().map((body) => body.max_tokens ?? body.max_completion_tokens)).toEqual([1_000, 400]);
    for (const release of held) release(undefined);
    expect((await budget()).reserved).toEqual({ usd: 0 });
  });
});
