import type { GuardPattern } from '../../core/guard.ts';
import { literalPattern, parsePattern } from '../rules/pattern-syntax.ts';
import { RuleSet } from '../rules/rule-set.ts';

/** The rules of a list of patterns. Throws `PatternError` for one that cannot be matched in linear time. */
export function patternRules(patterns: readonly GuardPattern[]): RuleSet {
  return new RuleSet(
    patterns.map(({ kind, source, isLiteral, ignoreCase }) => ({
      kind,
      pattern: isLiteral ? literalPattern(source, ignoreCase) : parsePattern(source, ignoreCase),
    })),
  );
}
