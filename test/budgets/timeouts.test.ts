import { APIConnectionTimeoutError } from 'openai';
import { type Gateway, routeOf } from 'tollgate';
import { scriptedProvider } from 'tollgate/testing';
import { describe, expect, it } from 'vitest';
import { failureOf, messages, until } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';
import { type Stage, stage } from './stage.ts';

const budgets = [{ name: 'b', limit: { requests: 100, tokens: 1_000_000, usd: 100 }, window: 'month' }] as const;
const NOTHING = { requests: 0, tokens: 0, usd: 0 };
/** What the prompt is taken for, if nobody reported it. */
const INPUT = 6;
const SECOND = 1_000;

const pathOf = ({ request }: FaultExchange) => request.path.split('/')[1];
const ask = (gateway: Gateway, model: string, options: object = {}) =>
  gateway.chat.completions.create({ model, messages }, options);

/** Exchanges as they come, to be answered by the test. */
async function waiting(begin: (exchange: FaultExchange) => unknown = () => {}, config: object = {}) {
  const exchanges: FaultExchange[] = [];
  const found = await stage({ budgets: [...budgets], ...config }, async (exchange) => {
    await begin(exchange);
    exchanges.push(exchange);
  });
  return { ...found, exchanges };
}

/** Lets what was written arrive, and then time pass. */
async function elapse({ clock }: Pick<Stage, 'clock'>, ms: number): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await settlePromises();
  await clock.elapse(ms);
}

const HEAD = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };

describe("a call's own timeout", () => {
  it.each([
    ['no head', false],
    ['a head alone', true],
  ])('is waited out for a whole answer that has %s for longer than the limit on first tokens', async (_what, hasHead) => {
    const found = await waiting((exchange) => (hasHead ? exchange.head(200, HEAD) : undefined));
    const answer = ask(found.gateway, 'pair', { timeout: 300 * SECOND });
    await until(() => found.exchanges.length === 1);
    await elapse(found, 290 * SECOND);
    expect(found.exchanges).toHaveLength(1);
    const [exchange] = found.exchanges as [FaultExchange];
    if (hasHead) {
      await exchange.chunk(JSON.stringify(completion('slow')));
      await exchange.lastChunk();
    } else await exchange.answer(200, completion('slow'));
    expect((await answer).choices[0]?.message.content).toBe('slow');
    expect(await found.budget()).toMatchObject({ spent: { requests: 1, tokens: 15 }, reserved: NOTHING });
  });

  it('of a clone of the gateway is one too', async () => {
    const found = await waiting();
    const answer = ask(found.gateway.withOptions({ timeout: 300 * SECOND }), 'm');
    await until(() => found.exchanges.length === 1);
    await elapse(found, 290 * SECOND);
    await found.exchanges[0]?.answer(200, completion('slow'));
    expect((await answer).choices[0]?.message.content).toBe('slow');
  });

  it('is waited out for a provider of the user’s own', async () => {
    const provider = scriptedProvider('own', [{ text: 'slow', delayMs: 290 * SECOND }]);
    const { gateway, clock } = await stage({
      providers: { own: { provider } },
      models: { m: ['own/m'] },
      prices: {},
    });
    const answer = ask(gateway, 'm', { timeout: 300 * SECOND });
    await clock.elapse(290 * SECOND);
    expect((await answer).choices[0]?.message.content).toBe('slow');
    expect(provider.calls).toHaveLength(1);
  });

  it('ends the call, once, and the input is charged', async () => {
    const found = await waiting();
    const failure = failureOf(ask(found.gateway, 'pair', { timeout: 90 * SECOND }));
    await until(() => found.exchanges.length === 1);
    await elapse(found, 90 * SECOND);
    const error = await failure;
    expect(error).toBeInstanceOf(APIConnectionTimeoutError);
    expect(error).toMatchObject({ code: 'deadline_exceeded' });
    expect(routeOf(error)).toMatchObject({ usage: { inputTokens: INPUT, outputTokens: 0 }, usageSource: 'estimated' });
    expect(found.exchanges).toHaveLength(1);
    expect(await found.budget()).toMatchObject({ spent: { requests: 1, tokens: INPUT, usd: 0.000_006 }, reserved: NOTHING });
  });

  it('leaves the limit on the first token of a stream as it is', async () => {
    const found = await waiting((exchange) => {
      if (pathOf(exchange) === 'one') return undefined;
      return exchange.sseHead().then(() => exchange.sse(chunk({ content: 'quick' })));
    });
    const opening = found.gateway.chat.completions.create({ model: 'pair', messages, stream: true }, { timeout: 300 * SECOND });
    await until(() => found.exchanges.length === 1);
    await elapse(found, 60 * SECOND);
    const stream = await opening;
    for await (const _ of stream) break;
    expect(routeOf(stream)).toMatchObject({ deployment: 'two/m', attempts: [{ failure: { kind: 'timeout' } }, {}] });
  });
});

describe('a time that runs out at a provider that has the request', () => {
  it('costs the input at each attempt: no first byte of a whole answer', async () => {
    const found = await waiting();
    const answer = ask(found.gateway, 'pair');
    await until(() => found.exchanges.length === 1);
    await elapse(found, 60 * SECOND);
    await until(() => found.exchanges.length === 2);
    await found.exchanges[1]?.answer(200, completion('second'));
    expect((await answer).choices[0]?.message.content).toBe('second');
    expect(await found.budget()).toMatchObject({
      spent: { requests: 1, tokens: INPUT + 15, usd: 0.000_026 },
      reserved: NOTHING,
    });
    expect(await found.gateway.control.usage({ by: 'deployment' })).toMatchObject([
      { deployment: 'one/m', requests: 1, failures: 1, inputTokens: INPUT, costUsd: 0.000_006 },
      { deployment: 'two/m', requests: 1, failures: 0 },
    ]);
  });

  it.each([
    [
      'in the middle of a whole body',
      (exchange: FaultExchange) => exchange.head(200, HEAD).then(() => exchange.chunk('{"id":')),
      false,
    ],
    ['after the head of a stream', (exchange: FaultExchange) => exchange.sseHead(), true],
    ['before the head of a stream', () => {}, true],
  ] as const)('costs the input: %s', async (_where, begin, stream) => {
    const found = await waiting(begin, { retry: { maxAttempts: 1 } });
    const failure = failureOf(found.gateway.chat.completions.create({ model: 'm', messages, stream }));
    await until(() => found.exchanges.length === 1);
    await elapse(found, 60 * SECOND);
    expect(await failure).toMatchObject({ code: 'failover_exhausted' });
    expect(await found.budget()).toMatchObject({ spent: { requests: 1, tokens: INPUT, usd: 0.000_006 }, reserved: NOTHING });
  });

  it('costs nothing where the provider itself says that it had no time', async () => {
    const { gateway, budget } = await stage({ budgets: [...budgets], retry: { maxAttempts: 1 } }, (exchange) =>
      exchange.answer(504, { error: { message: 'took too long' } }),
    );
    expect(await failureOf(ask(gateway, 'm'))).toMatchObject({ status: 504 });
    expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 0, usd: 0 }, reserved: NOTHING });
  });

  it('is charged in the budgets of the provider too', async () => {
    const ofProvider = { name: 'p', each: ['provider'], limit: { requests: 10, usd: 1 }, window: 'month' } as const;
    const found = await waiting(() => {}, { budgets: [...budgets, ofProvider], retry: { maxAttempts: 1 } });
    const failure = failureOf(ask(found.gateway, 'm'));
    await until(() => found.exchanges.length === 1);
    await elapse(found, 60 * SECOND);
    await failure;
    expect(await found.budget('p')).toMatchObject({ spent: { requests: 1, usd: 0.000_006 }, reserved: { requests: 0, usd: 0 } });
  });
});
