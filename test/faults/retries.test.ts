import { isFailoverExhausted } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { settlePromises } from '../support/test-clock.ts';
import { ask, kindsOf, openStage, read } from './stage.ts';

const fail = (kind: 'transient' | 'overloaded' | 'rate-limited', more: object = {}) => ({ fail: kind, ...more });

describe('spread', () => {
  it('walks the candidates without a wait, and starts over with backoff from the first', async () => {
    const stage = openStage({ a: [fail('transient')], b: [fail('overloaded')], c: [fail('transient'), { text: 'at last' }] });
    const answer = ask(stage);
    await settlePromises();
    expect(stage.asked).toEqual(['a', 'b', 'c']);
    // Half of the first delay, by the luck of the draw.
    await stage.clock.elapse(249);
    expect(stage.asked).toHaveLength(3);
    await stage.clock.elapse(1);
    expect([await answer, stage.asked]).toEqual([
      expect.objectContaining({ code: 'failover_exhausted' }),
      ['a', 'b', 'c', 'a', 'b'],
    ]);
  });

  it('keeps to the attempts of a deployment and of a call', async () => {
    const alone = openStage({ a: [fail('transient')] });
    const answer = ask(alone);
    await alone.clock.elapse(60_000);
    expect(kindsOf(await answer)).toEqual([
      ['a/m', 'transient'],
      ['a/m', 'transient'],
    ]);
    const capped = openStage({ a: [fail('transient')], b: [fail('transient')] }, { model: { retry: { maxAttempts: 3 } } });
    const other = ask(capped);
    await capped.clock.elapse(60_000);
    expect([isFailoverExhausted(await other), capped.asked]).toEqual([true, ['a', 'b', 'a']]);
  });

  it('does not repeat what failed before when the request turns out to be at fault', async () => {
    const stage = openStage({ a: [fail('transient')], b: [{ fail: 'request-invalid', status: 400, code: 'invalid_value' }] });
    expect(await ask(stage)).toMatchObject({ status: 400, code: 'invalid_value' });
    expect([stage.asked, stage.clock.pending > 1]).toEqual([['a', 'b'], false]);
  });

  it('asks again first whom it may ask first', async () => {
    const stage = openStage({
      a: [fail('overloaded', { retryAfterMs: 3_000 }), { text: 'a' }],
      b: [fail('overloaded', { retryAfterMs: 1_000 }), { text: 'b' }],
    });
    const answer = ask(stage);
    await stage.clock.elapse(999);
    expect(stage.asked).toEqual(['a', 'b']);
    await stage.clock.elapse(1);
    expect([await answer, stage.asked]).toEqual(['b', ['a', 'b', 'b']]);
  });

  it('waits no longer than the cap, nor than the deadline leaves', async () => {
    const beyondCap = openStage({ a: [fail('rate-limited', { retryAfterMs: 60_001 })] });
    const beyondDeadline = openStage(
      { a: [fail('rate-limited', { retryAfterMs: 5_000 })] },
      { model: { timeouts: { totalMs: 4_000 } } },
    );
    expect(await ask(beyondCap)).toMatchObject({ code: 'failover_exhausted', status: 429, retryAfterMs: 60_001 });
    expect(await ask(beyondDeadline)).toMatchObject({ code: 'failover_exhausted', status: 429 });
  });
});

describe('insist', () => {
  const insist = { model: { retry: { order: 'insist' as const, attemptsPerDeployment: 3 } } };

  it('uses up a deployment with doubling waits before it goes on', async () => {
    const stage = openStage({ a: [fail('transient')], b: [{ text: 'second' }] }, insist);
    const answer = ask(stage);
    await stage.clock.elapse(60_000);
    expect([await answer, stage.asked]).toEqual(['second', ['a', 'a', 'a', 'b']]);
    expect(stage.events.filter(({ type }) => type === 'retry' || type === 'failover')).toMatchObject([
      { type: 'retry', afterMs: 250 },
      { type: 'retry', afterMs: 500 },
      { type: 'failover', from: 'a/m', to: 'b/m' },
    ]);
  });

  it('waits as long as the deployment itself asks', async () => {
    const stage = openStage(
      { a: [fail('overloaded', { retryAfterMs: 2_000 }), { text: 'again' }], b: [{ text: 'never' }] },
      insist,
    );
    const answer = ask(stage);
    await stage.clock.elapse(1_999);
    expect(stage.asked).toEqual(['a']);
    await stage.clock.elapse(1);
    expect([await answer, stage.asked]).toEqual(['again', ['a', 'a']]);
  });

  it('does not sit out a rate limit while another deployment is there', async () => {
    const stage = openStage({ a: [fail('rate-limited', { retryAfterMs: 10 })], b: [{ text: 'second' }] }, insist);
    expect([await ask(stage), stage.asked]).toEqual(['second', ['a', 'b']]);
  });
});

describe('credentials', () => {
  const keys = { accounts: { a: { apiKey: ['k1', 'k2', 'k3'] } } };
  const idsOf = (stage: ReturnType<typeof openStage>) => stage.providers.a?.calls.map(({ context }) => context.credential?.id);

  it('are tried one after another, each that was rejected cooling by itself', async () => {
    const stage = openStage({ a: [{ fail: 'credential-rejected' }, { fail: 'quota-exhausted' }, { text: 'third key' }] }, keys);
    expect([await ask(stage), idsOf(stage)]).toEqual(['third key', ['a#1', 'a#2', 'a#3']]);
    await ask(stage);
    expect(idsOf(stage)?.slice(3)).toEqual(['a#3']);
    await stage.clock.elapse(300_000);
    await ask(stage);
    await ask(stage);
    expect(new Set(idsOf(stage)?.slice(4)).size).toBe(2);
  });

  it('that are rate limited make way for the next at once', async () => {
    const stage = openStage(
      { a: [fail('rate-limited', { retryAfterMs: 20_000 }), { text: 'second key' }], b: [{ text: 'never' }] },
      keys,
    );
    expect([await ask(stage), idsOf(stage), stage.asked]).toEqual(['second key', ['a#1', 'a#2'], ['a', 'a']]);
    expect(stage.gateway.control.health()[0]?.state).toBe('healthy');
  });

  it('that are all used up cool their deployment until the first is back', async () => {
    const stage = openStage(
      {
        a: [
          { fail: 'credential-rejected' },
          fail('rate-limited', { retryAfterMs: 5_000 }),
          { fail: 'credential-rejected' },
          { text: 'back' },
        ],
        b: [{ text: 'b' }],
      },
      keys,
    );
    expect([await ask(stage), stage.asked]).toEqual(['b', ['a', 'a', 'a', 'b']]);
    expect(await ask(stage)).toBe('b');
    await stage.clock.elapse(5_000);
    expect([await ask(stage), idsOf(stage)?.at(-1)]).toEqual(['back', 'a#2']);
  });

  it('of a last deployment are tried in spite of their cooldown', async () => {
    const stage = openStage(
      { a: [{ fail: 'credential-rejected' }, { fail: 'credential-rejected' }, { text: 'renewed' }] },
      { accounts: { a: { apiKey: ['k1', 'k2'] } } },
    );
    expect(await ask(stage)).toMatchObject({ code: 'failover_exhausted' });
    expect(await ask(stage)).toBe('renewed');
  });
});

describe('fallbacks', () => {
  const spare = {
    elsewhere: ['b', 'c'],
    config: { models: { spare: ['b/m'], large: [{ provider: 'c', model: 'm', contextWindow: 100_000 }] } },
  };
  const fallbacks = (lists: object) => ({ ...spare, model: { fallbacks: lists }, deployments: { a: { contextWindow: 8_000 } } });
  const scripts = (kind: Parameters<typeof fail>[0] | 'context-too-long' | 'content-refused' | 'request-invalid') =>
    ({ a: [{ fail: kind }], b: [{ text: 'spare' }], c: [{ text: 'large' }] }) as never;

  it.each([
    ['transient', { default: ['spare'] }, 'spare'],
    ['context-too-long', { default: ['spare'], contextWindow: ['large'] }, 'large'],
    ['content-refused', { default: ['large'], contentFilter: ['spare'] }, 'spare'],
  ] as const)('of %s take over from the list for it', async (kind, lists, text) => {
    const stage = openStage(scripts(kind as 'transient'), fallbacks(lists));
    expect(await ask(stage)).toBe(text);
    expect(await stage.reserved()).toBe(0);
  });

  it.each([
    ['content-refused', { default: ['spare'] }],
    ['request-invalid', { default: ['spare'], contentFilter: ['spare'], contextWindow: ['large'] }],
  ] as const)('of another list do not answer %s', async (kind, lists) => {
    const stage = openStage(scripts(kind as 'transient'), fallbacks(lists));
    expect(kindsOf(await ask(stage))).toEqual([['a/m', kind]]);
  });

  it('for the context window leave out windows that are no larger', async () => {
    const stage = openStage({ a: [{ fail: 'context-too-long', status: 400 }], b: [{ text: 'never' }] } as never, {
      elsewhere: ['b'],
      deployments: { a: { contextWindow: 8_000 } },
      model: { fallbacks: { contextWindow: ['same'] } },
      config: { models: { same: [{ provider: 'b', model: 'm', contextWindow: 8_000 }] } },
    });
    expect([kindsOf(await ask(stage)), stage.asked]).toEqual([[['a/m', 'context-too-long']], ['a']]);
  });

  it('are open to callers only as access allows', async () => {
    const stage = openStage(scripts('transient'), {
      ...fallbacks({ default: ['spare'] }),
      config: { ...spare.config, access: { rules: [{ match: { team: 'x' }, deny: ['spare'] }] } },
    });
    const answer = ask({ ...stage, gateway: stage.gateway.for({ team: 'x' }) });
    await stage.clock.elapse(60_000);
    expect([isFailoverExhausted(await answer), stage.asked]).toEqual([true, ['a', 'a']]);
  });
});

describe('the retry budget', () => {
  it('lets a fifth of the calls be repeated when its reserve is used up', async () => {
    const stage = openStage({ a: [fail('rate-limited')] }, { model: { retry: { minDelayMs: 1, maxDelayMs: 1 } } });
    for (let call = 0; call < 100; call += 1) {
      const answer = ask(stage);
      await stage.clock.elapse(1);
      await answer;
    }
    // A reserve of 30, a fifth of 100, and three a second for the 100 ms that passed.
    expect(stage.asked.length).toBeGreaterThanOrEqual(148);
    expect(stage.asked.length).toBeLessThanOrEqual(152);
  });
});

describe('the deadline of a call', () => {
  it('is what the call itself asks for', async () => {
    const stage = openStage({ a: [{ never: true }], b: [{ text: 'never' }] });
    const answer = ask(stage, {}, { timeout: 1_500 });
    await stage.clock.elapse(1_499);
    expect(stage.events.map(({ type }) => type)).toEqual(['attempt.start']);
    await stage.clock.elapse(1);
    expect(await answer).toMatchObject({ code: 'deadline_exceeded', attempts: [{ failure: { kind: 'timeout' } }] });
    expect([stage.asked, await stage.reserved()]).toEqual([['a'], 0]);
  });

  it('ends a stream that is being read', async () => {
    const stage = openStage({ a: [{ pieces: ['one', 'stall'] }] });
    const reading = read(stage, {}, { timeout: 1_000 });
    await stage.clock.elapse(1_000);
    expect(await reading).toMatchObject({ text: 'one', error: { code: 'deadline_exceeded' } });
    expect([await stage.reserved(), stage.events.at(-1)]).toMatchObject([0, { type: 'request.end', outcome: 'error' }]);
  });
});
