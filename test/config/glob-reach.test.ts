import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { matchesOne, meetsOne } from '../../src/config/checks/glob-reach.ts';
import { toGlob } from '../../src/core/glob.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é'), maxLength: 5 });
const glob = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 5 });

function meets(pattern: string, prefix: string): boolean {
  const wild = pattern.search(/[*?]/);
  if (wild < 0) return pattern.startsWith(prefix) && pattern.length > prefix.length;
  const literal = pattern.slice(0, wild);
  return literal.startsWith(prefix) || prefix.startsWith(literal);
}

describe('what a glob of a configuration can reach', () => {
  it('is what trying every name finds', () => {
    fc.assert(
      fc.property(glob, fc.uniqueArray(text), (pattern, names) => {
        expect(matchesOne(pattern, new Set(names))).toBe(names.some(toGlob(pattern)));
        expect(meetsOne(pattern, new Set(names))).toBe(names.some((name) => meets(pattern, name)));
      }),
    );
  });

  it('is found without a look at most of many names', () => {
    const names = new Set(Array.from({ length: 2_000 }, (_, place) => `model-${place}x`));
    const prefixes = new Set(Array.from({ length: 2_000 }, (_, place) => `family-${place}x/`));
    const looks = vi.spyOn(String.prototype, 'startsWith');
    for (let place = 0; place < 2_000; place += 1) {
      matchesOne(`model-${place}x*`, names);
      matchesOne(`other-${place}*`, names);
      meetsOne(`family-${place}x/*`, prefixes);
      meetsOne(`other-${place}*`, prefixes);
    }
    expect(looks.mock.calls.length).toBeLessThan(2_000 * 4 * 3);
    looks.mockRestore();
  });
});
