import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheKey, IGNORED_PARAMS } from '../../src/cache/cache-key.ts';
import { canonicalText } from '../../src/cache/canonical.ts';
import { callOf } from './calls.ts';

const json = fc.jsonValue({ depthSize: 'small' });
const params = fc.dictionary(fc.string(), json).map((fields) => ({ messages: [], ...fields }));

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const turned = Object.entries(value)
    .reverse()
    .map(([name, own]) => [name, SCHEMAS.has(name) ? own : reversed(own)]);
  return Object.fromEntries([['gone', undefined], ...turned]);
}

const SCHEMAS = new Set(['schema', 'parameters', 'input_schema', 'properties']);
const keyOf = (given: object, more: object = {}) =>
  cacheKey(callOf({ params: given as Record<string, unknown>, ...more }), 'scope');

describe('the key of a call', () => {
  it('is the same whatever the order of fields, and with fields that are undefined', () => {
    fc.assert(fc.property(params, (given) => keyOf(reversed(given) as object) === keyOf(given)));
  });

  it('differs for any two bodies that differ', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        const isSame = canonicalText(one) === canonicalText(other);
        expect(isSame).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
        expect(keyOf({ own: one }) === keyOf({ own: other })).toBe(isSame);
      }),
    );
  });

  it('is the same text for long lists of numbers as for each of them', () => {
    const numbers = Array.from({ length: 1_500 }, (_, at) => (at % 3 === 0 ? at / 7 : at));
    const mixed = [...numbers, 'a', ...numbers, null, [1, 2]];
    for (const list of [numbers, mixed]) expect(canonicalText(list)).toBe(`[${list.map(canonicalText).join(',')}]`);
  });

  it('differs by every param that is not listed, known or not', () => {
    const name = fc.string({ minLength: 1 }).filter((one) => !IGNORED_PARAMS.has(one));
    fc.assert(fc.property(name, json, (field, value) => keyOf({ [field]: value }) !== keyOf({})));
  });

  it.each([...IGNORED_PARAMS])('is the same whatever %s says', (name) => {
    expect(keyOf({ messages: [], [name]: 'x' })).toBe(keyOf({ messages: [] }));
  });

  it('keeps the order of a schema, in which models answer', () => {
    const format = (properties: object) => ({
      response_format: { type: 'json_schema', json_schema: { schema: { properties } } },
    });
    expect(keyOf(format({ a: {}, b: {} }))).not.toBe(keyOf(format({ b: {}, a: {} })));
  });

  it('tells apart texts that only look the same, and numbers from texts', () => {
    const texts = ['é', 'e\u0301', 'e', '1', 1, '1.0', true, null, '', ' ', '\u0000', [], {}, [[]], ['1']];
    expect(new Set(texts.map((own) => keyOf({ own }))).size).toBe(texts.length);
    expect(keyOf({ own: 1.0 })).toBe(keyOf({ own: 1 }));
  });

  it.each([
    ['n', 2],
    ['seed', 1],
    ['logprobs', true],
    ['logit_bias', { 50256: -100 }],
    ['service_tier', 'flex'],
    ['response_format', { type: 'json_object' }],
    ['tool_choice', 'required'],
    ['reasoning_effort', 'low'],
    ['top_k', 1],
    ['an_own_field_of_a_vendor', { deep: [1] }],
  ])('differs by %s', (name, value) => {
    expect(keyOf({ messages: [], [name]: value })).not.toBe(keyOf({ messages: [] }));
  });

  it('tells apart what only an escape or a border would', () => {
    const pairs: [unknown, unknown][] = [
      [{ a: 'b","c":"d' }, { a: 'b', c: 'd' }],
      [['a', 'b'], ['a,b']],
      [
        ['ab', ''],
        ['a', 'b'],
      ],
      ['3"abc', 'abc'],
      [12, '12'],
      [{ schema: { a: 1 } }, { schema: '{"a":1}' }],
      ['\ud800', '\ud801'],
      [{ tools: [{ parameters: { a: 1, b: 2 } }] }, { tools: [{ parameters: { b: 2, a: 1 } }] }],
    ];
    for (const [one, other] of pairs) expect(keyOf({ own: one })).not.toBe(keyOf({ own: other }));
    expect(keyOf({ own: -0 })).toBe(keyOf({ own: 0 }));
  });

  it('differs by where a provider is', () => {
    const at = (baseURL: string) => {
      const { modelPlan, plan } = callOf();
      const [deployment] = modelPlan.deployments;
      const deployments = [{ ...deployment, provider: 'openai' }];
      const providers = new Map([['openai', { name: 'openai', type: 'openai', options: { baseURL, drop: [] } }]]);
      return cacheKey({ ...callOf(), modelPlan: { ...modelPlan, deployments }, plan: { ...plan, providers } } as never, 'scope');
    };
    expect(at('https://one.example')).not.toBe(at('https://two.example'));
    expect(at('https://one.example')).toBe(at('https://one.example'));
  });

  it('differs by operation, model, deployments, defaults, headers, query and scope', () => {
    const base = callOf();
    const deployment = base.modelPlan.deployments[0] as object;
    const others = [
      callOf({ operation: 'responses' }),
      callOf({ model: 'slow' }),
      callOf({ modelPlan: { ...base.modelPlan, params: { temperature: 1 } } }),
      callOf({ modelPlan: { ...base.modelPlan, deployments: [{ ...deployment, upstreamModel: 'gpt-2' }] as never } }),
      callOf({ headers: { 'anthropic-beta': 'x' } }),
      callOf({ query: 'a=b' }),
    ];
    const keys = [base, ...others].map((call) => cacheKey(call, 'scope'));
    expect(new Set([...keys, cacheKey(base, 'other')]).size).toBe(others.length + 2);
    expect(cacheKey(callOf({ headers: { traceparent: 'x' } }), 'scope')).not.toBe(
      cacheKey(callOf({ headers: { a: 'x' } }), 'scope'),
    );
    expect(cacheKey(callOf({ headers: { traceparent: 'x' } }), 'scope')).toBe(cacheKey(base, 'scope'));
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, own]) => [name, SCHEMAS.has(name) ? own : sorted(own)] as const);
  // As pairs: integers would be put before other names.
  return { pairs: entries.sort(([one], [other]) => (one < other ? -1 : 1)) };
}
