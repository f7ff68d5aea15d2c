import type { GuardUse } from '../../core/guard.ts';
import { literalPattern, parsePattern } from '../rules/pattern-syntax.ts';
import { RuleSet } from '../rules/rule-set.ts';
import type { ReadyMade } from './ready-made.ts';

export interface PatternUse extends GuardUse {
  readonly kind: 'pattern';
  readonly deny: readonly GuardPattern[];
  readonly allow: readonly GuardPattern[];
}

/** A literal text, or a regular expression without look-around and references. */
export interface GuardPattern {
  /** What a match is reported as; default `pattern`. */
  readonly kind: string;
  readonly source: string;
  readonly isLiteral: boolean;
  readonly ignoreCase: boolean;
}

/** Looks for patterns. */
export const pattern: ReadyMade<PatternUse> = {
  kind: 'pattern',
  check: ({ deny, allow }) => ({
    by: 'rules',
    rules: patternRules(deny),
    allow: allow.length === 0 ? undefined : patternRules(allow),
  }),
};

/** The rules of a list of patterns. Throws `PatternError` for one that cannot be matched in linear time. */
export function patternRules(patterns: readonly GuardPattern[]): RuleSet {
  return new RuleSet(
    patterns.map(({ kind, source, isLiteral, ignoreCase }) => ({
      kind,
      pattern: isLiteral ? literalPattern(source, ignoreCase) : parsePattern(source, ignoreCase),
    })),
  );
}
