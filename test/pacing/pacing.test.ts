import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import type { Caller } from '../../src/core/caller.ts';
import type { Deployment } from '../../src/core/deployment.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { Pacing, type Permit, type Refusal } from '../../src/pacing/pacing.ts';
import { at, callTo, modelOf } from '../support/routing-plan.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';

const one = at('openai/one', { maxConcurrent: 1 });
const model = modelOf('fast', [one]);

function pacingOf() {
  const clock = new TestClock();
  const events = new Emitter();
  return { clock, events, pacing: new Pacing({ clock, events }) };
}

function callBy(caller: Caller = {}, more: Partial<Call> = {}): Call {
  return callTo(model, { caller, ...more });
}

/** A permit that was given at once. */
function atOnce(acquired: Permit | Refusal | Promise<Permit | Refusal>): Permit {
  if (acquired instanceof Promise || !acquired.granted) throw new Error('no permit at once');
  return acquired;
}

async function granted(acquired: Permit | Refusal | Promise<Permit | Refusal>): Promise<Permit> {
  const permit = await acquired;
  if (!permit.granted) throw new Error(`refused: ${permit.reason}`);
  return permit;
}

/** Serves everyone who waits, one after another, and tells in which order. */
async function orderOfService(callers: readonly Caller[]): Promise<string[]> {
  const { pacing } = pacingOf();
  const first = atOnce(pacing.acquire(one, callBy()));
  const served: string[] = [];
  const waits = callers.map(async (caller) => {
    const permit = await granted(pacing.acquire(one, callBy(caller)));
    served.push(caller.name as string);
    permit.release();
  });
  first.release();
  await Promise.all(waits);
  return served;
}

describe('admission', () => {
  test('is synchronous while there is room, without a timer', () => {
    const { pacing, clock } = pacingOf();
    const two = at('openai/two', { maxConcurrent: 2 });
    const permits = [pacing.acquire(two, callBy()), pacing.acquire(two, callBy())].map(atOnce);
    expect([permits.length, clock.pending]).toEqual([2, 0]);
    permits[0]?.release();
    expect(atOnce(pacing.acquire(two, callBy())).granted).toBe(true);
  });

  test('is unlimited where the deployment has no limits', () => {
    const { pacing } = pacingOf();
    const free = at('openai/free');
    for (let call = 0; call < 1_000; call += 1) atOnce(pacing.acquire(free, callBy()));
    expect(pacing.waiting(free.id)).toBe(0);
  });

  test('never exceeds maxConcurrent, whatever is released when and however often', async () => {
    const { pacing } = pacingOf();
    const three = at('openai/three', { maxConcurrent: 3 });
    let running = 0;
    let most = 0;
    const work = async () => {
      const permit = await granted(pacing.acquire(three, callBy()));
      running += 1;
      most = Math.max(most, running);
      await settlePromises();
      running -= 1;
      permit.release();
      permit.release();
    };
    await Promise.all(Array.from({ length: 40 }, work));
    expect([most, running, pacing.waiting(three.id)]).toEqual([3, 0, 0]);
    expect([1, 2, 3].map(() => atOnce(pacing.acquire(three, callBy())).granted)).toEqual([true, true, true]);
    expect(pacing.acquire(three, callBy())).toBeInstanceOf(Promise);
  });

  test('deployments do not hold each other up', () => {
    const { pacing } = pacingOf();
    atOnce(pacing.acquire(one, callBy()));
    expect(atOnce(pacing.acquire(at('openai/other', { maxConcurrent: 1 }), callBy())).granted).toBe(true);
  });

  test('a raised or lifted limit lets those who wait in', async () => {
    const { pacing } = pacingOf();
    atOnce(pacing.acquire(one, callBy()));
    const waiting = [pacing.acquire(one, callBy()), pacing.acquire(one, callBy())];
    atOnce(pacing.acquire({ ...one, maxConcurrent: undefined }, callBy()));
    expect(await Promise.all(waiting.map(granted))).toHaveLength(2);
  });
});

describe('order', () => {
  test('is by priority of the caller', async () => {
    const callers = [{ name: 'low', priority: 'low' }, { name: 'normal' }, { name: 'high', priority: 'high' }] satisfies Caller[];
    expect(await orderOfService(callers)).toEqual(['high', 'normal', 'low']);
  });

  test("a team's burst does not starve another's single call", async () => {
    const burst = Array.from({ length: 20 }, (_, index): Caller => ({ name: `burst ${index}`, team: 'a' }));
    const order = await orderOfService([...burst, { name: 'single', team: 'b' }]);
    expect(order.indexOf('single')).toBeLessThanOrEqual(1);
    expect(order.filter((name) => name !== 'single')).toEqual(burst.map(({ name }) => name));
  });
});

describe('the queue', () => {
  const small = at('openai/small', { maxConcurrent: 1, queue: { size: 2, maxWaitMs: 5_000 } });

  test('refuses at once when it is full, and says when to come again', () => {
    const { pacing, clock } = pacingOf();
    const permit = atOnce(pacing.acquire(small, callBy()));
    clock.advance(4_000);
    permit.release();
    atOnce(pacing.acquire(small, callBy()));
    void pacing.acquire(small, callBy());
    void pacing.acquire(small, callBy());
    expect(pacing.acquire(small, callBy())).toEqual({ granted: false, reason: 'queue-full', retryAfterMs: 12_000 });
    expect(pacing.waiting(small.id)).toBe(2);
  });

  test('refuses who waited as long as the queue lets it', async () => {
    const { pacing, clock } = pacingOf();
    atOnce(pacing.acquire(small, callBy()));
    const waiting = pacing.acquire(small, callBy());
    clock.advance(5_000);
    expect(await waiting).toMatchObject({ granted: false, reason: 'waited-too-long' });
    expect([pacing.waiting(small.id), clock.pending]).toEqual([0, 0]);
  });

  test("never waits beyond the call's deadline", async () => {
    const { pacing, clock } = pacingOf();
    atOnce(pacing.acquire(small, callBy()));
    const waiting = pacing.acquire(small, callBy({}, { deadlineMs: 1_000 }));
    clock.advance(1_000);
    expect(await waiting).toMatchObject({ granted: false, reason: 'waited-too-long' });
    expect(pacing.acquire(small, callBy({}, { deadlineMs: 1_000 }))).toMatchObject({ granted: false, reason: 'waited-too-long' });
  });

  test('frees the place of a cancelled call at once and rejects with its reason', async () => {
    const { pacing, clock } = pacingOf();
    const permit = atOnce(pacing.acquire(small, callBy()));
    const call = callBy();
    const cancelled = pacing.acquire(small, call);
    const patient = pacing.acquire(small, callBy());
    const reason = new Error('gone');
    call.cancellation.cancel(reason);
    expect(pacing.waiting(small.id)).toBe(1);
    await expect(cancelled).rejects.toBe(reason);
    await expect(pacing.acquire(small, call)).rejects.toBe(reason);
    permit.release();
    (await granted(patient)).release();
    expect([atOnce(pacing.acquire(small, callBy())).granted, clock.pending]).toEqual([true, 0]);
  });

  test('a place on its way to a call that was cancelled goes to the next, or back', async () => {
    const { pacing } = pacingOf();
    const permit = atOnce(pacing.acquire(small, callBy()));
    const call = callBy();
    const cancelled = Promise.resolve(pacing.acquire(small, call));
    const next = pacing.acquire(small, callBy());
    permit.release();
    call.cancellation.cancel(new Error('gone'));
    await expect(cancelled).rejects.toThrow('gone');
    const second = await granted(next);
    const last = callBy();
    const gone = Promise.resolve(pacing.acquire(small, last));
    second.release();
    last.cancellation.cancel(new Error('gone too'));
    await expect(gone).rejects.toThrow('gone too');
    (await granted(pacing.acquire(small, callBy()))).release();
  });

  test('many who gave up do not hold up who comes later', async () => {
    const { pacing, clock } = pacingOf();
    const wide = at('openai/wide', { maxConcurrent: 1, queue: { size: 300, maxWaitMs: 1_000 } });
    const permit = atOnce(pacing.acquire(wide, callBy()));
    const impatient = Array.from({ length: 300 }, () => pacing.acquire(wide, callBy()));
    clock.advance(1_000);
    expect((await Promise.all(impatient)).every((refusal) => !refusal.granted)).toBe(true);
    const patient = pacing.acquire(wide, callBy());
    permit.release();
    expect((await granted(patient)).granted).toBe(true);
  });
});

describe('spacing', () => {
  const spaced = at('openai/spaced', { minTimeMs: 100 });

  test('keeps minTimeMs between two starts', async () => {
    const { pacing, clock } = pacingOf();
    atOnce(pacing.acquire(spaced, callBy()));
    const startedAt: number[] = [];
    const waits = [1, 2, 3].map(async () => {
      await granted(pacing.acquire(spaced, callBy()));
      startedAt.push(clock.monotonicMs());
    });
    for (let started = 1; started <= 3; started += 1) {
      clock.advance(99);
      await settlePromises();
      expect(startedAt).toHaveLength(started - 1);
      clock.advance(1);
      await waits[started - 1];
    }
    expect(startedAt).toEqual([100, 200, 300]);
    await Promise.all(waits);
    clock.advance(100);
    expect(atOnce(pacing.acquire(spaced, callBy())).granted).toBe(true);
  });
});

test('events tell who queued where and for how long', async () => {
  const { pacing, clock, events } = pacingOf();
  const seen: unknown[] = [];
  for (const type of ['queue.enter', 'queue.leave'] as const) {
    events.on(type, ({ requestId, deployment, waitedMs }) => void seen.push([type, requestId, deployment, waitedMs]));
  }
  const permit = atOnce(pacing.acquire(one, callBy()));
  const waiting = pacing.acquire(one, callBy({}, { requestId: 'req_w' }));
  clock.advance(250);
  permit.release();
  await granted(waiting);
  events.flush();
  expect(seen).toEqual([
    ['queue.enter', 'req_w', one.id, 0],
    ['queue.leave', 'req_w', one.id, 250],
  ]);
});

test("each caller keeps its own asynchronous context, whoever's release let it in", async () => {
  const { pacing } = pacingOf();
  const context = new AsyncLocalStorage<string>();
  const inContext = (name: string, deployment: Deployment) =>
    context.run(name, async () => {
      const permit = await granted(pacing.acquire(deployment, callBy({ team: name })));
      const seen = context.getStore();
      await settlePromises();
      permit.release();
      return seen;
    });
  const names = Array.from({ length: 12 }, (_, index) => `caller ${index}`);
  expect(await Promise.all(names.map((name) => inContext(name, one)))).toEqual(names);
});
