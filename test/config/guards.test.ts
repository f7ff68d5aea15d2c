import { getCountries } from 'libphonenumber-js/min';
import { describe, expect, test } from 'vitest';
import { normalise } from '../../src/config/normalise.ts';
import type { Guard } from '../../src/core/guard.ts';
import { PHONE_COUNTRIES } from '../../src/core/phone-countries.ts';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { planOf, registry } from './registry.ts';

const base = { providers: { openai: {} } };
const variables = { OPENAI_API_KEY: 'sk-x' };

function plansOf(...guards: unknown[]) {
  return planOf({ ...base, guards } as Parameters<typeof planOf>[0], variables).guards ?? [];
}

function issuesOf(...guards: unknown[]): string[] {
  try {
    normalise({ ...base, guards }, variables, 1, registry);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

function schemaGuard(schema: object) {
  return { name: 'x', on: 'output', mode: 'block', use: 'json-schema', schema };
}

describe('guards', () => {
  test('know the countries that the package of phone numbers knows', () => {
    expect([...PHONE_COUNTRIES]).toEqual(getCountries());
  });

  test('have defaults', () => {
    expect(plansOf({ name: 'keys', on: 'both', mode: 'block', use: 'secrets' })).toEqual([
      { name: 'keys', on: 'both', mode: 'block', match: {}, timeoutMs: 1000, whenItFails: 'deny', use: { kind: 'secrets' } },
    ]);
    expect(plansOf({ name: 'm', on: 'input', mode: 'block', use: 'model', model: 'openai/gpt' })).toMatchObject([
      { timeoutMs: 10_000 },
    ]);
    expect(planOf(base, variables).guards).toEqual([]);
  });

  test('may be an object of the user, which is kept as it is', () => {
    const guard: Guard & { state: number } = {
      name: 'own',
      on: 'input',
      mode: 'flag',
      match: { team: 'red' },
      state: 1,
      check: () => [],
    };
    const [plan] = plansOf(guard);
    expect(plan).toMatchObject({ name: 'own', match: { team: ['red'] }, mode: 'flag' });
    expect(plan?.use.kind).toBe('custom');
    expect(plan?.use && 'guard' in plan.use && plan.use.guard).toBe(guard);
  });

  test('take patterns as texts, expressions and literals', () => {
    const [plan] = plansOf({
      name: 'p',
      on: 'both',
      mode: 'block',
      use: 'pattern',
      deny: ['a+', /b/i, { text: 'a.b', kind: 'dot' }],
    });
    expect(plan?.use).toMatchObject({
      deny: [
        { source: 'a+', isLiteral: false, ignoreCase: false, kind: 'pattern' },
        { source: 'b', ignoreCase: true },
        { source: 'a.b', isLiteral: true, kind: 'dot' },
      ],
      allow: [],
    });
  });

  test.each([
    [
      { name: 'x', on: 'both', mode: 'block', use: 'pattern', deny: ['(?=a)'] },
      'guards[0].deny[0]: is no pattern that can be matched in linear time',
    ],
    [
      { name: 'x', on: 'both', mode: 'block', use: 'pattern', deny: 'a{99999999}' },
      'guards[0].deny: is no pattern that can be matched in linear time: repeats more than 1000 times',
    ],
    [{ name: 'x', on: 'both', mode: 'block', use: 'pattern', deny: 'a*' }, 'guards[0].deny: matches the empty text'],
    [{ name: 'x', on: 'both', mode: 'redact', use: 'size', maxCharacters: 3 }, "guards[0].mode: expected 'block' or 'flag'"],
    [
      { name: 'x', on: 'output', mode: 'flag', use: 'json-schema', repair: true },
      "guards[0].repair: expected false under mode 'flag'",
    ],
    [{ name: 'x', on: 'both', mode: 'block', use: 'model', model: 'nobody/x' }, 'guards[0].model: '],
    [
      { name: 'x', on: 'both', mode: 'block', use: 'personal-data', country: 'XX' },
      "guards[0].country: is the code of no country whose phone numbers are known: expected one such as 'DE'",
    ],
    [{ name: 'x', on: 'both', mode: 'block', use: 'personal-data', country: 'Germany' }, 'guards[0].country: expected the ISO'],
    [schemaGuard({ properties: { age: { type: 'nmber' } } }), 'guards[0].schema.properties.age.type: is no JSON Schema: must be'],
    [
      schemaGuard({ properties: { 'a/b': { minimum: '1' } } }),
      'guards[0].schema.properties["a/b"].minimum: is no JSON Schema: must',
    ],
    [schemaGuard({ $ref: '#/$defs/none' }), "guards[0].schema: is no JSON Schema: can't resolve reference #/$defs/none"],
    [schemaGuard({ pattern: '(' }), 'guards[0].schema'],
    [schemaGuard({ $async: true }), 'guards[0].schema.$async: is no JSON Schema: is not known here'],
    [{ name: 'x', on: 'sideways', mode: 'block', use: 'secrets' }, "guards[0].on: expected 'input', 'output' or 'both'"],
    [{ name: 'x', on: 'both', mode: 'block', use: 'secrets', extra: 1 }, 'guards[0].extra: '],
  ])('are refused by the path of what is wrong: %o', (guard, expected) => {
    expect(issuesOf(guard).join('\n')).toContain(expected);
  });

  test('have names of their own', () => {
    const guard = { name: 'x', on: 'both', mode: 'block', use: 'secrets' };
    expect(issuesOf(guard, guard)).toEqual(['guards[1].name: repeats the name of guards[0]']);
  });
});
