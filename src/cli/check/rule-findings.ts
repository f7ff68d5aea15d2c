import { foldName } from '../../access/caller-rules.ts';
import { formatPath } from '../../config/issues.ts';
import { toGlob } from '../../core/glob.ts';
import type { AccessRule, Plan } from '../../core/plan.ts';
import { type Finding, note, warning } from './finding.ts';
import { globsCover, matchCovers } from './glob-covers.ts';

/** Access rules that never match, and what they allow or deny without effect because another rule says it already. */
export function ruleFindings({ access }: Plan): Finding[] {
  return access.rules.flatMap((rule, place) => {
    const path = ['access', 'rules', place];
    const others = access.rules.map((other, at) => ({ rule: other, path: `access.rules[${at}]`, isEarlier: at < place }));
    others.splice(place, 1);
    return [...matchFindings(rule.match, [...path, 'match'], access), ...shadowFindings(rule, others, path)];
  });
}

const PRIORITIES = ['high', 'normal', 'low'];
/** No value of a caller is longer, in UTF-16 units. */
const LONGEST_VALUE = 256;

/** Globs over callers that no caller meets, or none of those who have a key. */
export function matchFindings(
  match: Readonly<Record<string, readonly string[]>>,
  path: readonly (string | number)[],
  { keys, rules: _, ...access }: Plan['access'],
): Finding[] {
  const callers = [...keys.values()].map(({ caller }) => caller);
  return Object.entries(match).flatMap(([dimension, globs]) => {
    const at = formatPath([...path, dimension]);
    const shown = globs.map((glob) => `'${glob}'`).join(', ');
    if (OF_CALLS.has(dimension)) return [];
    if (globs.every((glob) => neverMatches(dimension, glob))) return [warning(at, `never matches: no caller can have ${shown}`)];
    const comesFromParams = access.callerFromParams.some((param) => param.dimension === dimension);
    if (callers.length === 0 || comesFromParams || globs.includes('*')) return [];
    const values = callers.flatMap((caller) => caller[dimension] ?? []);
    if (values.length === 0 || globs.some((glob) => values.some(toGlob(glob)))) return [];
    return [note(at, `no key has a caller with ${shown}: only callers of this process can bring it`)];
  });
}

const OF_CALLS: ReadonlySet<string> = new Set(['model', 'provider', 'deployment']);

function neverMatches(dimension: string, glob: string): boolean {
  if (dimension === 'priority') return !PRIORITIES.some(toGlob(glob));
  return glob.replaceAll('*', '').length > LONGEST_VALUE;
}

interface OtherRule {
  readonly rule: AccessRule;
  readonly path: string;
  readonly isEarlier: boolean;
}

function shadowFindings(rule: AccessRule, others: readonly OtherRule[], path: readonly (string | number)[]): Finding[] {
  const over = others.filter((other) => matchCovers(other.rule.match, rule.match));
  const { allow, deny } = rule;
  const findings: Finding[] = [];
  const denier = allow && over.find((other) => globsCover((other.rule.deny ?? []).map(foldName), allow.map(foldName)));
  if (denier !== undefined) {
    findings.push(warning(formatPath([...path, 'allow']), `has no effect: ${denier.path} denies it to the same callers`));
  }
  const twin = allow && over.find((other) => says(other, rule) && other.rule.allow && globsCover(other.rule.allow, allow));
  if (twin !== undefined && denier === undefined) {
    findings.push(warning(formatPath([...path, 'allow']), `adds nothing: ${twin.path} allows it to the same callers`));
  }
  const denies = deny?.map(foldName);
  const before = denies && over.find((other) => says(other, rule) && globsCover((other.rule.deny ?? []).map(foldName), denies));
  if (before !== undefined) {
    findings.push(warning(formatPath([...path, 'deny']), `adds nothing: ${before.path} denies it to the same callers`));
  }
  return findings;
}

/** Of two rules that say the same of the same callers, the later one is told of. */
function says({ rule, isEarlier }: OtherRule, told: AccessRule): boolean {
  return isEarlier || !matchCovers(told.match, rule.match);
}
