import { routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { eventsOf, stage } from '../budgets/stage.ts';
import { bodyOf, failureOf, messages, until } from '../public/harness.ts';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const PARAMS = { model: 'm', messages };
const CACHE = { ttl: '1h', scope: 'shared' } as const;

/** An upstream whose answers, numbered, wait until each is told how to go. */
function held() {
  const open: ((end?: 'answer' | 'fail' | 'break') => void)[] = [];
  const script = async (exchange: FaultExchange): Promise<void> => {
    const text = `answer ${open.length + 1}`;
    const streams = bodyOf(exchange).stream === true;
    if (streams) {
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: 'an' }));
    }
    const end = await new Promise<string>((resolve) => open.push((how = 'answer') => resolve(how)));
    if (end === 'break') return exchange.reset();
    if (end === 'fail') return exchange.answer(400, { error: { message: 'no', type: 'invalid_request_error' } });
    if (!streams) return exchange.answer(200, completion(text));
    await exchange.sse(chunk({ content: text.slice(2) }), chunk({}, 'stop'), usageChunk(), '[DONE]');
    await exchange.lastChunk();
  };
  return { open, script };
}

async function flight(config: Parameters<typeof stage>[0] = {}) {
  const { open, script } = held();
  const staged = await stage({ cache: CACHE, retry: { maxAttempts: 1 }, ...config }, script);
  const { gateway } = staged;
  const whole = async (team: string, signal?: AbortSignal) => {
    const answer = await gateway.for({ team }).chat.completions.create(PARAMS, { signal });
    return [answer.choices[0]?.message.content, routeOf(answer)?.cache?.hit];
  };
  const streamed = async (team: string) => {
    const stream = await gateway.for({ team }).chat.completions.create({ ...PARAMS, stream: true });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    return [text, routeOf(stream)?.cache?.hit];
  };
  return { ...staged, open, whole, streamed };
}

/** Waits until as many calls have come into the line. */
async function underWay<T>(starts: readonly unknown[], count: number, calls: T): Promise<T> {
  await until(() => starts.length === count);
  return calls;
}

describe('calls that are the same and under way at the same time', () => {
  it('a whole leader answers whole and streamed followers', async () => {
    const { gateway, open, whole, streamed, sent } = await flight();
    const starts = eventsOf(gateway, 'request.start');
    const leader = whole('a');
    await until(() => open.length === 1);
    const { followers } = await underWay(starts, 3, { followers: Promise.all([whole('b'), streamed('c')]) });
    open[0]?.();
    expect(await leader).toEqual(['answer 1', false]);
    expect(await followers).toEqual([
      ['answer 1', true],
      ['answer 1', true],
    ]);
    expect(sent()).toHaveLength(1);
  });

  it('nobody joins a stream that has begun; the next call finds what it came to', async () => {
    const { gateway, open, whole, streamed, sent } = await flight();
    const begun = eventsOf(gateway, 'stream.commit');
    const leader = streamed('a');
    await until(() => open.length === 1 && begun.length === 1);
    const other = whole('b');
    await until(() => open.length === 2);
    open[1]?.();
    open[0]?.();
    expect(await leader).toEqual(['answer 1', false]);
    expect(await other).toEqual(['answer 2', false]);
    expect((await whole('c'))[1]).toBe(true);
    expect(sent()).toHaveLength(2);
  });

  it('a leader that is aborted hands the lead on, and those who waited get the next answer', async () => {
    const { open, whole, sent } = await flight();
    const abort = new AbortController();
    const leader = failureOf(whole('a', abort.signal));
    await until(() => open.length === 1);
    const followers = Promise.all([whole('b'), whole('c')]);
    abort.abort();
    expect(await leader).toMatchObject({ code: 'aborted' });
    await until(() => open.length === 2);
    open[1]?.();
    expect((await followers).map(([text]) => text)).toEqual(['answer 2', 'answer 2']);
    expect(sent()).toHaveLength(2);
  });

  it('a leader that fails has its error alone; one that fails again leaves all to themselves', async () => {
    const { gateway, open, whole, sent } = await flight();
    const starts = eventsOf(gateway, 'request.start');
    const leader = failureOf(whole('a'));
    await until(() => open.length === 1);
    const { followers } = await underWay(starts, 4, { followers: Promise.allSettled([whole('b'), whole('c'), whole('d')]) });
    open[0]?.('fail');
    expect(await leader).toMatchObject({ status: 400 });
    await until(() => open.length === 2);
    open[1]?.('fail');
    await until(() => open.length === 4);
    open[2]?.();
    open[3]?.();
    expect((await followers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(sent()).toHaveLength(4);
  });

  it('a leader whose stream breaks before anybody has seen of it, or after, is not kept', async () => {
    const { open, whole, streamed, sent } = await flight();
    const leader = failureOf(streamed('a'));
    await until(() => open.length === 1);
    open[0]?.('break');
    await leader;
    const next = whole('b');
    await until(() => open.length === 2);
    open[1]?.();
    expect(await next).toEqual(['answer 2', false]);
    expect(sent()).toHaveLength(2);
  });

  it('a follower that is aborted leaves by itself', async () => {
    const { gateway, open, whole, sent } = await flight();
    const starts = eventsOf(gateway, 'request.start');
    const ends = eventsOf(gateway, 'request.end');
    const leader = whole('a');
    await until(() => open.length === 1);
    const abort = new AbortController();
    const { follower } = await underWay(starts, 2, { follower: failureOf(whole('b', abort.signal)) });
    abort.abort();
    await follower;
    expect(ends.map(({ caller, outcome }) => [caller.team, outcome])).toEqual([['b', 'aborted']]);
    open[0]?.();
    expect(await leader).toEqual(['answer 1', false]);
    expect(sent()).toHaveLength(1);
  });

  it('a follower whose deadline comes is told so, and the leader goes on', async () => {
    const { gateway, open, whole, clock } = await flight();
    const starts = eventsOf(gateway, 'request.start');
    const leader = whole('a');
    await until(() => open.length === 1);
    const { follower } = await underWay(starts, 2, {
      follower: failureOf(gateway.for({ team: 'b' }).chat.completions.create(PARAMS, { timeout: 50 })),
    });
    clock.advance(60);
    expect(await follower).toMatchObject({ code: 'deadline_exceeded' });
    open[0]?.();
    expect(await leader).toEqual(['answer 1', false]);
  });

  it('a follower’s own guard blocks the answer for it alone', async () => {
    const guard = { name: 'own', on: 'output', mode: 'block', use: 'pattern', deny: 'answer', match: { team: 'b' } } as const;
    const { gateway, open, whole, sent } = await flight({ guards: [guard] });
    const starts = eventsOf(gateway, 'request.start');
    const leader = whole('a');
    await until(() => open.length === 1);
    const { followers } = await underWay(starts, 3, { followers: [failureOf(whole('b')), whole('c')] as const });
    open[0]?.();
    expect(await leader).toEqual(['answer 1', false]);
    expect(await followers[0]).toMatchObject({ code: 'content_blocked' });
    expect(await followers[1]).toEqual(['answer 1', true]);
    expect(sent()).toHaveLength(1);
  });

  it('a leader whose own guard blocks the answer leaves the others to themselves', async () => {
    const guard = { name: 'own', on: 'output', mode: 'block', use: 'pattern', deny: 'answer', match: { team: 'a' } } as const;
    const { gateway, open, whole } = await flight({ guards: [guard] });
    const starts = eventsOf(gateway, 'request.start');
    const leader = failureOf(whole('a'));
    await until(() => open.length === 1);
    const { followers } = await underWay(starts, 3, { followers: Promise.all([whole('b'), whole('c')]) });
    open[0]?.();
    expect(await leader).toMatchObject({ code: 'content_blocked' });
    await until(() => open.length === 3);
    open[1]?.();
    open[2]?.();
    expect((await followers).map(([, hit]) => hit)).toEqual([false, false]);
  });

  it('a follower whose budget is spent costs it nothing; one that has to lead is refused, and the next leads', async () => {
    const budgets = [{ name: 'poor', limit: { requests: 0 }, window: 'day', match: { team: 'b' } }] as const;
    const { gateway, open, whole, sent } = await flight({ budgets });
    const starts = eventsOf(gateway, 'request.start');
    const leader = whole('a');
    await until(() => open.length === 1);
    const { follower } = await underWay(starts, 2, { follower: whole('b') });
    open[0]?.();
    expect(await leader).toEqual(['answer 1', false]);
    expect(await follower).toEqual(['answer 1', true]);
    expect(sent()).toHaveLength(1);
  });

  it('one that would lead and is refused by its budget hands the lead on', async () => {
    const budgets = [{ name: 'poor', limit: { usd: 0.000_000_001 }, window: 'day', match: { team: 'b' } }] as const;
    const { gateway, open, whole, sent } = await flight({ budgets });
    const starts = eventsOf(gateway, 'request.start');
    const abort = new AbortController();
    const leader = failureOf(whole('a', abort.signal));
    await until(() => open.length === 1);
    const { followers } = await underWay(starts, 3, { followers: [failureOf(whole('b')), whole('c')] as const });
    abort.abort();
    await leader;
    expect(await followers[0]).toMatchObject({ code: 'budget_exceeded' });
    await until(() => open.length === 2);
    open[1]?.();
    expect(await followers[1]).toEqual(['answer 2', false]);
    expect(sent()).toHaveLength(2);
  });

  it('what was found for them in a store is not given to one that it is too old for', async () => {
    const kept = new Map<string, unknown>();
    const asked: (() => void)[] = [];
    const store = {
      get: (key: string) => new Promise((resolve) => asked.push(() => resolve(kept.get(key)))),
      set: (key: string, value: unknown) => void kept.set(key, value),
    };
    const { gateway, clock, sent } = await stage({ cache: { ...CACHE, store, storeTimeoutMs: 60_000 } });
    const starts = eventsOf(gateway, 'request.start');
    const post = async (headers: Record<string, string> = {}) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(PARAMS) };
      return (await gateway.handler('http://gateway/v1/chat/completions', init)).headers.get('x-tollgate-cache');
    };
    const first = post();
    await until(() => asked.length === 1);
    asked[0]?.();
    expect(await first).toBe('miss');
    await until(() => kept.size === 1);
    clock.advance(20_000);
    const leader = post();
    await until(() => asked.length === 2);
    const { followers } = await underWay(starts, 4, {
      followers: Promise.all([post({ 'cache-control': 'max-age=5' }), post({ 'cache-control': 'max-age=30' })]),
    });
    asked[1]?.();
    expect([await leader, ...(await followers)]).toEqual(['hit', 'miss', 'hit']);
    expect(sent()).toHaveLength(2);
  });
});
