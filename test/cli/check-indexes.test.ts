import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GlobIndex } from '../../src/cli/check/glob-index.ts';
import { MatchIndex } from '../../src/cli/check/match-index.ts';
import { callersLikeBoth } from '../../src/cli/check/typical-callers.ts';
import { toGlob } from '../../src/core/glob.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 4 });
const match = fc.dictionary(fc.constantFrom('team', 'app', 'tags'), fc.array(pattern, { minLength: 1, maxLength: 2 }));
const caller = fc.record({ team: text, app: text, tags: fc.array(text, { maxLength: 3 }) }, { requiredKeys: [] }) as fc.Arbitrary<
  Readonly<Record<string, string | readonly string[]>>
>;

describe('the indexes with which large configurations are checked', () => {
  it('find the patterns that match a text, as trying all of them does', () => {
    fc.assert(
      fc.property(fc.array(pattern), text, (patterns, asked) => {
        const index = new GlobIndex<number>();
        for (const [place, each] of patterns.entries()) index.add(each, place);
        const expected = patterns.flatMap((each, place) => (toGlob(each)(asked) ? [place] : []));
        expect(index.matching(asked).toSorted((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  it('find the rules that a caller meets, as trying all of them does', () => {
    fc.assert(
      fc.property(fc.array(match), caller, (matches, asked) => {
        const meets = (dimension: string, globs: readonly string[]) =>
          [asked[dimension] ?? []].flat().some((value) => globs.some((glob) => toGlob(glob)(value)));
        const expected = matches.flatMap((each, place) =>
          Object.entries(each).every(([dimension, globs]) => meets(dimension, globs)) ? [place] : [],
        );
        expect(new MatchIndex(matches).metBy(asked)).toEqual(expected);
      }),
    );
  });

  it('pair callers who agree, and no others', () => {
    const ones = [{ team: 'a' }, { team: 'b', tags: ['x'] }];
    const others = [{ team: 'a', app: 'p' }, { app: 'q' }, { team: 'b', tags: ['y'] }];
    expect([...callersLikeBoth(ones, others)]).toEqual([
      { team: 'a', app: 'p' },
      { team: 'a', app: 'q' },
      { team: 'b', app: 'q', tags: ['x'] },
      { team: 'b', tags: ['x', 'y'] },
    ]);
  });
});
