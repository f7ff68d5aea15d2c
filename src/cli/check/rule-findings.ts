import { foldName } from '../../access/caller-rules.ts';
import { formatPath } from '../../config/issues.ts';
import { toGlob } from '../../core/glob.ts';
import type { AccessRule, Plan } from '../../core/plan.ts';
import { type Finding, note, warning } from './finding.ts';
import { globsCover, matchCovers } from './glob-covers.ts';
import type { KeyValues } from './key-values.ts';
import { MatchIndex } from './match-index.ts';

/** Access rules that never match, and what they allow or deny without effect because another rule says it already. */
export function ruleFindings({ access }: Plan, keyValues: KeyValues): Finding[] {
  const rules = access.rules.map((rule, place) => ({ rule, place, denies: rule.deny?.map(foldName) }));
  const index = new MatchIndex(access.rules.map(({ match }) => match));
  return rules.flatMap((told) => {
    const path = ['access', 'rules', told.place];
    const others = [...new Set(index.mayCover(told.rule.match))].toSorted((a, b) => a - b).flatMap((place) => rules[place] ?? []);
    return [...matchFindings(told.rule.match, [...path, 'match'], keyValues), ...shadowFindings(told, others, path)];
  });
}

const PRIORITIES = ['high', 'normal', 'low'];
/** No value of a caller is longer, in UTF-16 units. */
const LONGEST_VALUE = 256;

/** Globs over callers that no caller meets, or none of those who have a key. */
export function matchFindings(
  match: Readonly<Record<string, readonly string[]>>,
  path: readonly (string | number)[],
  keyValues: KeyValues,
): Finding[] {
  return Object.entries(match).flatMap(([dimension, globs]) => {
    const at = formatPath([...path, dimension]);
    const shown = globs.map((glob) => `'${glob}'`).join(', ');
    if (OF_CALLS.has(dimension)) return [];
    if (globs.every((glob) => neverMatches(dimension, glob))) return [warning(at, `never matches: no caller can have ${shown}`)];
    if (globs.includes('*') || keyValues.mayHave(dimension, globs)) return [];
    return [note(at, `no key has a caller with ${shown}: only callers of this process can bring it`)];
  });
}

const OF_CALLS: ReadonlySet<string> = new Set(['model', 'provider', 'deployment']);

function neverMatches(dimension: string, glob: string): boolean {
  if (dimension === 'priority') return !PRIORITIES.some(toGlob(glob));
  return glob.replaceAll('*', '').length > LONGEST_VALUE;
}

interface PlacedRule {
  readonly rule: AccessRule;
  readonly place: number;
  /** As names are compared with it. */
  readonly denies: readonly string[] | undefined;
}

/** `others`: those that may match all whom the rule matches, in order; the rule itself may be among them. */
function shadowFindings(told: PlacedRule, others: readonly PlacedRule[], path: readonly (string | number)[]): Finding[] {
  const { allow } = told.rule;
  const allows = allow?.map(foldName);
  const denies = told.denies;
  const findings: Finding[] = [];
  const denier = allows && others.find((other) => globsCover(other.denies ?? [], allows) && isOver(other, told));
  if (denier !== undefined) {
    findings.push(warning(formatPath([...path, 'allow']), `has no effect: ${nameOf(denier)} denies it to the same callers`));
  }
  const isTwin = (other: PlacedRule) => allow !== undefined && other.rule.allow && globsCover(other.rule.allow, allow);
  const twin =
    denier === undefined ? others.find((other) => isTwin(other) && isOver(other, told) && says(other, told)) : undefined;
  if (twin !== undefined) {
    findings.push(warning(formatPath([...path, 'allow']), `adds nothing: ${nameOf(twin)} allows it to the same callers`));
  }
  const before =
    denies && others.find((other) => globsCover(other.denies ?? [], denies) && isOver(other, told) && says(other, told));
  if (before !== undefined) {
    findings.push(warning(formatPath([...path, 'deny']), `adds nothing: ${nameOf(before)} denies it to the same callers`));
  }
  return findings;
}

function nameOf({ place }: PlacedRule): string {
  return `access.rules[${place}]`;
}

/** Whether another rule matches all whom this one does. */
function isOver(other: PlacedRule, told: PlacedRule): boolean {
  return other !== told && matchCovers(other.rule.match, told.rule.match);
}

/** Of two rules that say the same of the same callers, the later one is told of. */
function says({ rule, place }: PlacedRule, told: PlacedRule): boolean {
  return place < told.place || !matchCovers(told.rule.match, rule.match);
}
