import { APIUserAbortError } from 'openai';
import { Gateway, GatewayClosedError, type GatewayConfig } from 'tollgate';
import { type ScriptedOutcome, scriptedProvider, TestClock } from 'tollgate/testing';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Reserved } from '../../src/stores/store.ts';
import { chunk } from '../support/chat-upstream.ts';
import { settlePromises } from '../support/test-clock.ts';
import { callOnce, type House, openHouse } from './harness.ts';

const messages = [{ role: 'user' as const, content: 'hello' }];
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Stage {
  readonly gateway: Gateway;
  readonly clock: TestClock;
  readonly ends: { outcome: string; error?: { code: string } | undefined }[];
  readonly provider: ReturnType<typeof scriptedProvider>;
  reserved(): Promise<unknown>;
  spent(): Promise<Record<string, number> | undefined>;
}

/** A gateway over one scripted deployment on a clock that stands still. */
function stage(outcomes: readonly ScriptedOutcome[], config: Partial<GatewayConfig> = {}, deployment: object = {}): Stage {
  const clock = new TestClock();
  const provider = scriptedProvider('scripted', outcomes);
  const gateway = new Gateway({
    providers: { scripted: { provider } },
    models: { m: [{ provider: 'scripted', model: 'm', ...deployment }] },
    budgets: [{ name: 'all', limit: { requests: 10_000, tokens: 100_000_000 }, window: 'day' }],
    clock,
    random: () => 0.5,
    ...config,
  });
  closers.push(() => gateway.close({ deadlineMs: 0 }));
  const ends: Stage['ends'] = [];
  gateway.on('request.end', (event) => void ends.push(event));
  const balance = async () => (await gateway.control.budgets())[0];
  return {
    gateway,
    clock,
    ends,
    provider,
    reserved: async () => (await balance())?.reserved,
    spent: async () => (await balance())?.spent,
  };
}

const NOTHING = { requests: 0, tokens: 0 };

function call({ gateway }: { gateway: Gateway }, signal?: AbortSignal): Promise<unknown> {
  return gateway.chat.completions.create({ model: 'm', messages }, { signal }).then(
    (answer) => answer,
    (error: unknown) => error,
  );
}

/** OpenAI's class, with the caller's own reason as its cause. */
function expectAborted(error: unknown, reason: unknown): void {
  expect(error).toBeInstanceOf(APIUserAbortError);
  expect((error as Error).cause).toBe(reason);
}

describe('an abort', () => {
  it('74: before the call sends nothing and charges nothing', async () => {
    const it = stage([{ text: 'never' }]);
    const reason = new Error('changed my mind');
    expectAborted(await call(it, AbortSignal.abort(reason)), reason);
    expect(it.provider.calls).toEqual([]);
    expect([await it.reserved(), await it.spent()]).toEqual([NOTHING, NOTHING]);
    expect(it.ends).toMatchObject([{ outcome: 'aborted', error: { code: 'aborted' } }]);
  });

  it('74: in the queue frees the place, and the next in line gets on', async () => {
    const it = stage([{ never: true }, { text: 'next' }], {}, { maxConcurrent: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [call(it, first.signal), call(it, second.signal), call(it)];
    await settlePromises();
    second.abort('queued no more');
    expectAborted(await calls[1], 'queued no more');
    first.abort();
    expect(await calls[2]).toMatchObject({ choices: [{ message: { content: 'next' } }] });
    expect(it.provider.calls).toHaveLength(2);
    expect(await it.reserved()).toEqual(NOTHING);
    expect(it.ends.map(({ outcome }) => outcome)).toEqual(['aborted', 'aborted', 'success']);
  });

  it('74: in backoff ends the wait at once', async () => {
    const it = stage([{ fail: 'transient' }], { retry: { minDelayMs: 60_000, maxDelayMs: 60_000 } });
    const controller = new AbortController();
    const answer = call(it, controller.signal);
    await settlePromises();
    expect(it.provider.calls).toHaveLength(1);
    controller.abort('no patience');
    expectAborted(await answer, 'no patience');
    await it.clock.elapse(600_000);
    expect(it.provider.calls).toHaveLength(1);
    expect([await it.reserved(), await it.spent()]).toEqual([NOTHING, { requests: 1, tokens: 0 }]);
  });

  it('74: while it is being reserved voids the reservation that comes later', async () => {
    const store = new SlowStore();
    const it = stage([{ text: 'never' }], { store });
    const controller = new AbortController();
    const answer = call(it, controller.signal);
    await settlePromises();
    controller.abort('too late');
    store.answer();
    expectAborted(await answer, 'too late');
    expect(it.provider.calls).toEqual([]);
    expect([await it.reserved(), await it.spent()]).toEqual([NOTHING, NOTHING]);
  });

  it('74: after the answer changes nothing', async () => {
    const it = stage([{ text: 'done' }]);
    const controller = new AbortController();
    const answer = await call(it, controller.signal);
    controller.abort();
    expect(answer).toMatchObject({ choices: [{ message: { content: 'done' } }] });
    expect(it.ends).toMatchObject([{ outcome: 'success' }]);
    expect(await it.spent()).toEqual({ requests: 1, tokens: 15 });
  });

  it('75: before a connection was made charges nothing', async () => {
    const house = await openHouse({
      first: () => {},
      alone: true,
      baseURL: () => 'http://never.invalid/v1',
      config: { dispatcher: neverConnecting() },
    });
    closers.push(() => house.close());
    const controller = new AbortController();
    const result = callOnce(house, false, {}, { signal: controller.signal });
    await settlePromises();
    controller.abort('no connection');
    expectAborted((await result).error, 'no connection');
    expect(await house.balance()).toMatchObject({ reserved: { requests: 0, tokens: 0 }, spent: { requests: 0, tokens: 0 } });
  });

  it.each([false, true])('75: before the first token (stream: %s) closes the socket and charges the input', async (stream) => {
    const reached = Promise.withResolvers<void>();
    const house = await open({ first: () => reached.resolve() });
    const controller = new AbortController();
    const result = callOnce(house, stream, {}, { signal: controller.signal });
    await reached.promise;
    controller.abort('too slow');
    expectAborted((await result).error, 'too slow');
    await house.exchanges.first[0]?.closed;
    const balance = await house.balance();
    expect(balance?.reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
    expect(balance?.spent.requests).toBe(1);
    expect(balance?.spent.tokens).toBeGreaterThan(0);
    expect(house.exchanges.second).toEqual([]);
    expect(house.gateway.control.health()[0]).toMatchObject({ consecutiveFailures: 0, inFlight: 0 });
  });

  it('76: after some tokens closes the socket and charges what was delivered, not the worst case', async () => {
    const house = await open({
      async first(exchange) {
        await exchange.sseHead();
        await exchange.sse(chunk({ role: 'assistant', content: 'some ' }), chunk({ content: 'words' }));
      },
    });
    const controller = new AbortController();
    const stream = await house.gateway.chat.completions.create(
      { model: 'm', messages, stream: true },
      { signal: controller.signal },
    );
    const read: string[] = [];
    const error = await (async () => {
      for await (const item of stream) if (read.push(item.choices[0]?.delta.content ?? '') === 2) controller.abort('enough');
    })().catch((thrown: unknown) => thrown);
    expectAborted(error, 'enough');
    expect(read.join('')).toBe('some words');
    await house.exchanges.first[0]?.closed;
    const balance = await house.balance();
    expect(balance?.reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
    expect(balance?.spent.tokens).toBeGreaterThan(0);
    expect(balance?.spent.tokens).toBeLessThan(100);
    expect(house.events.filter(({ type }) => type.endsWith('.end'))).toMatchObject([
      { failure: { kind: 'aborted' } },
      { outcome: 'aborted' },
    ]);
  });

  it('76: while a reader waits ends its wait with the reason', async () => {
    const it = stage([{ pieces: ['one', 'stall'] }]);
    const controller = new AbortController();
    const stream = await it.gateway.chat.completions.create(
      { model: 'm', messages, stream: true },
      { signal: controller.signal },
    );
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    await reader.next();
    const waiting = reader.next();
    controller.abort('stop');
    expectAborted(await waiting.catch((thrown: unknown) => thrown), 'stop');
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(await it.reserved()).toEqual(NOTHING);
  });

  it('of the stream by its own controller ends it without an error, even while a reader waits', async () => {
    const it = stage([{ pieces: ['one', 'stall'] }]);
    const stream = await it.gateway.chat.completions.create({ model: 'm', messages, stream: true });
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    await reader.next();
    const waiting = reader.next();
    stream.controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await it.reserved()).toEqual(NOTHING);
    expect(it.ends).toMatchObject([{ outcome: 'aborted' }]);
  });

  it('of a provider that heeds no cancellation ends the wait all the same', async () => {
    const deaf = scriptedProvider('scripted', [{ text: '' }]);
    const items = { next: () => new Promise<undefined>(() => {}), cancel() {} };
    const it = stage([{ text: '' }], {
      providers: { scripted: { provider: { ...deaf, send: async () => ({ kind: 'stream', status: 200, headers: {}, items }) } } },
    });
    const controller = new AbortController();
    const answer = it.gateway.chat.completions
      .create({ model: 'm', messages, stream: true }, { signal: controller.signal })
      .catch((error: unknown) => error);
    await settlePromises();
    controller.abort('deaf');
    expectAborted(await answer, 'deaf');
    expect(await it.reserved()).toEqual(NOTHING);
  });

  it('93: leaves no listener on a signal that many calls share', async () => {
    const it = stage([{ text: 'ok' }]);
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const count = (method: 'addEventListener' | 'removeEventListener', change: number) => {
      const original = signal[method].bind(signal) as (...args: unknown[]) => void;
      signal[method] = (...args: unknown[]) => {
        listeners += change;
        original(...args);
      };
    };
    count('addEventListener', 1);
    count('removeEventListener', -1);
    for (let index = 0; index < 500; index += 1) {
      const stream =
        index % 2 === 0
          ? undefined
          : await it.gateway.chat.completions.create({ model: 'm', messages, stream: true }, { signal });
      if (stream) for await (const _item of stream);
      else await it.gateway.chat.completions.create({ model: 'm', messages }, { signal });
    }
    expect([listeners, it.ends.length]).toEqual([0, 500]);
  });
});

describe('close', () => {
  it('88: waits for the calls under way, and admits none', async () => {
    const it = stage([{ text: 'slow', delayMs: 1_000 }]);
    const answer = call(it);
    await settlePromises();
    const closed = it.gateway.close({ deadlineMs: 5_000 });
    expect(await call(it)).toBeInstanceOf(GatewayClosedError);
    await it.clock.elapse(1_000);
    expect(await answer).toMatchObject({ choices: [{ message: { content: 'slow' } }] });
    await closed;
    expect(it.clock.pending).toBe(0);
  });

  it.each([false, true])('88: ends what is left at the deadline, settled (stream: %s)', async (stream) => {
    const it = stage([stream ? { pieces: ['one', 'stall'] } : { never: true }]);
    const answer = (async () => {
      if (!stream) return call(it);
      const items = await it.gateway.chat.completions.create({ model: 'm', messages, stream: true });
      for await (const _item of items);
      return undefined;
    })().catch((error: unknown) => error);
    await settlePromises();
    const closed = it.gateway.close({ deadlineMs: 1_000 });
    await it.clock.elapse(1_000);
    await closed;
    expect(await answer).toBeInstanceOf(GatewayClosedError);
    expect(await it.reserved()).toEqual(NOTHING);
    expect(it.ends).toMatchObject([{ outcome: 'aborted', error: { code: 'gateway_closed' } }]);
    expect(it.clock.pending).toBe(0);
  });

  it('88: settles before the store is closed', async () => {
    const store = new WatchedStore();
    const it = stage([{ never: true }], { store });
    const answer = call(it);
    await settlePromises();
    const closed = it.gateway.close({ deadlineMs: 10 });
    await it.clock.elapse(10);
    await closed;
    await answer;
    expect(store.log).toEqual(['reserve', 'settle', 'close']);
  });
});

/** A dispatcher that never gets a connection. */
function neverConnecting(): Agent {
  return new Agent({ connect() {} });
}

async function open(options: Parameters<typeof openHouse>[0]): Promise<House> {
  const house = await openHouse(options);
  closers.push(() => house.close());
  return house;
}

/** Answers a reserve only when the test says so. */
class SlowStore extends MemoryStore {
  readonly #gate = Promise.withResolvers<void>();

  answer(): void {
    this.#gate.resolve();
  }

  override reserve(...args: Parameters<MemoryStore['reserve']>): never {
    return this.#gate.promise.then((): Reserved => super.reserve(...args)) as never;
  }
}

class WatchedStore extends MemoryStore {
  readonly log: string[] = [];

  override reserve(...args: Parameters<MemoryStore['reserve']>) {
    this.log.push('reserve');
    return super.reserve(...args);
  }

  override settle(...args: Parameters<MemoryStore['settle']>) {
    this.log.push('settle');
    return super.settle(...args);
  }

  override close() {
    this.log.push('close');
    return super.close();
  }
}
