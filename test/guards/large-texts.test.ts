import { describe, expect, it } from 'vitest';
import type { Params } from '../../src/core/params.ts';
import { denies, type Facts, guardedCall, guardPlan, guardsOf, PERSONAL_DATA } from './cases.ts';

const saying = (content: unknown): Params => ({ messages: [{ role: 'user', content }] });

/** What becomes of the input, and how often others had their turn of the event loop before. */
async function guarded(params: Params, facts: Facts) {
  const { guards, reports } = await guardsOf([guardPlan({ on: 'input', ...facts })], guardedCall(params));
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const verdict = await guards.guardInput();
  isDone = true;
  return { verdict, reports, turns };
}

describe('a long text', () => {
  it.each([
    ['of many findings', '+1 415 555 2671 '.repeat(5_000), PERSONAL_DATA, 'phone', 5_000],
    ['of one stretch, with a check of each place', `${'x'.repeat(34_000)}@a.co`, PERSONAL_DATA, 'email', 1],
    ['of one stretch, without a check', `${'a'.repeat(40_000)}b`, denies('(a+)+b'), 'pattern', 1],
    ['of many keys', 'AKIAIOSFODNN7EXAMPLE '.repeat(2_000), { kind: 'secrets' }, 'aws-access-key', 2_000],
    ['of JSON', JSON.stringify({ a: '\n'.repeat(20_000), b: 'joe@example.com ' }), PERSONAL_DATA, 'email', 1],
  ] as const)('is read while others have their turns: one %s', async (_, text, use, kind, count) => {
    const isJson = text.startsWith('{');
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: text } };
    const params = isJson ? { messages: [{ role: 'assistant', content: null, tool_calls: [call] }] } : saying(text);
    const { verdict, reports, turns } = await guarded(params, { use, mode: 'flag' });
    expect(verdict.action).toBe('pass');
    expect(reports).toEqual([{ action: 'flag', guard: 'guard', on: 'input', findings: [{ kind, count }] }]);
    expect(turns).toBeGreaterThan(isJson ? -1 : 1);
  });

  it('is no longer read if its call is aborted', async () => {
    const call = guardedCall(saying('+1 415 555 2671 '.repeat(5_000)));
    const { guards, reports } = await guardsOf([guardPlan({ on: 'input', use: PERSONAL_DATA })], call);
    const verdict = guards.guardInput();
    const reason = new Error('the caller went');
    call.cancellation.cancel(reason);
    await expect(verdict).rejects.toBe(reason);
    expect(reports).toEqual([]);
  });

  it('that is short is read at once', async () => {
    const { guards } = await guardsOf([guardPlan({ on: 'input', use: PERSONAL_DATA })], guardedCall(saying('joe@example.com')));
    expect(guards.guardInput()).toMatchObject({ action: 'block' });
  });

  it.each([
    ['in one', (texts: string[]) => texts.join(' ')],
    ['in many parts', (texts: string[]) => texts.map((text) => ({ type: 'text', text: `${text} ` }))],
  ])('has as many placeholders as it has persons: %s', async (_, contentOf) => {
    const persons = Array.from({ length: 3_000 }, (_, index) => `u${index}@example.com`);
    const { verdict } = await guarded(saying(contentOf(['[EMAIL_2]', ...persons])), { use: PERSONAL_DATA, mode: 'redact' });
    const sent = JSON.stringify(verdict.action === 'pass' ? verdict.params : '');
    expect(sent).not.toContain('@example.com');
    expect(sent).toContain('[EMAIL_1]');
    expect(sent).toContain('[EMAIL_3001]');
    expect(sent.split('[EMAIL_2]')).toHaveLength(2);
  });

  it('is refused if more is to be hidden in it than 50 000 pieces', async () => {
    const { verdict, reports } = await guarded(saying('1.2.3.4 '.repeat(50_001)), {
      use: { kind: 'personal-data', kinds: ['ip'], country: undefined },
      mode: 'redact',
    });
    const findings = [
      { kind: 'ip', count: 50_001 },
      { kind: 'too-many', count: 1 },
    ];
    expect(verdict).toMatchObject({ action: 'block', error: { status: 400, guard: 'guard', findings } });
    expect(reports).toEqual([{ action: 'block', guard: 'guard', on: 'input', findings }]);
  });
});

describe('a schema of a caller', () => {
  const FAILED = [{ kind: 'guard-failed', count: 1 }];

  async function outcome(schema: object, content: string) {
    const format = { type: 'json_schema', json_schema: { name: 's', schema } };
    const plan = guardPlan({ use: { kind: 'json-schema', schema: undefined, repair: false }, on: 'output' });
    const { guards } = await guardsOf([plan], guardedCall({ messages: [], response_format: format }));
    const verdict = await guards.guardAnswer({ choices: [{ message: { role: 'assistant', content } }] });
    return verdict.action === 'pass' ? 'pass' : verdict.error.findings;
  }

  const reference = (name: string) => ({ $ref: `#/$defs/${name}` });
  /** Each leads to three others: 3^40 ways. */
  const branching = (how: 'anyOf' | 'allOf' | 'oneOf', leaf: object) => {
    const names = Array.from({ length: 40 }, (_, index) => `d${index}`);
    const defs = names.map((name, index) => [name, { [how]: Array(3).fill(reference(names[index + 1] ?? 'leaf')) }]);
    return { $defs: Object.fromEntries([...defs, ['leaf', leaf]]), ...reference('d0') };
  };

  it.each([
    ['any of them fails', branching('anyOf', { type: 'string' }), '{"a":1}'],
    ['all of them hold', branching('allOf', { type: 'object' }), '{"a":1}'],
    ['one of them is to hold', branching('oneOf', { type: 'object' }), '{"a":1}'],
    [
      'an answer leads on',
      {
        $defs: {
          n: { anyOf: Array(3).fill({ type: 'object', properties: { a: reference('n') } }) },
        },
        ...reference('n'),
      },
      `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`,
    ],
    [
      'it has too many objects',
      { properties: Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`p${at}`, {}])) },
      '{}',
    ],
    ['it has too many patterns', { allOf: Array.from({ length: 21 }, (_, at) => ({ pattern: `^a{${at}}` })) }, '"a"'],
    ['it leads to itself', reference(''), '{}'],
  ])('that takes for ever is not followed: %s', async (_, schema, content) => {
    expect(await outcome(schema, content)).toEqual(FAILED);
  });

  it('may lead to itself, and hold what looks like a reference', async () => {
    const tree = {
      $defs: { node: { type: 'object', properties: { kids: { type: 'array', items: reference('node') } }, required: ['kids'] } },
      ...reference('node'),
    };
    const leaf = '{"kids":[]}';
    const bush = `{"kids":[${Array(5_000).fill(leaf).join()}]}`;
    expect(await outcome(tree, bush)).toBe('pass');
    expect(await outcome(tree, bush.replace('[]', '[1]'))).toEqual([{ kind: 'schema', count: 1 }]);
    const constant = { properties: { a: { const: { $ref: 'b' } }, $ref: { type: 'number' } } };
    expect(await outcome(constant, '{"a":{"$ref":"b"},"$ref":1}')).toBe('pass');
    expect(await outcome(constant, '{"a":{"$ref":"c"}}')).toEqual([{ kind: 'schema', count: 1 }]);
    expect(await outcome(constant, '{"$ref":"b"}')).toEqual([{ kind: 'schema', count: 1 }]);
  });
});
