import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { exampleConfig } from './registry.ts';

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(configJsonSchema());

describe('the JSON Schema', () => {
  test('takes the example of the contract', () => {
    expect(validate(exampleConfig)).toBe(true);
  });

  test('takes texts that are filled in from the environment', () => {
    const lab = { type: 'openai-compatible', baseURL: `\${LAB_URL:-http://127.0.0.1:8000/v1}`, apiKey: `\${LAB_KEY}` };
    expect(validate({ $schema: 'schema.json', providers: { lab } })).toBe(true);
  });

  test.each([
    ['a misspelt section', { providers: {}, modles: {} }],
    ['a misspelt option', { providers: { openai: { apikey: 'x' } } }],
    ['a misspelt unit', { providers: {}, budgets: [{ name: 'b', limit: { dollars: 1 }, window: 'day' }] }],
    ['an unknown strategy', { providers: {}, models: { a: { deployments: ['openai/x'], strategy: 'wieghted' } } }],
    ['a strategy object, which JSON cannot hold', { providers: {}, models: { a: { deployments: ['openai/x'], strategy: {} } } }],
    ['a store that needs a client', { providers: {}, store: { type: 'redis', client: {} } }],
    ['a base URL with a query', { providers: { openai: { baseURL: 'https://host/?x' } } }],
    ['a missing section', {}],
  ])('refuses %s', (_, config) => {
    expect(validate(config)).toBe(false);
  });

  test('leaves out the options that only code can give', () => {
    const text = JSON.stringify(configJsonSchema());
    for (const option of ['client', 'middleware', 'dispatcher', 'clock', 'random', 'countTokens', 'failover']) {
      expect(text).not.toContain(`"${option}"`);
    }
  });

  test('is current in the sources', () => {
    const written = readFileSync(new URL('../../src/config/schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(written)).toEqual(configJsonSchema());
  });
});
