import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { issuesOf, pathsOf, planOf } from './registry.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollgate-config-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function load(name: string, text: string, variables: Record<string, string> = {}): unknown {
  const path = join(directory, name);
  writeFileSync(path, text);
  return loadConfig(path, variables);
}

function messageOf(name: string, text: string): string {
  try {
    load(name, text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.replaceAll(directory, '');
    throw error;
  }
  throw new Error('the file was accepted');
}

const YAML = `
providers:
  openai:
    apiKey: \${KEY}
    baseURL: https://\${HOST:-api.example.com}/v1
models:
  fast: [openai/gpt-5-mini]
budgets:
  - { name: company, limit: { usd: 5 }, window: month }
`;

describe('a configuration file', () => {
  test.each(['config.yaml', 'config.yml', 'CONFIG.YAML'])('%s is read as YAML, variables filled in', (name) => {
    const plan = planOf(load(name, YAML, { KEY: 'sk-x' }), {});
    expect(plan.providers.get('openai')?.options.baseURL).toBe('https://api.example.com/v1');
    expect(plan.models.get('fast')?.deployments[0]?.id).toBe('openai/gpt-5-mini');
  });

  test('is read as JSON, with a BOM too', () => {
    expect(load('a.json', `\uFEFF{"providers":{"openai":{"apiKey":"\${KEY}"}}}`, { KEY: 'x' })).toEqual({
      providers: { openai: { apiKey: 'x' } },
    });
  });

  test.each([
    [`\${A}`, 'one'],
    [`\${A}-\${B:-two}`, 'one-two'],
    [`\${EMPTY}`, ''],
    [`\${EMPTY:-default}`, 'default'],
    [`\${UNSET:-}`, ''],
    [`$A \${not a name} {A}`, `$A \${not a name} {A}`],
    [`\${INDIRECT}`, `\${A}`],
  ])('%s becomes %j', (text, filled) => {
    const variables = { A: 'one', EMPTY: '', INDIRECT: `\${A}` };
    expect(load('fill.json', JSON.stringify({ list: [text] }), variables)).toEqual({ list: [filled] });
  });

  test('only texts are filled in, not keys or numbers', () => {
    expect(JSON.stringify(load('keys.json', `{"\${A}":1}`, { A: 'x' }))).toBe(`{"\${A}":1}`);
  });

  test('a variable that is not set is a problem among all others, with its path', () => {
    const config = load(
      'unset.json',
      `{"providers":{"openai":{"apiKey":["\${UNSET}"]}},"watchh":true,"models":{"a":["opnai/x"]}}`,
    );
    expect(issuesOf(config, {})).toEqual([
      { path: 'providers.openai.apiKey[0]', message: 'the environment variable UNSET is not set' },
      { path: 'watchh', message: "unknown key; did you mean 'watch'?" },
      { path: 'models.a[0]', message: "unknown provider 'opnai'; did you mean 'openai'?" },
    ]);
  });

  test('names of built-in properties are no variables', () => {
    expect(pathsOf(load('proto.json', `{"providers":{"openai":{"apiKey":"\${constructor}"}}}`), {})).toEqual([
      'providers.openai.apiKey',
    ]);
  });

  test.each(['{"__proto__":{"polluted":1},"providers":{}}', '{"providers":{"constructor":{}}}'])('%s is refused', (text) => {
    expect(pathsOf(load('reserved.json', text), {})).not.toEqual([]);
    expect(pathsOf(load('reserved.yaml', text), {})).not.toEqual([]);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test.each([
    ['broken.json', '{"apiKey":"sk-SECRET" "x":1}', '/broken.json is not valid JSON (line 1 column 23)'],
    ['comma.json', '{\n  "apiKey": "sk-SECRET",\n  "models": ["a",]\n}\n', '/comma.json is not valid JSON (line 3 column 18)'],
    ['quotes.json', "{\n'apiKey': 'sk-SECRET'}", '/quotes.json is not valid JSON (line 2 column 1)'],
    ['word.json', '[true,\r\n nulL, "sk-SECRET"]', '/word.json is not valid JSON (line 2 column 5)'],
    ['short.json', '{"apiKey": "sk-SECRET"', '/short.json is not valid JSON'],
    ['broken.yaml', 'apiKey: sk-SECRET\n  x: [', '/broken.yaml is not valid YAML: '],
    ['twice.yaml', 'a: sk-SECRET\na: sk-SECRET', '/twice.yaml is not valid YAML: duplicate key (line 2 column 1)'],
    [
      'braces.yaml',
      'SECRET: { apiKey: ${OPENAI_API_KEY} }',
      "unexpected token (line 1 column 20); within braces a variable needs quotes: '${NAME}'",
    ],
    ['config.toml', 'a = 1', 'expected a file that ends in .json, .yaml or .yml: /config.toml'],
    ['laughs.yaml', bomb(), 'an alias is unknown or used too often'],
  ])('%s is refused without telling what is in it', (name, text, words) => {
    expect(messageOf(name, text)).toContain(words);
    expect(messageOf(name, text)).not.toContain('SECRET');
  });

  test('a file that is not there is refused by name', () => {
    expect(() => loadConfig(join(directory, 'absent.json'), {})).toThrow(
      /cannot read .*absent\.json: there is no such file or directory/,
    );
  });

  test('a list that contains itself is refused with its path', () => {
    expect(issuesOf(load('cycle.yaml', 'providers: { ollama: {} }\nbudgets: &a [*a, *a]'), {})[0]).toEqual({
      path: 'budgets[0]',
      message: 'refers to an object that contains it',
    });
  });
});

function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`,
  );
  return ['l0: &l0 [x]', ...levels].join('\n');
}
