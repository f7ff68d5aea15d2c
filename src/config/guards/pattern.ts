import { z } from 'zod';
import type { GuardMode } from '../../core/guard.ts';
import type { GuardPattern, PatternUse } from '../../guards/ready/pattern.ts';
import {
  literalPattern,
  MAX_STEPS,
  matchesEmpty,
  PatternError,
  parsePattern,
  stepsOf,
} from '../../guards/rules/pattern-syntax.ts';
import { fieldOf, isContainer } from '../containers.ts';
import type { Issues, Path } from '../issues.ts';
import { flag, nonEmptyList, text } from '../schema/scalars.ts';
import { anyMode, baseFields, eitherSide, type GuardBase } from './guard-base.ts';
import type { GuardType } from './guard-type.ts';

/** What regular expressions, matched in linear time, or texts match. */
export interface PatternGuardConfig extends GuardBase {
  use: 'pattern';
  mode: GuardMode;
  /** What may not be there. A text is a regular expression. */
  deny: PatternConfig | readonly PatternConfig[];
  /** What of it may be all the same: a match of `deny` that one of these matches from its start to its end. Default: nothing. */
  allow?: PatternConfig | readonly PatternConfig[] | undefined;
}

/** A regular expression without look-around, references to groups and lazy repetition; or a literal text. */
export type PatternConfig =
  | string
  | RegExp
  | { pattern: string; kind?: string | undefined; ignoreCase?: boolean | undefined }
  | { text: string; kind?: string | undefined; ignoreCase?: boolean | undefined };

const kind = text('a word of letters, digits, dashes and underscores, as events tell it', /^[A-Za-z][\w-]{0,63}$/);
const source = text('a regular expression', /^[\s\S]+$/).max(4096, 'expected at most 4096 characters');
const literal = text('a text', /^[\s\S]+$/).max(4096, 'expected at most 4096 characters');

const PATTERN_EXPECTED = 'expected a regular expression, { pattern, kind?, ignoreCase? } or { text, kind?, ignoreCase? }';

const patternSchema = z.union(
  [
    source,
    z.custom<RegExp>((value) => value instanceof RegExp),
    z.strictObject({ pattern: source, kind: kind.optional(), ignoreCase: flag.optional() }),
    z.strictObject({ text: literal, kind: kind.optional(), ignoreCase: flag.optional() }),
  ],
  PATTERN_EXPECTED,
);

const patternsSchema = z.union([patternSchema, nonEmptyList(patternSchema, 'a list of patterns')], PATTERN_EXPECTED);

export const pattern = {
  use: 'pattern',
  schema: z.strictObject({
    ...baseFields,
    on: eitherSide,
    mode: anyMode,
    use: z.literal('pattern'),
    deny: patternsSchema,
    allow: patternsSchema.optional(),
  }),
  check(options, { path, issues }) {
    for (const list of ['deny', 'allow']) checkPatterns(fieldOf(options, list), [...path, list], issues);
  },
  plan: ({ deny, allow }) => ({ kind: 'pattern', deny: toPatterns(deny), allow: toPatterns(allow) }),
} satisfies GuardType<PatternGuardConfig, PatternUse>;

function checkPatterns(patterns: unknown, path: Path, issues: Issues): void {
  if (Array.isArray(patterns)) {
    for (const [index, each] of patterns.entries()) checkPattern(each, [...path, index], issues);
  } else checkPattern(patterns, path, issues);
}

function checkPattern(written: unknown, path: Path, issues: Issues): void {
  const said = fieldOf(written, 'text');
  const regular = written instanceof RegExp ? written.source : isContainer(written) ? fieldOf(written, 'pattern') : written;
  if (written instanceof RegExp && /[^gi]/.test(written.flags)) issues.add(path, "has flags beside 'i' that are not known here");
  if (typeof regular !== 'string' && typeof said !== 'string') return;
  try {
    const node = typeof said === 'string' ? literalPattern(said, false) : parsePattern(String(regular), false);
    if (matchesEmpty(node)) issues.add(path, 'matches the empty text');
    else if (stepsOf(node) > MAX_STEPS) issues.add(path, 'is too large once its repetitions are written out');
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    issues.add(path, `is no pattern that can be matched in linear time: ${error.message}`);
  }
}

function toPatterns(patterns: PatternConfig | readonly PatternConfig[] | undefined): GuardPattern[] {
  if (patterns === undefined) return [];
  return isList(patterns) ? patterns.map(toPattern) : [toPattern(patterns)];
}

function isList(patterns: PatternConfig | readonly PatternConfig[]): patterns is readonly PatternConfig[] {
  return Array.isArray(patterns);
}

function toPattern(written: PatternConfig): GuardPattern {
  if (typeof written === 'string') return { kind: 'pattern', source: written, isLiteral: false, ignoreCase: false };
  if (written instanceof RegExp) {
    return { kind: 'pattern', source: written.source, isLiteral: false, ignoreCase: written.ignoreCase };
  }
  const { kind: reportedAs = 'pattern', ignoreCase = false } = written;
  const isLiteral = 'text' in written;
  return { kind: reportedAs, source: isLiteral ? written.text : written.pattern, isLiteral, ignoreCase };
}
