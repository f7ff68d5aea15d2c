import { isFailoverExhausted, routeOf } from 'tollgate';
import type { Script } from 'tollgate/testing';
import { describe, expect, it } from 'vitest';
import { ask, kindsOf, openStage, read, type Stage } from './stage.ts';

const messages = [{ role: 'user' as const, content: 'hello' }];

/** One deployment `a`, with `b` as its fallback. */
function withFallback(scripts: { a: Script; b: Script; c?: Script }, model: object = {}, a: object = {}): Stage {
  return openStage(scripts as Record<string, Script>, {
    elsewhere: ['b', 'c'],
    deployments: { a },
    model: { fallbacks: { default: ['spare'] }, ...model },
    config: {
      models: {
        spare: { deployments: ['b/m'], fallbacks: scripts.c ? ['last'] : [] },
        ...(scripts.c ? { last: ['c/m'] } : {}),
      } as never,
    },
  });
}

const once = { model: { retry: { attemptsPerDeployment: 1 } } };

describe('one deployment with a fallback', () => {
  it('is asked no more after five failures in a row, until one call probes it', async () => {
    const stage = withFallback(
      { a: [...Array(5).fill({ fail: 'transient' }), { text: 'a again' }], b: [{ text: 'b' }] },
      once.model,
    );
    for (let call = 0; call < 8; call += 1) expect(await ask(stage)).toBe('b');
    expect(stage.asked.filter((name) => name === 'a')).toHaveLength(5);
    await stage.clock.elapse(30_000);
    expect([await ask(stage), await ask(stage)]).toEqual(['a again', 'a again']);
  });

  it('is asked no more after five rate limits in a row that do not say when they end', async () => {
    const stage = withFallback({ a: [{ fail: 'rate-limited' }], b: [{ text: 'b' }] });
    for (let call = 0; call < 8; call += 1) expect(await ask(stage)).toBe('b');
    expect(stage.asked.filter((name) => name === 'a')).toHaveLength(5);
  });

  it.each([
    ['rate-limited', { fail: 'rate-limited', retryAfterMs: 20_000 }],
    ['quota-exhausted', { fail: 'quota-exhausted' }],
    ['credential-rejected', { fail: 'credential-rejected' }],
    ['model-unavailable', { fail: 'model-unavailable' }],
  ] as const)('is asked once where it is %s', async (_, failure) => {
    const stage = withFallback({ a: [failure], b: [{ text: 'b' }] });
    expect([await ask(stage), await ask(stage), (await read(stage)).text]).toEqual(['b', 'b', 'b']);
    expect(stage.asked).toEqual(['a', 'b', 'b', 'b']);
  });

  it('shows on the route and in a dry run why it was passed over', async () => {
    const stage = withFallback({ a: [{ fail: 'credential-rejected' }], b: [{ text: 'b' }] });
    await ask(stage);
    const { control, chat } = stage.gateway;
    const plan = await control.plan({ model: 'm', messages });
    expect(plan.deployments).toMatchObject([
      { id: 'b/m', place: 1 },
      { id: 'a/m', skipped: expect.stringMatching(/^cooling until/) },
    ]);
    const answer = await chat.completions.create({ model: 'm', messages });
    expect(routeOf(answer)).toMatchObject({ deployment: 'b/m', attempts: [{ deployment: 'b/m' }] });
  });

  it('is tried in spite of its cooldown where the fallback cools too', async () => {
    const stage = withFallback({
      a: [{ fail: 'credential-rejected' }, { text: 'a' }],
      b: [{ fail: 'quota-exhausted' }],
    });
    expect(isFailoverExhausted(await ask(stage))).toBe(true);
    stage.asked.length = 0;
    expect([await ask(stage), stage.asked]).toEqual(['a', ['a']]);
  });

  it('leaves the choice of whom to try in spite of it to who is back first', async () => {
    const stage = withFallback(
      {
        a: [{ fail: 'credential-rejected' }],
        b: [...Array(5).fill({ fail: 'transient' }), { text: 'b' }],
      },
      once.model,
    );
    for (let call = 0; call < 5; call += 1) await ask(stage);
    stage.asked.length = 0;
    expect([await ask(stage), stage.asked]).toEqual(['b', ['b']]);
  });

  it('goes down the chain of fallbacks past those that cool', async () => {
    const stage = withFallback({ a: [{ fail: 'model-unavailable' }], b: [{ fail: 'model-unavailable' }], c: [{ text: 'c' }] });
    expect([await ask(stage), await ask(stage)]).toEqual(['c', 'c']);
    expect(stage.asked).toEqual(['a', 'b', 'c', 'c']);
  });

  it('gives a call that is used up at one deployment the fallback that cools', async () => {
    const stage = withFallback({ a: [{ text: 'a' }], b: [{ fail: 'quota-exhausted' }, { text: 'b' }] });
    await stage.gateway.chat.completions.create({ model: 'spare', messages }).catch(() => undefined);
    const other = withFallback({ a: [{ fail: 'transient' }], b: [{ fail: 'quota-exhausted' }, { text: 'b' }] }, once.model);
    await other.gateway.chat.completions.create({ model: 'spare', messages }).catch(() => undefined);
    expect([await ask(stage), stage.asked]).toEqual(['a', ['b', 'a']]);
    expect([await ask(other), other.asked]).toEqual(['b', ['b', 'a', 'b']]);
  });

  it('goes to the fallback where its own limit has no room, and waits where there is none', async () => {
    const stage = withFallback({ a: [{ text: 'a' }], b: [{ text: 'b' }] }, {}, { rpm: 1 });
    expect([await ask(stage), await ask(stage), (await read(stage)).text]).toEqual(['a', 'b', 'b']);
    const alone = openStage({ a: [{ text: 'a' }] }, { deployments: { a: { rpm: 1 } } });
    await ask(alone);
    const second = ask(alone);
    await alone.clock.elapse(59_000);
    expect(alone.asked).toHaveLength(1);
    await alone.clock.elapse(2_000);
    expect(await second).toBe('a');
  });

  it('keeps to access rules when it goes to a fallback', async () => {
    const stage = openStage(
      { a: [{ fail: 'credential-rejected' }], b: [{ text: 'b' }] },
      {
        elsewhere: ['b'],
        model: { fallbacks: ['spare'] },
        config: { models: { spare: ['b/m'] }, access: { rules: [{ match: {}, deny: ['spare', 'b/*'] }] } } as never,
      },
    );
    const denied = await ask(stage);
    expect(kindsOf(denied)).toEqual([['a/m', 'credential-rejected']]);
    expect([kindsOf(await ask(stage)), stage.asked]).toEqual([[['a/m', 'credential-rejected']], ['a', 'a']]);
  });
});

describe('a deployment with nobody beside it', () => {
  it('is asked by every call, cooling or not', async () => {
    const stage = openStage({ a: [...Array(7).fill({ fail: 'transient' }), { text: 'a' }] }, once);
    for (let call = 0; call < 7; call += 1) await ask(stage);
    expect([stage.gateway.control.health()[0]?.state, await ask(stage)]).toEqual(['cooling', 'a']);
  });
});
