import { describe, expect, it } from 'vitest';
import { keyVariable } from '../../src/config/environment.ts';
import { vendorFacts } from '../../src/gateway/composition/provider-types.ts';

const google = vendorFacts().get('google');

describe('the variable of an API key', () => {
  it.each([
    ['the first where it is set', { GEMINI_API_KEY: 'a', GOOGLE_API_KEY: 'b' }, 'GEMINI_API_KEY'],
    ['the next where the first is empty', { GEMINI_API_KEY: ' ', GOOGLE_API_KEY: 'b' }, 'GOOGLE_API_KEY'],
    ['the first where none is set, to be named', {}, 'GEMINI_API_KEY'],
  ])('is %s', (_, environment, expected) => {
    expect(google && keyVariable(google, environment)).toBe(expected);
  });
});
