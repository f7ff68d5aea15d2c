import { ConfigurationError, Gateway } from 'tollgate';
import { expect, test } from 'vitest';
import { otherNames, typeByOtherName } from '../../src/config/other-names.ts';
import { vendorFacts } from '../../src/gateway/composition/provider-types.ts';

test.each(otherNames())('%s is no type itself, and leads to one', (name) => {
  expect(vendorFacts().has(name)).toBe(false);
  expect(vendorFacts().has(typeByOtherName(name) ?? '')).toBe(true);
});

test.each([
  [{ lab: { type: 'gemini' } }, "unknown type 'gemini'; did you mean 'google'?"],
  [{ lab: { type: 'Azure_OpenAI' } }, "unknown type 'Azure_OpenAI'; did you mean 'azure'?"],
  [{ claude: {} }, "'claude' is no known vendor; did you mean 'anthropic'?"],
])('%j is refused: %s', (providers, words) => {
  expect(() => new Gateway({ providers } as never)).toThrow(ConfigurationError);
  expect(() => new Gateway({ providers } as never)).toThrow(words);
});
