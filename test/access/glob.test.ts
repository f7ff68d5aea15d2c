import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toGlob } from '../../src/core/glob.ts';

test.each([
  ['fast', 'fast', true],
  ['fast', 'Fast', false],
  ['fast', 'fast2', false],
  ['*', '', true],
  ['*', 'openai/gpt', true],
  ['openai/*', 'openai/gpt', true],
  ['openai/*', 'openai/', true],
  ['openai/*', 'xopenai/gpt', false],
  ['*-mini', 'gpt-5-mini', true],
  ['*-mini', 'gpt-5-mini-x', false],
  ['gpt-?', 'gpt-5', true],
  ['gpt-?', 'gpt-', false],
  ['a*b*c', 'a--b--b--c', true],
  ['a*b*c', 'a--c--b', false],
  ['gpt-5.5', 'gpt-5x5', false],
  ['[a]', 'a', false],
  ['(a|b)+', 'a', false],
  ['', '', true],
  ['**', 'x', true],
])('%s against %s: %s', (pattern, text, matches) => {
  expect(toGlob(pattern)(text)).toBe(matches);
});

test('agrees with the same pattern as a regular expression', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(patterns, letters, (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      expect(toGlob(pattern)(text)).toBe(expression.test(text));
    }),
    { numRuns: 2_000 },
  );
});

// Backtracking would take longer than a test may.
test('a pattern made to take long takes no longer than its length times that of the text', () => {
  expect(toGlob(`${'*a'.repeat(200)}b`)('a'.repeat(4_096))).toBe(false);
  expect(toGlob('*'.repeat(5_000))('x')).toBe(false);
  expect(toGlob('*')('x'.repeat(5_000))).toBe(false);
});
