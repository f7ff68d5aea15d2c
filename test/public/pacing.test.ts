import { AsyncLocalStorage } from 'node:async_hooks';
import OpenAI from 'openai';
import { type EventMap, type Gateway, type GatewayConfig, RateLimitedError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';
import { ask, failureOf, gatewayOf, messages, type RecordingProvider, recordingProvider, until } from './harness.ts';

/** A provider whose answers a test lets go one by one, in the order the requests came. */
function held(name = 'one') {
  const waiting: ((text: string) => void)[] = [];
  const provider = recordingProvider(name, () => new Promise((resolve) => waiting.push((text) => resolve(completion(text)))));
  const letGo = async () => {
    await until(() => waiting.length > 0);
    waiting.shift()?.('done');
  };
  return { provider, letGo };
}

type Limits = Partial<Exclude<Extract<NonNullable<GatewayConfig['models']>[string], readonly unknown[]>[number], string>>;

function paced(provider: RecordingProvider, limits: Limits, more: Partial<GatewayConfig> = {}): Gateway {
  return gatewayOf({
    providers: { one: { provider } },
    models: { fast: [{ provider: 'one', model: 'm', ...limits }] },
    ...more,
  });
}

const namesOf = (provider: RecordingProvider) => provider.requests.map(({ params }) => params.user);

describe('a deployment with maxConcurrent', () => {
  it('lets waiting calls in by priority, of the call before that of the caller', async () => {
    const { provider, letGo } = held();
    const gateway = paced(provider, { maxConcurrent: 1 });
    const calls = [
      ask(gateway, 'fast', { user: 'first' }),
      ask(gateway.for({ priority: 'low' }), 'fast', { user: 'low' }),
      ask(gateway, 'fast', { user: 'normal' }),
      ask(gateway.for({ priority: 'high' }), 'fast', { user: 'high' }),
      gateway
        .for({ priority: 'low' })
        .chat.completions.create({ model: 'fast', messages, user: 'raised' }, { headers: { 'x-tollgate-priority': 'high' } }),
    ];
    await settlePromises();
    for (let turn = 0; turn < calls.length; turn += 1) await letGo();
    await Promise.all(calls);
    expect(namesOf(provider)).toEqual(['first', 'high', 'raised', 'normal', 'low']);
  });

  it('lets callers in by turns, so that a burst of one team does not hold up a single call of another', async () => {
    const { provider, letGo } = held();
    const gateway = paced(provider, { maxConcurrent: 1 });
    const burst = Array.from({ length: 20 }, (_, index) => ask(gateway.for({ team: 'loud' }), 'fast', { user: `loud-${index}` }));
    const single = ask(gateway.for({ team: 'quiet' }), 'fast', { user: 'quiet' });
    await settlePromises();
    for (let turn = 0; turn < 21; turn += 1) await letGo();
    await Promise.all([...burst, single]);
    expect(namesOf(provider).indexOf('quiet')).toBeLessThanOrEqual(2);
  });

  it('refuses what does not fit in the queue, with the time to come back', async () => {
    const { provider, letGo } = held();
    const gateway = paced(provider, { maxConcurrent: 1, queue: { size: 1 } });
    const running = ask(gateway, 'fast');
    const waiting = ask(gateway, 'fast');
    await settlePromises();
    const error = await failureOf(ask(gateway, 'fast'));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ status: 429, code: 'rate_limited', retryAfterMs: expect.any(Number) });
    expect((error as RateLimitedError).retryAfterMs).toBeGreaterThan(0);
    const response = await gateway.handler('http://x/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model: 'fast', messages }),
    });
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(response.headers.get('x-should-retry')).toBe('false');
    await letGo();
    await letGo();
    await Promise.all([running, waiting]);
    expect(provider.requests).toHaveLength(2);
  });

  it('goes on to the next deployment where the queue is full', async () => {
    const { provider, letGo } = held();
    const gateway = gatewayOf({
      providers: { one: { provider }, two: { provider: recordingProvider('two') } },
      models: { fast: [{ provider: 'one', model: 'm', maxConcurrent: 1, queue: { size: 0 } }, 'two/m'] },
    });
    const running = ask(gateway, 'fast');
    await settlePromises();
    expect(await ask(gateway, 'fast')).toBe('two/m');
    await letGo();
    await running;
  });

  it('gives the place of an aborted call to the next, waiting or running', async () => {
    const { provider, letGo } = held();
    const gateway = paced(provider, { maxConcurrent: 1 });
    const running = new AbortController();
    const waiting = new AbortController();
    const create = (user: string, signal?: AbortSignal) =>
      gateway.chat.completions.create({ model: 'fast', messages, user }, { signal });
    const outcomes = [failureOf(create('running', running.signal)), failureOf(create('waiting', waiting.signal))];
    const last = create('last');
    await settlePromises();
    waiting.abort();
    running.abort();
    const errors = await Promise.all(outcomes);
    expect(errors.every((error) => error instanceof OpenAI.APIUserAbortError)).toBe(true);
    await letGo();
    await letGo();
    await last;
    expect(namesOf(provider)).toEqual(['running', 'last']);
    expect(gateway.control.health()).toMatchObject([{ inFlight: 0, consecutiveFailures: 0 }]);
  });

  it('keeps the async context of each caller', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    let letGo = () => {};
    const provider = recordingProvider('one', async ({ params }) => {
      seen.push([params.user, storage.getStore()]);
      if (params.user === 'a') await new Promise<void>((resolve) => (letGo = resolve));
      return completion('x');
    });
    const gateway = paced(provider, { maxConcurrent: 1 });
    const callers: unknown[] = [];
    gateway.on('request.end', ({ caller }) => callers.push(caller.team));
    const calls = ['a', 'b', 'c'].map((name) =>
      storage.run(name, () => gateway.run({ team: name }, () => ask(gateway, 'fast', { user: name }))),
    );
    await until(() => seen.length > 0);
    letGo();
    await Promise.all(calls);
    expect(seen).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ]);
    expect(callers).toEqual(['a', 'b', 'c']);
  });

  it('reports who enters the queue and leaves it, and nothing where there is room', async () => {
    const { provider, letGo } = held();
    const clock = new TestClock();
    const gateway = paced(provider, { maxConcurrent: 1 }, { clock });
    const events: EventMap['queue.enter' | 'queue.leave'][] = [];
    gateway.on('queue.enter', (event) => events.push(event));
    gateway.on('queue.leave', (event) => events.push(event));
    const running = ask(gateway, 'fast');
    await settlePromises();
    expect(events).toEqual([]);
    const waiting = ask(gateway.for({ team: 'a' }), 'fast');
    await clock.elapse(250);
    await letGo();
    await letGo();
    await Promise.all([running, waiting]);
    expect(events).toMatchObject([
      { type: 'queue.enter', deployment: 'one/m', waitedMs: 0, caller: { team: 'a' } },
      { type: 'queue.leave', deployment: 'one/m', waitedMs: 250 },
    ]);
  });

  it('ends a wait at maxWaitMs and at the deadline of the call', async () => {
    const { provider, letGo } = held();
    const clock = new TestClock();
    const gateway = paced(provider, { maxConcurrent: 1, queue: { maxWaitMs: 1_000 } }, { clock });
    const running = ask(gateway, 'fast');
    await settlePromises();
    const slow = failureOf(ask(gateway, 'fast'));
    const hasty = failureOf(gateway.chat.completions.create({ model: 'fast', messages }, { timeout: 500 }));
    await clock.elapse(1_000);
    expect(await slow).toMatchObject({ status: 429, code: 'rate_limited' });
    expect((await hasty) instanceof Error).toBe(true);
    await letGo();
    await running;
  });

  it('takes over new limits while calls wait', async () => {
    const { provider, letGo } = held();
    const gateway = paced(provider, { maxConcurrent: 1 });
    const calls = [ask(gateway, 'fast'), ask(gateway, 'fast'), ask(gateway, 'fast')];
    await settlePromises();
    expect(provider.requests).toHaveLength(1);
    gateway.control.update({
      providers: { one: { provider } },
      models: { fast: [{ provider: 'one', model: 'm', maxConcurrent: 4 }] },
    });
    calls.push(ask(gateway, 'fast'));
    await until(() => provider.requests.length === 4);
    for (let turn = 0; turn < 4; turn += 1) await letGo();
    await Promise.all(calls);
  });
});

it('minTimeMs keeps the starts of attempts apart', async () => {
  const clock = new TestClock();
  const starts: number[] = [];
  const provider = recordingProvider('one', () => {
    starts.push(clock.monotonicMs());
    return completion('x');
  });
  const gateway = paced(provider, { minTimeMs: 100 }, { clock });
  const calls = [ask(gateway, 'fast'), ask(gateway, 'fast'), ask(gateway, 'fast')];
  for (let started = 1; started <= calls.length; started += 1) {
    await until(() => starts.length === started);
    await clock.elapse(100);
  }
  await Promise.all(calls);
  expect(starts).toEqual([0, 100, 200]);
});

it('a call through the handler can give way and not push ahead', async () => {
  const { provider, letGo } = held();
  const gateway = paced(provider, { maxConcurrent: 1 });
  const post = (user: string, priority?: string) =>
    gateway.handler('http://x/v1/chat/completions', {
      method: 'POST',
      headers: priority === undefined ? {} : { 'x-tollgate-priority': priority },
      body: JSON.stringify({ model: 'fast', messages, user }),
    });
  const calls = [post('first'), post('low', 'low'), post('normal'), post('pushes', 'high')];
  await settlePromises();
  for (let turn = 0; turn < calls.length; turn += 1) await letGo();
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(namesOf(provider)).toEqual(['first', 'normal', 'pushes', 'low']);
  expect((await post('odd', 'urgent')).status).toBe(400);
});
