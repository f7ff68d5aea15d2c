import { isRecord } from '../../core/json.ts';
import { PHONE_COUNTRIES } from '../../core/phone-countries.ts';
import { schemaProblem } from '../../guards/ready/schema-problem.ts';
import {
  literalPattern,
  MAX_STEPS,
  matchesEmpty,
  PatternError,
  parsePattern,
  stepsOf,
} from '../../guards/rules/pattern-syntax.ts';
import { fieldOf, isContainer, itemsOf } from '../containers.ts';
import type { Issues, Path } from '../issues.ts';
import type { Names } from '../references.ts';
import { unknownModel } from './models.ts';

/** Names, patterns and models of the guards. */
export function checkGuards(config: unknown, names: Names, issues: Issues): void {
  const seen = new Map<string, number>();
  for (const [index, guard] of itemsOf(fieldOf(config, 'guards')).entries()) {
    const path = ['guards', index];
    checkUnique(typeof guard === 'object' && guard !== null ? Reflect.get(guard, 'name') : undefined, index, seen, path, issues);
    const use = fieldOf(guard, 'use');
    if (use === 'pattern') {
      for (const list of ['deny', 'allow']) checkPatterns(fieldOf(guard, list), [...path, list], issues);
    }
    if (use === 'personal-data') checkCountry(fieldOf(guard, 'country'), [...path, 'country'], issues);
    if (use === 'json-schema') checkSchema(fieldOf(guard, 'schema'), [...path, 'schema'], issues);
    if (fieldOf(guard, 'repair') === true && fieldOf(guard, 'mode') === 'flag')
      issues.add([...path, 'repair'], "expected false under mode 'flag', which lets every answer pass as it comes");
    const model = fieldOf(guard, 'model');
    const problem = use === 'model' && typeof model === 'string' ? unknownModel(model, names) : undefined;
    if (problem !== undefined) issues.add([...path, 'model'], problem);
  }
}

/** What does not look like a country, the schema of configurations has told of. */
function checkCountry(country: unknown, path: Path, issues: Issues): void {
  if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country) || PHONE_COUNTRIES.has(country)) return;
  issues.add(path, "is the code of no country whose phone numbers are known: expected one such as 'DE'");
}

function checkSchema(schema: unknown, path: Path, issues: Issues): void {
  const problem = isRecord(schema) ? schemaProblem(schema) : undefined;
  if (problem !== undefined) issues.add([...path, ...problem.path], `is no JSON Schema: ${problem.message}`);
}

function checkUnique(name: unknown, index: number, seen: Map<string, number>, path: Path, issues: Issues): void {
  if (typeof name !== 'string') return;
  const first = seen.get(name);
  if (first === undefined) seen.set(name, index);
  else issues.add([...path, 'name'], `repeats the name of guards[${first}]`);
}

function checkPatterns(patterns: unknown, path: Path, issues: Issues): void {
  if (Array.isArray(patterns)) {
    for (const [index, pattern] of patterns.entries()) checkPattern(pattern, [...path, index], issues);
  } else checkPattern(patterns, path, issues);
}

function checkPattern(pattern: unknown, path: Path, issues: Issues): void {
  const literal = fieldOf(pattern, 'text');
  const source = pattern instanceof RegExp ? pattern.source : isContainer(pattern) ? fieldOf(pattern, 'pattern') : pattern;
  if (pattern instanceof RegExp && /[^gi]/.test(pattern.flags)) issues.add(path, "has flags beside 'i' that are not known here");
  if (typeof source !== 'string' && typeof literal !== 'string') return;
  try {
    const node = typeof literal === 'string' ? literalPattern(literal, false) : parsePattern(String(source), false);
    if (matchesEmpty(node)) issues.add(path, 'matches the empty text');
    else if (stepsOf(node) > MAX_STEPS) issues.add(path, 'is too large once its repetitions are written out');
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    issues.add(path, `is no pattern that can be matched in linear time: ${error.message}`);
  }
}
