import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CustomUse } from '../../src/core/guard.ts';
import type { StreamStep } from '../../src/guards/stream/stream-guard.ts';
import { chatChunk, denies, type Facts, guardedCall, guardPlan, guardsOf, PERSONAL_DATA, piecesOf } from './cases.ts';

const KEY = `ghp_${'a1B2'.repeat(9)}`;

async function inputOf(content: unknown, plan: Facts) {
  const { guards } = await guardsOf([guardPlan(plan)], guardedCall({ messages: [{ role: 'user', content }] }));
  return guards.guardInput();
}

async function actionOn(content: unknown, use: Facts['use']) {
  return (await inputOf(content, { use })).action;
}

describe('a text that is made to be hard to read', () => {
  it.each([
    ['after a line that ends as Windows ends it', `key:\r\n${KEY}\r\n`],
    ['among combining characters', `${'e\u0301\u0302'.repeat(5_000)} ${KEY}`],
    ['after a surrogate pair', `😀${KEY}😀`],
    ['after half a pair', `\ud83d${KEY}`],
    ['in the middle of a megabyte of one word', `${'x'.repeat(500_000)} ${KEY} ${'y'.repeat(500_000)}`],
    ['in JSON within the text', JSON.stringify({ key: KEY })],
  ])('is found %s', async (_, content) => {
    expect(await actionOn(content, { kind: 'secrets' })).toBe('block');
  });

  it.each([
    ['base64', Buffer.from('joe@example.com and 4111111111111111'.repeat(50)).toString('base64')],
    ['digits of another script', '４１１１ １１１１ １１１１ １１１１'],
    ['a key with a zero-width character in it', `${KEY.slice(0, 10)}\u200b${KEY.slice(10)}`],
  ])('is taken as it stands: %s is no finding', async (_, content) => {
    expect(await actionOn(content, { kind: 'secrets' })).toBe('pass');
    expect(await actionOn(content, PERSONAL_DATA)).toBe('pass');
  });

  it('is not cut within a pair, however a stream comes', async () => {
    const text = '😀joe@example.com😀 secret 😀';
    await fc.assert(
      fc.asyncProperty(piecesOf(text), async (pieces) => {
        const plan = guardPlan({ use: PERSONAL_DATA, mode: 'redact', on: 'output' });
        const { guards } = await guardsOf([plan], guardedCall({ stream: true, messages: [] }));
        const stream = guards.openStream();
        let told = '';
        const take = (step: StreamStep | undefined) => {
          for (const item of step?.items ?? [])
            told += (item as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '';
        };
        for (const content of pieces) take(stream?.push(chatChunk({ content })));
        take(await stream?.end());
        expect(told).toBe('😀[EMAIL]😀 secret 😀');
      }),
      { numRuns: 50 },
    );
  });
});

describe('many guards at once', () => {
  const source = fc.constantFrom('a+b', 'b[ab]*c', '\\bab', 'c.{0,3}a', 'aa|bb', '(?:ab){2}', 'c');
  const plans = fc
    .uniqueArray(source, { minLength: 1, maxLength: 5 })
    .map((sources) =>
      sources.map((each, index) =>
        guardPlan({ name: `g${index}`, use: denies(each), mode: index % 2 === 0 ? 'flag' : 'redact' }),
      ),
    );
  const content = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 24 });

  it('find what each would find alone', async () => {
    await fc.assert(
      fc.asyncProperty(plans, content, async (list, text) => {
        const call = () => guardedCall({ messages: [{ role: 'user', content: text }] });
        const together = await guardsOf(list, call());
        await together.guards.guardInput();
        const alone = await Promise.all(
          list.map(async (plan) => {
            const { guards, reports } = await guardsOf([plan], call());
            await guards.guardInput();
            return reports;
          }),
        );
        expect(together.reports).toEqual(alone.flat());
      }),
      { numRuns: 60 },
    );
  });

  it('find it also where their states outgrow every table', async () => {
    // Each remembers which of the last letters were an a, or a b: more states than are kept.
    const plans = ['[ab]*a[ab]{13}c', '[ab]*b[ab]{12}c'].map((each, index) =>
      guardPlan({ name: `g${index}`, use: denies(each) }),
    );
    let seed = 1;
    const letters = Array.from({ length: 13_000 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 2 === 0 ? 'a' : 'b';
    });
    const messages = [letters.join(''), `a${'b'.repeat(13)}c`, 'ab c'].map((content) => ({ role: 'user', content }));
    const { guards, reports } = await guardsOf(plans, guardedCall({ messages }));
    expect(await guards.guardInput()).toMatchObject({ action: 'block' });
    const findings = [{ kind: 'pattern', count: 1 }];
    expect(reports).toMatchObject([
      { guard: 'g0', findings },
      { guard: 'g1', findings },
    ]);
  });
});

describe('a call that is aborted while a guard thinks', () => {
  it('ends with its own reason, and tells the guard', async () => {
    let signal: AbortSignal | undefined;
    const use: CustomUse = {
      kind: 'custom',
      guard: {
        name: 'own',
        on: 'input',
        mode: 'block',
        check: (_, context) => {
          signal = context.signal;
          return new Promise(() => {});
        },
      },
    };
    const call = guardedCall({ messages: [{ role: 'user', content: 'hi' }] });
    const { guards } = await guardsOf([guardPlan({ use })], call);
    const verdict = guards.guardInput();
    const reason = new Error('the caller went');
    call.cancellation.cancel(reason);
    await expect(verdict).rejects.toBe(reason);
    expect(signal?.aborted).toBe(true);
  });
});
