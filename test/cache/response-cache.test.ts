import fc from 'fast-check';
import Keyv from 'keyv';
import { describe, expect, it } from 'vitest';
import { type CacheEntry, sealed } from '../../src/cache/cache-entry.ts';
import { ResponseCache } from '../../src/cache/response-cache.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { testClock } from '../../src/testing/test-clock.ts';
import { asking, callOf, chatAnswer, FACTS, keptOf, leadOf } from './calls.ts';

const modelOf = (facts: object) => ({
  name: 'fast',
  deployments: [{ id: 'openai/gpt', upstreamModel: 'gpt', tags: [], ...facts }],
});

const object = (body: unknown) => ({ kind: 'object', body }) as const;

describe('an answer that is kept', () => {
  it('answers the same call byte for byte, with its age and what it saved', async () => {
    const clock = testClock();
    const cache = new ResponseCache({ clock });
    (await leadOf(cache, callOf())).remember(object(chatAnswer('hello')), FACTS);
    clock.advance(1_500);
    const kept = await keptOf(cache, callOf());
    expect(kept?.json()).toBe(JSON.stringify(chatAnswer('hello')));
    expect(kept?.use).toEqual({ hit: true, ageMs: 1_500, savedUsd: 0.002, similarity: undefined });
    expect(kept?.body()).not.toBe(kept?.body());
  });

  it('is forgotten when its time is over, the one of the call before the configured', async () => {
    const clock = testClock();
    const cache = new ResponseCache({ clock });
    const call = callOf({ cache: { kind: 'use', refresh: false, ttlMs: 1_000 } });
    (await leadOf(cache, call)).remember(object(chatAnswer('x')), FACTS);
    clock.advance(999);
    expect(await keptOf(cache, callOf())).toBeDefined();
    clock.advance(1);
    expect(await keptOf(cache, callOf())).toBeUndefined();
  });

  it.each([
    ['filtered', { choices: [{ index: 0, finish_reason: 'content_filter', message: {} }] }],
    ['unfinished', { choices: [{ index: 0, finish_reason: null, message: {} }] }],
    ['a refusal', { choices: [{ index: 0, finish_reason: 'stop', message: { refusal: 'no' } }] }],
    ['an error', { ...chatAnswer('x'), error: { message: 'x' } }],
    ['empty', { choices: [] }],
    ['no object', 'text'],
    ['too large', chatAnswer('x'.repeat(100_000))],
  ])('is not one that is %s', async (_what, body) => {
    const cache = new ResponseCache({ clock: testClock() });
    (await leadOf(cache, callOf())).remember(object(body), FACTS);
    expect(await keptOf(cache, callOf())).toBeUndefined();
  });

  it('is not one of a fallback model, nor of another status', async () => {
    const cache = new ResponseCache({ clock: testClock() });
    (await leadOf(cache, callOf())).remember(object(chatAnswer('x')), { ...FACTS, deployment: 'other/model' });
    (await leadOf(cache, callOf())).remember(object(chatAnswer('x')), { ...FACTS, status: 206 });
    expect(await keptOf(cache, callOf())).toBeUndefined();
  });

  it('is passed over by a call that refuses or refreshes it, or wants a younger one', async () => {
    const clock = testClock();
    const cache = new ResponseCache({ clock });
    (await leadOf(cache, callOf())).remember(object(chatAnswer('old')), FACTS);
    clock.advance(5_000);
    expect(cache.recall(callOf({ cache: { kind: 'off' } }))).toBeUndefined();
    expect(await keptOf(cache, callOf({ cache: { kind: 'use', refresh: false, maxAgeMs: 1_000 } }))).toBeUndefined();
    const refresh = await leadOf(cache, callOf({ cache: { kind: 'use', refresh: true } }));
    refresh.remember(object(chatAnswer('new')), FACTS);
    expect((await keptOf(cache, callOf()))?.json()).toContain('new');
  });

  it.each([
    ['files', { form: new FormData() }],
    ['a conversation at the provider', { operation: 'responses', params: { input: 'x', conversation: 'c' } }],
    ['a response before it', { operation: 'responses', params: { input: 'x', previous_response_id: 'r' } }],
    ['an answer that is to be stored', { params: { messages: [], store: true } }],
    ['a model that searches by itself', { modelPlan: modelOf({ upstreamModel: 'x/y:online' }) }],
    ['a configured tool of the vendor', { modelPlan: modelOf({ params: { plugins: [{ id: 'web' }] } }) }],
    ['work in the background', { operation: 'responses', params: { input: 'x', background: true } }],
    ['tools that the vendor runs', { params: { messages: [], tools: [{ type: 'mcp' }] } }],
    ['another operation', { operation: 'passthrough' }],
  ])('is not looked for by a call with %s', (_what, overrides) => {
    expect(new ResponseCache({ clock: testClock() }).recall(callOf(overrides as object))).toBeUndefined();
  });

  it.each([
    [
      'was cut at the limit that the call set',
      { ...chatAnswer('x'), choices: [{ index: 0, finish_reason: 'length', message: {} }] },
    ],
    ['calls tools', { ...chatAnswer('x'), choices: [{ index: 0, finish_reason: 'tool_calls', message: {} }] }],
  ])('is one that %s', async (_what, body) => {
    const cache = new ResponseCache({ clock: testClock() });
    (await leadOf(cache, callOf())).remember(object(body), FACTS);
    expect((await keptOf(cache, callOf()))?.body()).toEqual(body);
  });

  it('is not believed to be young when the clock was put back', async () => {
    let now = 10_000_000;
    const cache = new ResponseCache({ clock: { ...testClock(), now: () => now } as never });
    (await leadOf(cache, callOf())).remember(object(chatAnswer('x')), FACTS);
    now -= 1_000;
    expect(await keptOf(cache, callOf())).toBeDefined();
    now -= 3_600_000;
    expect(await keptOf(cache, callOf())).toBeUndefined();
  });

  it('is not kept if memory is smaller than it', async () => {
    const cache = new ResponseCache({ clock: testClock() });
    (await leadOf(cache, callOf())).remember(object(chatAnswer('x')), FACTS);
    expect(await keptOf(cache, callOf())).toBeDefined();
    const small = { cachePlan: { maxBytes: 10 } };
    (await leadOf(cache, callOf(small))).remember(object(chatAnswer('x')), FACTS);
    expect(await keptOf(cache, callOf(small))).toBeUndefined();
  });

  it('gives way, least recently used first, when memory is full', async () => {
    const cache = new ResponseCache({ clock: testClock() });
    const plan = { cachePlan: { maxBytes: 6_000 } };
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      (await leadOf(cache, asking(text, plan))).remember(object(chatAnswer(text)), FACTS);
      await keptOf(cache, asking('a', plan));
    }
    expect(await keptOf(cache, asking('a', plan))).toBeDefined();
    expect(await keptOf(cache, asking('b', plan))).toBeUndefined();
  });
});

describe('tenants', () => {
  const name = fc.constantFrom('', 'a', 'b', 'c');
  const caller = fc.record({ team: name, user: name, app: name, key: name }, { requiredKeys: [] });
  const dimensions = fc.subarray(['team', 'user', 'app'], { minLength: 1 });

  it('never see an answer of another scope, and those of one scope share it', async () => {
    await fc.assert(
      fc.asyncProperty(caller, caller, dimensions, async (one, other, scope) => {
        const cache = new ResponseCache({ clock: testClock() });
        const plan = { cachePlan: { scope: { kind: 'private', dimensions: scope } as const } };
        const recall = await cache.recall(callOf({ caller: one, ...plan }));
        if (recall?.kind === 'lead') recall.lead.remember(object(chatAnswer('secret')), FACTS);
        const has = (own: typeof one) => scope.every((dimension) => !!own[dimension as 'team']);
        const known = (own: typeof one) =>
          JSON.stringify(
            Object.entries(own)
              .filter(([, value]) => value)
              .sort(),
          );
        const sameScope = has(one) && has(other) && scope.every((d) => one[d as 'team'] === other[d as 'team']);
        const sameCaller = known(one) === known(other) && known(one) !== '[]';
        const kept = await keptOf(cache, callOf({ caller: other, ...plan }));
        expect(kept !== undefined).toBe(sameScope || sameCaller);
      }),
    );
  });

  it('have no cache if nothing is known of them, unless it is shared', () => {
    const cache = new ResponseCache({ clock: testClock() });
    expect(cache.recall(callOf({ caller: {} }))).toBeUndefined();
    expect(cache.recall(callOf({ caller: { tags: ['x'] } }))).toBeUndefined();
    expect(cache.recall(callOf({ caller: {}, cachePlan: { scope: { kind: 'shared' } } }))).toMatchObject({ kind: 'lead' });
  });
});

describe('calls that are the same at the same time', () => {
  it('wait for the first, and have its answer', async () => {
    const cache = new ResponseCache({ clock: testClock() });
    const lead = await leadOf(cache, callOf());
    const others = [keptOf(cache, callOf()), keptOf(cache, callOf())];
    lead.remember(object(chatAnswer('one')), FACTS);
    for (const kept of await Promise.all(others)) expect(kept?.json()).toContain('one');
  });

  it('leave by themselves, without the others', async () => {
    const cache = new ResponseCache({ clock: testClock() });
    const lead = await leadOf(cache, callOf());
    const abort = new AbortController();
    const leaving = cache.recall(callOf({ cancellation: Cancellation.following(abort.signal) }));
    const staying = keptOf(cache, callOf());
    abort.abort(new Error('mine'));
    await expect(leaving).rejects.toThrow('mine');
    lead.remember(object(chatAnswer('one')), FACTS);
    expect((await staying)?.json()).toContain('one');
  });

  it('go on under the next leader when the first leaves or fails, and by themselves when that fails too', async () => {
    const cache = new ResponseCache({ clock: testClock() });
    const first = await leadOf(cache, callOf());
    const [second, third, fourth] = [leadOf(cache, callOf()), leadOf(cache, callOf()), leadOf(cache, callOf())];
    first.leave();
    (await second).fail();
    (await third).fail();
    (await fourth).remember(object(chatAnswer('at last')), FACTS);
    expect((await keptOf(cache, callOf()))?.json()).toContain('at last');
  });

  it('do not wait for an answer that has begun to stream, or that only its own caller may have', async () => {
    const cache = new ResponseCache({ clock: testClock() });
    const streaming = await leadOf(cache, callOf());
    const waiting = leadOf(cache, callOf());
    streaming.record(undefined);
    expect(cache.recall(callOf())).toMatchObject({ kind: 'lead' });
    streaming.remember(object(undefined), FACTS);
    expect(await waiting).toBeDefined();
  });
});

describe('a store outside', () => {
  it('has answers for other processes, by keyv', async () => {
    const clock = testClock(Date.now());
    const store = new Keyv();
    (await leadOf(new ResponseCache({ clock, store }), callOf())).remember(object(chatAnswer('far')), FACTS);
    await clock.elapse(0);
    expect((await keptOf(new ResponseCache({ clock, store }), callOf()))?.json()).toContain('far');
  });

  it.each(['body', 'key', 'schema', 'expiresAt', 'digest'])('is not believed when an entry has another %s', async (field) => {
    const clock = testClock();
    const values = new Map<string, Record<string, unknown>>();
    const store = {
      get: (key: string) => values.get(key),
      set: (key: string, value: object) => void values.set(key, { ...value }),
    };
    const cache = new ResponseCache({ clock, store });
    (await leadOf(cache, callOf())).remember(object(chatAnswer('x')), FACTS);
    await clock.elapse(0);
    expect(await keptOf(cache, callOf())).toBeDefined();
    for (const value of values.values()) value[field] = typeof value[field] === 'number' ? (value[field] as number) + 1 : 'x';
    expect(await keptOf(cache, callOf())).toBeUndefined();
  });

  it.each([
    ['nothing', null],
    ['text', '{'],
    ['a list', []],
    ['an entry of others', { value: 1 }],
    [
      'what fails when it is read',
      {
        get schema() {
          throw new Error('away');
        },
      },
    ],
  ])('may give %s', async (_what, value) => {
    const cache = new ResponseCache({ clock: testClock(), store: { get: () => value, set: () => false } });
    expect(await keptOf(cache, callOf())).toBeUndefined();
  });

  it.each(['{', 'null', '{"choices":5}', '{"error":{"message":"x"}}'])(
    'gives no answer that nobody could read, though its digest is right: %s',
    async (body) => {
      const values = new Map<string, unknown>();
      const store = { get: (key: string) => values.get(key), set: (key: string, value: unknown) => void values.set(key, value) };
      const clock = testClock();
      const cache = new ResponseCache({ clock, store });
      (await leadOf(cache, callOf())).remember(object(chatAnswer('x')), FACTS);
      await clock.elapse(0);
      for (const [key, value] of values) values.set(key, sealed({ ...(value as CacheEntry), body }));
      expect(await keptOf(cache, callOf())).toBeUndefined();
    },
  );

  it('that fails or does not answer is a miss, and is left alone for a while', async () => {
    const clock = testClock();
    const troubles: string[] = [];
    let asked = 0;
    const get = () => {
      asked += 1;
      return new Promise(() => {});
    };
    const cache = new ResponseCache({
      clock,
      store: { get, set: () => {} },
      onStoreTrouble: (operation) => troubles.push(operation),
    });
    for (const text of ['a', 'b', 'c', 'd']) {
      const recall = leadOf(cache, asking(text));
      await clock.elapse(100);
      expect(await recall).toBeDefined();
    }
    expect(asked).toBe(3);
    expect(troubles).toEqual(['get', 'get', 'get']);
    await clock.elapse(5_000);
    void cache.recall(asking('e'));
    await clock.elapse(0);
    expect(asked).toBe(4);
  });

  it('is left alone no longer for what was under way when the pause began, however late that fails', async () => {
    const clock = testClock();
    const asked: ((error: Error) => void)[] = [];
    const get = () => new Promise((_, reject) => asked.push(reject));
    const cache = new ResponseCache({ clock, store: { get, set: () => {} } });
    const recalls = ['a', 'b', 'c', 'd', 'e'].map((text) =>
      leadOf(cache, asking(text, { cachePlan: { storeTimeoutMs: 9_000 } })),
    );
    await clock.elapse(0);
    for (const fail of asked.slice(0, 3)) fail(new Error('away'));
    await clock.elapse(4_000);
    asked[3]?.(new Error('away'));
    await clock.elapse(1_000);
    recalls.push(leadOf(cache, asking('f')));
    await clock.elapse(0);
    expect(asked).toHaveLength(6);
    // Of before the pause, too: it begins no other.
    asked[4]?.(new Error('away'));
    recalls.push(leadOf(cache, asking('g')));
    await clock.elapse(0);
    expect(asked).toHaveLength(7);
    for (const fail of asked) fail(new Error('away'));
    expect(await Promise.all(recalls)).toHaveLength(7);
  });

  it('that throws is a miss', async () => {
    const get = () => {
      throw new Error('away');
    };
    const cache = new ResponseCache({ clock: testClock(), store: { get, set: get } });
    const lead = await leadOf(cache, callOf());
    lead.remember(object(chatAnswer('x')), FACTS);
    expect(await keptOf(cache, callOf())).toBeUndefined();
  });
});
