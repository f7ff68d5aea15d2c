import { type Caller, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { eventsOf, PRICES, stage } from '../budgets/stage.ts';
import { failureOf, messages, providersAt, until } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const CACHE = { ttl: '1h' } as const;
const BUDGET = { name: 'all', limit: { usd: 1, requests: 100, tokens: 100_000 }, window: 'day' } as const;
const PARAMS = { model: 'm', messages };

/** An upstream that numbers its answers and lets each go when it is told. */
function held() {
  const waiting: (() => void)[] = [];
  let count = 0;
  const script = async (exchange: FaultExchange) => {
    count += 1;
    const text = `answer ${count}`;
    await new Promise<void>((resolve) => waiting.push(resolve));
    await exchange.answer(200, completion(text));
  };
  return { waiting, script };
}

function numbered() {
  let count = 0;
  return (exchange: FaultExchange) => {
    count += 1;
    return exchange.answer(200, completion(`answer ${count}`));
  };
}

describe('a call that was asked before', () => {
  it('is answered without a provider, and costs no budget anything', async () => {
    const { gateway, sent, budget } = await stage({ cache: CACHE, budgets: [BUDGET] }, numbered());
    const ends = eventsOf(gateway, 'request.end');
    const team = gateway.for({ team: 'search' });
    const first = await team.chat.completions.create(PARAMS);
    const before = await budget();
    const second = await team.chat.completions.create(PARAMS);
    expect(second).toEqual(first);
    expect(sent()).toHaveLength(1);
    expect(await budget()).toEqual(before);
    expect(routeOf(first)?.cache).toEqual({ hit: false });
    expect(routeOf(second)).toMatchObject({
      cache: { hit: true, savedUsd: routeOf(first)?.costUsd },
      attempts: [],
      costUsd: 0,
      usage: { inputTokens: 0, outputTokens: 0 },
      deployment: 'one/m',
    });
    await until(() => ends.length === 2);
    expect(ends.map(({ cache, outcome, attempts }) => [cache, outcome, attempts])).toEqual([
      ['miss', 'success', 1],
      ['hit', 'success', 0],
    ]);
  });

  it('is not shared with another team, nor with callers of whom nothing is known', async () => {
    const { gateway, sent } = await stage({ cache: CACHE });
    await gateway.for({ team: 'search' }).chat.completions.create(PARAMS);
    await gateway.for({ team: 'ads' }).chat.completions.create(PARAMS);
    const unknown = await gateway.chat.completions.create(PARAMS);
    await gateway.chat.completions.create(PARAMS);
    expect(sent()).toHaveLength(4);
    expect(routeOf(unknown)?.cache).toBeUndefined();
  });

  it('is not given to a caller that may not use its deployment, and is to others whom the same is forbidden', async () => {
    const access = { rules: [{ match: { region: 'eu' }, deny: ['one/*'] }] };
    const { gateway, sent } = await stage({ cache: { ...CACHE, scope: 'shared' }, access });
    const answered = async (caller: Caller, model = 'pair', more: object = {}) => {
      const answer = await gateway.for(caller).chat.completions.create({ ...PARAMS, model, ...more });
      return [routeOf(answer)?.deployment, routeOf(answer)?.cache?.hit];
    };
    expect(await answered({ region: 'us' })).toEqual(['one/m', false]);
    expect(await answered({ region: 'eu', user: 'a' })).toEqual(['two/m', false]);
    expect(await answered({ region: 'eu', user: 'b' })).toEqual(['two/m', true]);
    expect(await answered({ region: 'us' })).toEqual(['one/m', true]);
    // Nor is one of a model that the vendor may go on to by itself.
    const more = { models: ['cheap'] };
    expect(await answered({ region: 'us' }, 'm', more)).toEqual(['one/m', false]);
    expect(await failureOf(answered({ region: 'eu' }, 'm', more))).toMatchObject({ status: 403 });
    expect(sent()).toHaveLength(3);
  });

  it('is asked anew, kept for less time, or not kept, if the call says so', async () => {
    const { gateway, sent, clock } = await stage({ cache: CACHE }, numbered());
    const { completions } = gateway.for({ team: 'search' }).chat;
    const textOf = async (options?: { cache?: false | { refresh?: boolean; ttl?: string } }) =>
      (await completions.create(PARAMS, options)).choices[0]?.message.content;
    expect(await textOf({ cache: false })).toBe('answer 1');
    expect(await textOf()).toBe('answer 2');
    expect(await textOf({ cache: false })).toBe('answer 3');
    expect(await textOf()).toBe('answer 2');
    expect(await textOf({ cache: { refresh: true, ttl: '1m' } })).toBe('answer 4');
    expect(await textOf()).toBe('answer 4');
    clock.advance(61_000);
    expect(await textOf()).toBe('answer 5');
    expect(sent()).toHaveLength(5);
    expect(await failureOf(textOf({ cache: { ttl: 'soon' } }))).toMatchObject({ status: 400, code: 'invalid_params' });
  });

  it('is marked over HTTP, where its own header and Cache-Control are heeded and go no further', async () => {
    const { gateway, server } = await stage({ cache: { ...CACHE, scope: 'shared' } }, numbered());
    const post = async (headers: Record<string, string> = {}) => {
      const body = JSON.stringify(PARAMS);
      const response = await gateway.handler('http://gateway/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      return [response.headers.get('x-tollgate-cache'), await response.text()] as const;
    };
    const [first, text] = await post();
    expect(first).toBe('miss');
    expect(await post()).toEqual(['hit', text]);
    expect((await post({ 'cache-control': 'no-store' }))[0]).toBeNull();
    expect((await post({ 'x-tollgate-cache': 'off' }))[0]).toBeNull();
    expect((await post({ 'cache-control': 'no-cache' }))[0]).toBe('miss');
    const names = server.requests.flatMap(({ headers }) => Object.keys(headers));
    expect(names).not.toContain('cache-control');
    expect(names).not.toContain('x-tollgate-cache');
  });
});

describe('the forms of an answer', () => {
  it('a whole answer is replayed as the stream of the helper, with its usage', async () => {
    const { gateway, sent } = await stage({ cache: CACHE }, numbered());
    const { completions } = gateway.for({ team: 'search' }).chat;
    const whole = await completions.create(PARAMS);
    const runner = completions.stream({ ...PARAMS, stream_options: { include_usage: true } });
    const streamed = await runner.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe('answer 1');
    expect(streamed.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason);
    expect(streamed.usage).toMatchObject({ prompt_tokens: whole.usage?.prompt_tokens });
    expect(sent()).toHaveLength(1);
  });

  it('a stream that was read to its end is kept as a whole answer, whatever its reader did to the chunks', async () => {
    const { gateway, sent } = await stage({ cache: CACHE }, streaming);
    const { completions } = gateway.for({ team: 'search' }).chat;
    for await (const chunk of await completions.create({ ...PARAMS, stream: true })) {
      const [choice] = chunk.choices;
      if (choice) choice.delta.content = 'changed';
    }
    const whole = await completions.create(PARAMS);
    expect(whole.choices[0]?.message).toMatchObject({ role: 'assistant', content: 'Hello there' });
    expect(routeOf(whole)?.cache?.hit).toBe(true);
    expect(sent()).toHaveLength(1);
  });

  it('a stream whose reader left is not kept', async () => {
    const { gateway, sent } = await stage({ cache: CACHE }, streaming);
    const { completions } = gateway.for({ team: 'search' }).chat;
    for await (const _ of await completions.create({ ...PARAMS, stream: true })) break;
    await completions.create({ ...PARAMS, stream: true }).then((stream) => stream.controller.abort());
    expect(sent()).toHaveLength(2);
  });

  it('a replayed stream ends its call once, as aborted if it is dropped', async () => {
    const { gateway } = await stage({ cache: CACHE }, numbered());
    const { completions } = gateway.for({ team: 'search' }).chat;
    await completions.create(PARAMS);
    const ends = eventsOf(gateway, 'request.end');
    const controller = new AbortController();
    const stream = await completions.create({ ...PARAMS, stream: true }, { signal: controller.signal });
    controller.abort();
    await failureOf(stream[Symbol.asyncIterator]().next());
    for await (const _ of await completions.create({ ...PARAMS, stream: true }));
    await until(() => ends.length === 2);
    expect(ends.map(({ outcome, cache }) => [outcome, cache])).toEqual([
      ['aborted', 'hit'],
      ['success', 'hit'],
    ]);
  });
});

describe('a replayed stream that nobody reads', () => {
  it('is dropped after as long as any other, and whoever reads then is told', async () => {
    const { gateway, clock } = await stage({ cache: CACHE }, numbered());
    const { completions } = gateway.for({ team: 'search' }).chat;
    await completions.create(PARAMS);
    const ends = eventsOf(gateway, 'request.end');
    const timeout = 1_000_000;
    const stream = await completions.create({ ...PARAMS, stream: true }, { timeout });
    clock.advance(299_999);
    expect(ends).toEqual([]);
    clock.advance(1);
    await until(() => ends.length === 1);
    expect(ends).toMatchObject([{ outcome: 'aborted', cache: 'hit', error: { code: 'stream_unread' } }]);
    expect(await failureOf(stream[Symbol.asyncIterator]().next())).toMatchObject({ code: 'stream_unread' });
  });

  it('is not, if its reader is merely slow, and leaves no timer behind', async () => {
    const { gateway, clock } = await stage({ cache: CACHE }, numbered());
    const { completions } = gateway.for({ team: 'search' }).chat;
    await completions.create(PARAMS);
    const { pending } = clock;
    const stream = await completions.create({ ...PARAMS, stream: true }, { timeout: 10_000_000 });
    const items = stream[Symbol.asyncIterator]();
    let last = await items.next();
    for (; !last.done; last = await items.next()) clock.advance(299_999);
    expect(last.done).toBe(true);
    expect(clock.pending).toBe(pending);
  });
});

describe('the same call at the same time', () => {
  it('is asked once', async () => {
    const { waiting, script } = held();
    const { gateway, sent } = await stage({ cache: CACHE }, script);
    const { completions } = gateway.for({ team: 'search' }).chat;
    const calls = [1, 2, 3].map(() => completions.create(PARAMS));
    const all = Promise.all(calls);
    await until(() => waiting.length === 1);
    waiting[0]?.();
    expect((await all).map((answer) => answer.choices[0]?.message.content)).toEqual(['answer 1', 'answer 1', 'answer 1']);
    expect(sent()).toHaveLength(1);
  });

  it('goes on if the first is aborted, and each can leave by itself', async () => {
    const { waiting, script } = held();
    const { gateway, sent } = await stage({ cache: CACHE, budgets: [BUDGET] }, script);
    const { completions } = gateway.for({ team: 'search' }).chat;
    const [leader, left] = [new AbortController(), new AbortController()];
    const first = failureOf(completions.create(PARAMS, { signal: leader.signal }));
    await until(() => waiting.length === 1);
    const second = failureOf(completions.create(PARAMS, { signal: left.signal }));
    const third = completions.create(PARAMS);
    const text = third.then((answer) => answer.choices[0]?.message.content);
    left.abort();
    await second;
    leader.abort();
    await first;
    await until(() => waiting.length === 2);
    waiting[1]?.();
    expect(await text).toBe('answer 2');
    expect(sent()).toHaveLength(2);
  });

  it('goes on if the first fails', async () => {
    let count = 0;
    const { gateway } = await stage({ cache: CACHE }, (exchange) => {
      count += 1;
      if (count === 1) return exchange.answer(400, { error: { message: 'no', type: 'invalid_request_error' } });
      return exchange.answer(200, completion('yes'));
    });
    const { completions } = gateway.for({ team: 'search' }).chat;
    const settled = await Promise.allSettled([
      completions.create(PARAMS),
      completions.create(PARAMS),
      completions.create(PARAMS),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(count).toBe(2);
  });
});

describe('stores and configurations', () => {
  it('a store that never settles costs its time limit and no call', async () => {
    const store = { get: () => new Promise(() => {}), set: () => new Promise(() => {}) };
    const { gateway, clock, sent } = await stage({ cache: { ...CACHE, store, storeTimeoutMs: 50 } });
    const troubles = eventsOf(gateway, 'store.fail');
    let isDone = false;
    const call = gateway
      .for({ team: 'search' })
      .chat.completions.create(PARAMS)
      .then((answer) => {
        isDone = true;
        return answer;
      });
    await until(() => {
      clock.advance(10);
      return isDone;
    });
    expect((await call).choices).toHaveLength(1);
    expect(sent()).toHaveLength(1);
    expect(troubles[0]).toMatchObject({ operation: 'cache.get', error: { code: 'cache_store_failed' } });
  });

  it('an update turns it on and off', async () => {
    const { gateway, server, sent } = await stage({});
    const base = { providers: providersAt(server, 'one', 'two'), models: { m: ['one/m'] }, prices: PRICES };
    const team = gateway.for({ team: 'search' });
    const ask = async () => routeOf(await team.chat.completions.create(PARAMS))?.cache?.hit;
    expect(await ask()).toBeUndefined();
    gateway.control.update({ ...base, cache: CACHE });
    expect([await ask(), await ask()]).toEqual([false, true]);
    gateway.control.update(base);
    expect(await ask()).toBeUndefined();
    expect(sent()).toHaveLength(3);
  });
});

function streaming(exchange: FaultExchange): unknown {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({
      id: 'c1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: finish }],
    })}\n\n`;
  const usage = `data: ${JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  })}\n\n`;
  return exchange.answer(
    200,
    `${chunk({ role: 'assistant', content: 'Hello' })}${chunk({ content: ' there' })}${chunk({}, 'stop')}${usage}data: [DONE]\n\n`,
    { 'content-type': 'text/event-stream' },
  );
}
