import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternError, parsePattern } from '../../src/guards/rules/pattern-syntax.ts';
import { type Match, RuleSet } from '../../src/guards/rules/rule-set.ts';
import { TextScanner } from '../../src/guards/rules/text-scanner.ts';
import { piecesOf } from './cases.ts';

function found(rules: RuleSet, pieces: readonly string[]): Omit<Match, 'rule'>[] {
  const matches: Omit<Match, 'rule'>[] = [];
  const scanner = new TextScanner(rules, ({ start, end, text }) => matches.push({ start, end, text }));
  for (const piece of pieces) scanner.feed(piece);
  scanner.end();
  return matches;
}

function rulesOf(...sources: string[]): RuleSet {
  return new RuleSet(sources.map((source) => ({ kind: source, pattern: parsePattern(source, false) })));
}

/** What leftmost and longest means, written down the slow way. */
function expected(source: string, text: string): Omit<Match, 'rule'>[] {
  const matches: Omit<Match, 'rule'>[] = [];
  let from = 0;
  while (from < text.length) {
    const longest = Array.from({ length: text.length - from }, (_, index) => text.length - index).find((end) =>
      // Alternatives are taken in order by RegExp, so that each end is asked for by itself.
      new RegExp(`^[^]{${from}}(?:${source})(?<=^[^]{${end}})`).test(text),
    );
    if (longest === undefined) from += 1;
    else {
      matches.push({ start: from, end: longest, text: text.slice(from, longest) });
      from = longest;
    }
  }
  return matches;
}

const atom = fc.constantFrom('a', 'b', 'c', '[ab]', '[^a]', '.', '\\w', '\\d', '\\s', 'ab');
const source = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3 },
    atom,
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('pattern'), fc.constantFrom('+', '*', '?', '{2}', '{1,3}')).map(([a, times]) => `(?:${a})${times}`),
    tie('pattern').map((a) => `\\b${a}`),
    tie('pattern').map((a) => `${a}\\b`),
  ),
})).pattern;
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', '1', '-'), maxLength: 14 });

describe('rules', () => {
  it('find what RegExp finds, from the left and as long as can be', () => {
    fc.assert(
      fc.property(source, text, (pattern, subject) => {
        expect(found(rulesOf(pattern), [subject])).toEqual(expected(pattern, subject));
      }),
      { numRuns: 500 },
    );
  });

  it('find the same however the text is cut', () => {
    const cut = fc
      .tuple(source, source, text)
      .chain(([a, b, subject]) => fc.tuple(fc.constant([a, b, subject] as const), piecesOf(subject)));
    fc.assert(
      fc.property(cut, ([[a, b, subject], pieces]) => {
        const rules = rulesOf(a, b);
        expect(found(rules, pieces)).toEqual(found(rules, [subject]));
        expect(found(rules, [...subject])).toEqual(found(rules, [subject]));
      }),
      { numRuns: 500 },
    );
  });

  it('release nothing that may become a match, and all before it', () => {
    const rules = rulesOf('abac');
    const scanner = new TextScanner(rules, () => {});
    const safe = [...'xabababab'].map((unit) => {
      scanner.feed(unit);
      return scanner.safe;
    });
    expect(safe).toEqual([1, 1, 1, 1, 3, 3, 5, 5, 7]);
  });

  it('read a hostile text in linear time', () => {
    const rules = rulesOf('(?:a|a)+b', 'x*y');
    const long = `${'a'.repeat(100_000)}${'x'.repeat(100_000)}`;
    expect(found(rules, [long])).toEqual([]);
  });

  it.each(['(?=a)', '(?<!a)b', '(a)\\1', 'a+?', '(a', 'a)', '[a', 'a{3,2}', '*a', '\\p{L}', 'a{2000}'])(
    'refuse %s by a message',
    (pattern) => {
      expect(() => parsePattern(pattern, false)).toThrow(PatternError);
    },
  );

  it('compare without case if asked to', () => {
    const rules = new RuleSet([{ kind: 'x', pattern: parsePattern('straße|[k-m]oo', true) }]);
    expect(found(rules, ['STRAßE Loo KOO']).map((match) => match.text)).toEqual(['STRAßE', 'Loo', 'KOO']);
  });
});
