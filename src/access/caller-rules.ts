import type { Caller } from '../core/caller.ts';
import { type Glob, toGlob } from '../core/glob.ts';
import type { AccessRule, Plan } from '../core/plan.ts';

/** The rules of a plan that match one caller, made ready to match names. */
export interface CallerRules {
  readonly rules: readonly PreparedRule[];
  /** True if at least one of them has `allow`. */
  readonly restricted: boolean;
}

export interface PreparedRule {
  readonly allow: readonly Glob[] | undefined;
  /** Match names that went through `foldName`, as those of tools do. */
  readonly deny: readonly Glob[];
  readonly denyTools: readonly Glob[];
  readonly maxNanoUsdPerRequest: number | undefined;
}

/** Rules whose every dimension matches the caller; a dimension that the caller lacks does not match. */
export function rulesFor(plan: Plan, caller: Caller): CallerRules {
  const rules = preparedRulesOf(plan)
    .filter(({ match }) => match.every(([dimension, globs]) => matchesDimension(caller, dimension, globs)))
    .map(({ prepared }) => prepared);
  return { rules, restricted: rules.some(({ allow }) => allow !== undefined) };
}

/** One form for names that people and lenient upstreams take for the same; `deny` compares in this form. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

export function matchesAny(globs: readonly Glob[], name: string): boolean {
  return globs.some((glob) => glob(name));
}

interface MatchableRule {
  readonly match: readonly (readonly [string, readonly Glob[]])[];
  readonly prepared: PreparedRule;
}

const rulesByPlan = new WeakMap<Plan, readonly MatchableRule[]>();

function preparedRulesOf(plan: Plan): readonly MatchableRule[] {
  const known = rulesByPlan.get(plan);
  if (known) return known;
  const rules = plan.access.rules.map(prepare);
  rulesByPlan.set(plan, rules);
  return rules;
}

function prepare({ match, allow, deny, denyTools, maxNanoUsdPerRequest }: AccessRule): MatchableRule {
  return {
    match: Object.entries(match).map(([dimension, patterns]) => [dimension, patterns.map(toGlob)] as const),
    prepared: {
      allow: allow?.map(toGlob),
      deny: (deny ?? []).map((pattern) => toGlob(foldName(pattern))),
      denyTools: (denyTools ?? []).map((pattern) => toGlob(foldName(pattern))),
      maxNanoUsdPerRequest,
    },
  };
}

function matchesDimension(caller: Caller, dimension: string, globs: readonly Glob[]): boolean {
  if (!Object.hasOwn(caller, dimension)) return false;
  const value = caller[dimension];
  if (value === undefined) return false;
  return typeof value === 'string' ? matchesAny(globs, value) : value.some((item) => matchesAny(globs, item));
}
