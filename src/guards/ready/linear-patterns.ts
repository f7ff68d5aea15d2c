import { MAX_STEPS, matchesEmpty, PatternError, type PatternNode, parsePattern, stepsOf } from '../rules/pattern-syntax.ts';
import { RuleSet } from '../rules/rule-set.ts';
import { TextScanner } from '../rules/text-scanner.ts';

interface Tester {
  test(text: string): boolean;
  /** By this the validator tells one pattern from another, and takes the first for all that say the same. */
  toString(): string;
}

/** Matches the patterns of schemas in the validator's place. */
export interface PatternEngine {
  (source: string, flags: string): Tester;
  /** For code that is written to a file, which none is. */
  readonly code: string;
}

const MATCHES_ALL: Tester = { test: () => true, toString: () => 'all' };

/**
 * Patterns of a schema, matched in linear time: callers write schemas, and a pattern may be made to take for ever. What can't
 * be matched so is matched as it is in a schema of the configuration, and not at all in one of a caller.
 */
export function linearPatterns(isOfCaller: boolean): PatternEngine {
  const engine = (source: string, flags: string): Tester =>
    linear(source) ?? (isOfCaller ? MATCHES_ALL : new RegExp(source, flags));
  return Object.assign(engine, { code: 'undefined' });
}

function linear(source: string): Tester | undefined {
  try {
    const pattern = parsePattern(source, false);
    const takesEmpty = matchesEmpty(pattern);
    if (stepsOf(pattern) > MAX_STEPS || (takesEmpty && !isOfWhole(pattern))) return undefined;
    const rules = new RuleSet([{ kind: 'pattern', pattern }]);
    return { test: (text) => (text === '' ? takesEmpty : isFound(rules, text)), toString: () => `/${source}/` };
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

/** From the start to the end: `^…$`. */
function isOfWhole(pattern: PatternNode): boolean {
  if (pattern.kind !== 'sequence') return false;
  const [first, last] = [pattern.nodes[0], pattern.nodes.at(-1)];
  return first?.kind === 'assert' && first.what === 'start' && last?.kind === 'assert' && last.what === 'end';
}

function isFound(rules: RuleSet, text: string): boolean {
  let found = false;
  const scanner = new TextScanner(rules, () => {
    found = true;
  });
  scanner.feed(text);
  scanner.end();
  return found;
}
