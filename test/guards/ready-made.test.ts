import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js';
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { linearPatterns } from '../../src/guards/ready/linear-patterns.ts';
import { personalDataRules } from '../../src/guards/ready/personal-data.ts';
import { secretRules } from '../../src/guards/ready/secrets.ts';
import type { RuleSet } from '../../src/guards/rules/rule-set.ts';
import { TextScanner } from '../../src/guards/rules/text-scanner.ts';
import { guardedCall, guardPlan, guardsOf } from './cases.ts';

function found(rules: RuleSet, text: string): string[] {
  const matches: string[] = [];
  const scanner = new TextScanner(rules, ({ rule, text: match }) => matches.push(`${rule.kind} ${match}`));
  scanner.feed(text);
  scanner.end();
  return matches;
}

/** Made up in the shapes that the makers document, so that none was ever given out. */
const SECRETS: Record<string, string> = {
  'aws-access-key': `AKIA${'Q3EG7LT5'.repeat(2)}`,
  'openai-key': `sk-proj-${'aB3d'.repeat(18)}xyT3BlbkFJ${'Zx9q'.repeat(18)}ab`,
  'anthropic-key': `sk-ant-api03-${'aB3d'.repeat(23)}xAA`,
  'groq-key': `gsk_${'aB3d'.repeat(13)}`,
  'huggingface-token': `hf_${'aBcDe'.repeat(6)}aBcD`,
  'github-token': `ghp_${'aB3d'.repeat(9)}`,
  'gitlab-token': `glpat-${'aB3d'.repeat(5)}`,
  'npm-token': `npm_${'aB3d'.repeat(9)}`,
  'slack-token': 'xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx',
  'shopify-token': `shpat_${'aB3d'.repeat(8)}`,
  'notion-token': `ntn_12345678901${'aB3d5'.repeat(7)}`,
  'linear-key': `lin_api_${'aB3d'.repeat(10)}`,
  'databricks-token': `dapi${'a1b2'.repeat(8)}`,
  'docker-token': `dckr_pat_${'aB3'.repeat(9)}`,
  'figma-token': `figd_${'aB3d'.repeat(10)}`,
  'database-url': 'postgres://admin:hunter2pass@db.internal',
};

describe('secrets', () => {
  it.each(Object.entries(SECRETS))('find %s within a sentence, as a whole', (kind, secret) => {
    expect(found(secretRules(), `the key is "${secret}", keep it`)).toEqual([`${kind} ${secret}`]);
  });

  it.each(Object.entries(SECRETS))('find %s if secretlint does', async (_, secret) => {
    const { messages } = await lintSource({
      source: { content: `the key is ${secret} here`, filePath: '/a.txt', ext: '.txt', contentType: 'text' },
      options: { config: { rules: [{ id: 'preset', rule: creator }] }, noPhysicFilePath: true },
    });
    const ours = found(secretRules(), `the key is ${secret} here`);
    expect(ours.length).toBeGreaterThanOrEqual(Math.min(1, messages.length));
  });

  it('find a private key up to its end, with line ends or as JSON writes them', () => {
    const lines = [
      '-----BEGIN RSA PRIVATE KEY-----',
      'MIIEpAIBAAKCAQEA1234567890abcdef',
      'Zm9v',
      '-----END RSA PRIVATE KEY-----',
    ];
    for (const between of ['\n', '\\n', '\r\n']) {
      expect(found(secretRules(), `a ${lines.join(between)} z`)).toEqual([`private-key ${lines.join(between)}`]);
    }
  });

  it('leave words alone', () => {
    expect(found(secretRules(), 'skip the AKIA prefix, task-list, ghp_short, https://example.com/a:b@c')).toEqual([]);
  });
});

const ALL = ['email', 'phone', 'card', 'iban', 'ip'] as const;

describe('personal data', () => {
  // Numbers that their makers give as examples: card schemes' test cards, the IBAN registry's examples, RFC 5737 addresses.
  it.each([
    "email joe.o'neil+x@mail.example.co.uk",
    'email jürgen@exämple.de',
    'phone +1 213 373 4253',
    'phone +49 30 901820',
    'phone +44 (0)20 7946 0018'.replace('(0)', ''),
    'card 4111 1111 1111 1111',
    'card 5555-5555-5555-4444',
    'card 378282246310005',
    'iban DE89 3704 0044 0532 0130 00',
    'iban GB29NWBK60161331926819',
    'iban NO9386011117947',
    'ip 192.0.2.17',
    'ip 2001:db8::8a2e:370:7334',
  ])('find %s', async (match) => {
    const rules = await personalDataRules(ALL, undefined);
    expect(found(rules, `Mine is ${match.slice(match.indexOf(' ') + 1)}, thank you`)).toEqual([match]);
  });

  it.each([
    'card 4111 1111 1111 1112',
    'iban DE89 3704 0044 0532 0130 01',
    'ip 192.0.2.256',
    'ip 12:30:45',
    'ip std::vector',
    'email joe@localhost',
    'phone +1 000 000 0000',
  ])('leave alone what is no %s', async (text) => {
    const rules = await personalDataRules(
      ALL.filter((kind) => text.startsWith(kind)),
      undefined,
    );
    expect(found(rules, `It says ${text.slice(text.indexOf(' ') + 1)}, really`)).toEqual([]);
  });

  it('find numbers of a country without its prefix only if that country is named', async () => {
    const text = 'call 030 901820 now';
    expect(found(await personalDataRules(['phone'], undefined), text)).toEqual([]);
    expect(found(await personalDataRules(['phone'], 'DE'), text)).toEqual(['phone 030 901820']);
  });

  it.each([
    '4242424242424242',
    '5555555555554444',
    '2223003122003222',
    '378282246310005',
    '6011111111111117',
    '3056930009020004',
    '3566002020360505',
    '6200000000000005',
  ])('find the test card %s of its scheme', async (number) => {
    const rules = await personalDataRules(['card'], undefined);
    expect(found(rules, `Pay with ${number}.`)).toEqual([`card ${number}`]);
  });

  // The registry's example of each country.
  it.each([
    ...['AT611904300234573201', 'BE68539007547034', 'BR1800360305000010009795493C1', 'CH9300762011623852957'],
    ...['CZ6508000000192000145399', 'DE89370400440532013000', 'DK5000400440116243', 'ES9121000418450200051332'],
    ...['FI2112345600000785', 'FR1420041010050500013M02606', 'GB29NWBK60161331926819', 'GR1601101250000000012300695'],
    ...['HU42117730161111101800000000', 'IE29AIBK93115212345678', 'IT60X0542811101000000123456', 'LU280019400644750000'],
    ...['MT84MALT011000012345MTLCAST001S', 'NL91ABNA0417164300', 'NO9386011117947', 'PL61109010140000071219812874'],
    ...['PT50000201231234567890154', 'SA0380000000608010167519', 'SE4550000000058398257466', 'TR330006100519786457841326'],
  ])('find the IBAN %s, in one piece and as it is printed', async (number) => {
    const rules = await personalDataRules(['iban'], undefined);
    const printed = number.replace(/.{4}(?=.)/g, '$& ');
    expect(found(rules, `To ${number}, please, or ${printed}.`)).toEqual([`iban ${number}`, `iban ${printed}`]);
  });

  it("find the package's example number of every country, with its prefix, in international and in short form", async () => {
    const rules = await personalDataRules(['phone'], undefined);
    const numbers = getCountries().map((country) => getExampleNumber(country, examples) ?? expect.fail(country));
    const forms = numbers.flatMap((number) => [number.formatInternational(), number.format('E.164')]);
    const missed = forms.filter((text) => !found(rules, `Call ${text} now.`).includes(`phone ${text}`));
    expect(forms.length).toBeGreaterThan(400);
    expect(missed).toEqual([]);
  });

  it('find a card behind a digit that does not belong to it', async () => {
    const rules = await personalDataRules(['card'], undefined);
    expect(found(rules, '2 4111 1111 1111 1111')).toEqual(['card 4111 1111 1111 1111']);
  });
});

describe('patterns of schemas', () => {
  const engine = linearPatterns(true);

  it('match what expressions match', () => {
    const sources = ['^[a-z]*$', '^a+b?$', 'b{2,3}', '^(?:ab|ba)+$', '[0-9]$', '^$', '^a.c', '\\bab\\b', 'a|b', '^[^a]$'];
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '\n'), maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...sources), text, (source, value) => {
        expect([source, value, engine(source, '').test(value)]).toEqual([source, value, new RegExp(source).test(value)]);
      }),
      { numRuns: 500 },
    );
  });

  it('of a caller are none that could take for ever; those of the configuration are as they are written', () => {
    const evil = '^(a+)+$';
    expect(engine(evil, '').test(`${'a'.repeat(50_000)}!`)).toBe(false);
    expect(engine('^(?!a)b', '').test('c')).toBe(true);
    expect(linearPatterns(false)('^(?!a)b', '').test('c')).toBe(false);
  });

  it('are each matched for themselves, several of one schema', async () => {
    const patternProperties = { '^x-': { type: 'string' }, '^\\d+$': { type: 'number' }, '(?!a)b': true };
    const schema = { type: 'object', patternProperties, properties: { id: { pattern: '^[a-f]+$' } } };
    const params = { messages: [], response_format: { type: 'json_schema', json_schema: { name: 's', schema } } };
    for (const own of [undefined, schema]) {
      const plan = guardPlan({ use: { kind: 'json-schema', schema: own, repair: false }, on: 'output' });
      const outcome = async (value: object) => {
        const { guards } = await guardsOf([plan], guardedCall(params));
        return (await guards.guardAnswer({ choices: [{ message: { content: JSON.stringify(value) } }] })).action;
      };
      expect(await outcome({ 'x-a': 'b', 12: 3, id: 'abc' })).toBe('pass');
      expect(await outcome({ 'x-a': 1 })).toBe('block');
      expect(await outcome({ 12: 'b' })).toBe('block');
      expect(await outcome({ id: 'x-1' })).toBe('block');
    }
  });

  it('and schemas that are checked later let nothing by', async () => {
    const schema = { $async: true, type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
    const params = { messages: [], response_format: { type: 'json_schema', json_schema: { name: 's', schema } } };
    const plan = guardPlan({ use: { kind: 'json-schema', schema: undefined, repair: false }, on: 'output' });
    const { guards } = await guardsOf([plan], guardedCall(params));
    expect(await guards.guardAnswer({ choices: [{ message: { role: 'assistant', content: '{"a":"1"}' } }] })).toMatchObject({
      action: 'block',
      error: { findings: [{ kind: 'schema', count: 1 }] },
    });
  });

  it('know nothing of each other, whatever they are called and refer to', async () => {
    const asked = (schema: object) => ({
      messages: [],
      response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
    });
    const plan = guardPlan({ use: { kind: 'json-schema', schema: undefined, repair: false }, on: 'output' });
    const outcome = async (schema: object) => {
      const { guards } = await guardsOf([plan], guardedCall(asked(schema)));
      return (await guards.guardAnswer({ choices: [{ message: { role: 'assistant', content: '{"a":"x"}' } }] })).action;
    };
    const draft = 'https://json-schema.org/draft/2020-12/schema';
    const named = (type: string, $id: string) => ({ $id, type: 'object', properties: { a: { $id: `${$id}/a`, type } } });
    expect(await outcome({ ...named('string', draft), type: 'nonsense' })).toBe('block');
    expect(await outcome(named('string', draft))).toBe('pass');
    expect(await outcome(named('number', draft))).toBe('block');
    expect(await outcome({ $schema: draft, type: 'object', properties: { a: { type: 'string' } } })).toBe('pass');
    expect(await outcome({ properties: { a: { $ref: `${draft}/a` } } })).toBe('block');
  });
});
