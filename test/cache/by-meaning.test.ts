import { type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { eventsOf, stage } from '../budgets/stage.ts';
import { bodyOf, failureOf, until } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { trigramVector } from './question-pairs.ts';

const MODELS = { m: ['one/m'], embed: ['one/embed'] };
const PRICES = { 'one/m': { input: 1, output: 2 }, 'one/embed': { input: 1, output: 0 } };
const CAPITAL = 'What is the capital of France?';
const SAME = "what's the capital of france";

/** An upstream that makes embeddings, or has `embed` answer them, and answers chats by number, or always with `says`. */
function vendor(embed?: (exchange: FaultExchange) => unknown, says?: string) {
  let answers = 0;
  return (exchange: FaultExchange): unknown => {
    const { input, stream } = bodyOf(exchange);
    if (exchange.request.path.endsWith('/embeddings')) return embed ? embed(exchange) : embedding(exchange, String(input));
    answers += 1;
    return stream
      ? streamText(exchange, 'answer ', String(answers))
      : exchange.answer(200, completion(says ?? `answer ${answers}`));
  };
}

function embedding(exchange: FaultExchange, input: string) {
  const data = [{ object: 'embedding', index: 0, embedding: [...trigramVector(input)] }];
  return exchange.answer(200, { object: 'list', data, model: 'embed', usage: { prompt_tokens: 8, total_tokens: 8 } });
}

async function opened(config: Partial<GatewayConfig> = {}, embed?: (exchange: FaultExchange) => unknown, threshold = 0.5) {
  const cache = { ttl: '1h', mode: 'semantic', semantic: { model: 'embed', threshold } } as const;
  const built = await stage({ models: MODELS, prices: PRICES, cache, ...config }, vendor(embed));
  const { completions } = built.gateway.for({ team: 'search' }).chat;
  const ask = (content: string, more: object = {}) =>
    completions.create({ model: 'm', messages: [{ role: 'user', content }], ...more, stream: false });
  const asked = () => built.sent().filter(({ messages }) => messages !== undefined).length;
  const embedded = () => built.sent().filter(({ input }) => input !== undefined).length;
  return { ...built, completions, ask, asked, embedded };
}

describe('a question that means the same, over the line', () => {
  it('has the answer of the first, whole or as a stream, and says how close it was', async () => {
    const { ask, asked, completions } = await opened();
    const first = await ask(CAPITAL);
    const whole = await ask(SAME);
    expect(whole.choices).toEqual(first.choices);
    expect(routeOf(first)?.cache).toEqual({ hit: false });
    expect(routeOf(whole)?.cache).toMatchObject({ hit: true, savedUsd: routeOf(first)?.costUsd });
    expect(routeOf(whole)?.cache?.similarity).toBeGreaterThan(0.5);
    const runner = completions.stream({ model: 'm', messages: [{ role: 'user', content: `Please: ${SAME}?` }] });
    expect((await runner.finalChatCompletion()).choices[0]?.message.content).toBe('answer 1');
    expect(asked()).toBe(1);
  });

  it('says how close it was to everyone who waited for the answer', async () => {
    const held: (() => void)[] = [];
    const { ask, gateway, asked } = await opened({}, async (exchange) => {
      const input = String(bodyOf(exchange).input);
      if (input === SAME) await new Promise<void>((resolve) => held.push(resolve));
      await embedding(exchange, input);
    });
    await ask(CAPITAL);
    const starts = eventsOf(gateway, 'request.start');
    const both = [ask(SAME), ask(SAME)];
    await until(() => held.length === 1 && starts.filter(({ model }) => model === 'm').length === 2);
    held[0]?.();
    const [leader, follower] = (await Promise.all(both)).map((answer) => routeOf(answer)?.cache);
    expect(leader?.similarity).toBeGreaterThan(0.5);
    expect(follower).toMatchObject({ hit: true, similarity: leader?.similarity });
    expect(asked()).toBe(1);
  });

  it('has the answer of one that was streamed', async () => {
    const { ask, asked, completions } = await opened();
    for await (const _ of await completions.create({
      model: 'm',
      messages: [{ role: 'user', content: CAPITAL }],
      stream: true,
    }));
    expect((await ask(SAME)).choices[0]?.message.content).toBe('answer 1');
    expect(asked()).toBe(1);
  });

  it.each([
    ['another number', 'What is 5% of 200?', 'What is 6% of 200?'],
    ['a negation', 'Which fruits are allowed?', 'Which fruits are not allowed?'],
    ['another name', CAPITAL, 'What is the capital of Spain?'],
  ])('is not given that of %s', async (_what, one, other) => {
    const { ask, asked } = await opened({}, undefined, 0.1);
    await ask(one);
    expect(routeOf(await ask(other))?.cache).toEqual({ hit: false });
    expect(asked()).toBe(2);
  });

  it.each([
    ['with tools', { tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] }],
    [
      'after other turns',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
          { role: 'user', content: CAPITAL },
        ],
      },
    ],
  ])('is not looked for %s', async (_what, more) => {
    const { ask, asked, embedded } = await opened();
    await ask(CAPITAL);
    await ask(SAME, more);
    expect([asked(), embedded()]).toEqual([2, 1]);
  });

  it('costs its embedding, charged to the caller, and no other: a hit saves the rest', async () => {
    const budgets = [{ name: 'all', limit: { usd: 1 }, window: 'day' }] as const;
    const { ask, budget } = await opened({ budgets: [...budgets] });
    await ask(CAPITAL);
    const before = (await budget()).spent.usd;
    await ask(SAME);
    expect((await budget()).spent.usd).toBeCloseTo((before ?? 0) + 0.000_008, 12);
  });

  it.each([
    ['down', (exchange: FaultExchange) => exchange.answer(500, { error: { message: 'down', type: 'server_error' } })],
    ['gone', (exchange: FaultExchange) => exchange.reset()],
    ['of another mind', (exchange: FaultExchange) => exchange.answer(200, { object: 'list', data: [{ embedding: 'AAAA' }] })],
  ])('is a miss and no error, if the provider of embeddings is %s', async (_what, embed) => {
    const { ask, asked } = await opened({ retry: { maxAttempts: 1 } }, embed);
    expect((await ask(CAPITAL)).choices[0]?.message.content).toBe('answer 1');
    expect(routeOf(await ask(SAME))?.cache).toEqual({ hit: false });
    expect(asked()).toBe(2);
  });

  it('is a miss and no error, if its embedding is over a budget', async () => {
    const budgets = [{ name: 'embeddings', limit: { requests: 0 }, window: 'day', match: { model: 'embed' } }] as const;
    const { ask, asked, embedded } = await opened({ budgets: [...budgets] as unknown as GatewayConfig['budgets'] });
    await ask(CAPITAL);
    expect(routeOf(await ask(SAME))?.cache).toEqual({ hit: false });
    expect([asked(), embedded()]).toEqual([2, 0]);
  });

  it('ends at its deadline, and when it is aborted, while the embedding is under way', async () => {
    let waiting = 0;
    const { completions, clock, gateway, asked } = await opened({}, () => {
      waiting += 1;
    });
    const ends = eventsOf(gateway, 'request.end');
    const params = { model: 'm', messages: [{ role: 'user' as const, content: CAPITAL }] };
    const late = failureOf(completions.create(params, { timeout: 1_000 }));
    await until(() => waiting === 1);
    clock.advance(1_000);
    expect(await late).toMatchObject({ code: 'deadline_exceeded' });
    const controller = new AbortController();
    const left = failureOf(completions.create({ ...params, seed: 1 }, { signal: controller.signal }));
    await until(() => waiting === 2);
    controller.abort();
    expect(await left).toMatchObject({ name: 'Error', message: expect.stringContaining('abort') });
    await until(() => ends.length === 4);
    expect(asked()).toBe(0);
  });

  it('learns from answers how near is near enough, and says meanwhile how near it was', async () => {
    const cache = { ttl: '1h', mode: 'semantic', semantic: { model: 'embed', maxErrorRate: 0.05 } } as const;
    const { gateway, sent } = await stage({ models: MODELS, cache, random: () => 0 }, vendor(undefined, 'Paris'));
    const { completions } = gateway.for({ team: 'search' }).chat;
    const ask = (content: string) => completions.create({ model: 'm', messages: [{ role: 'user', content }] });
    const same = ['of France?', 'of france', 'of france!', 'of FRANCE?', 'of france??', 'of France', 'of  France', 'of France ?'];
    const routes = [];
    for (const end of same) routes.push(routeOf(await ask(`What is the capital ${end}`))?.cache);
    expect(routes[0]).toEqual({ hit: false });
    expect(routes[1]).toMatchObject({ hit: false, similarity: expect.any(Number) });
    expect(routes.map((use) => use?.hit)).toEqual([false, false, false, false, false, false, false, true]);
    expect(routes.at(-1)?.similarity).toBeGreaterThan(0.9);
    expect(sent().filter((body) => body.messages !== undefined)).toHaveLength(7);
  });
});
