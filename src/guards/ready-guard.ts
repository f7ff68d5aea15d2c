import type { Asking } from '../core/asking.ts';
import type { Caller } from '../core/caller.ts';
import { type Glob, toGlob } from '../core/glob.ts';
import type { GuardContent, GuardContext, GuardFinding, GuardPlan } from '../core/guard.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import type { Repair } from './ready/repair.ts';
import type { RuleSet } from './rules/rule-set.ts';

/** How a guard looks at texts. */
export type GuardCheck =
  /** By rules that can follow a text while it is written. */
  | { readonly by: 'rules'; readonly rules: RuleSet; readonly allow: RuleSet | undefined }
  /** By how much there is. */
  | { readonly by: 'size'; readonly maxCharacters: number }
  /** By the content as a whole. */
  | {
      readonly by: 'content';
      check(content: GuardContent, context: GuardContext, asking: Asking): MaybePromise<readonly GuardFinding[]>;
      /** Makes anew what it would object to. */
      readonly repair?: Repair | undefined;
      /** Whether it has something to say of a call; default: of each. */
      looksAt?(call: Pick<GuardContext, 'operation' | 'params'>): boolean;
      /** Not for what the gateway itself asks a model: it would ask one again, or that answer has a form of its own. Default: for it, too. */
      readonly skipsQuestions?: true;
    };

/** A guard that is ready to check. */
export interface ReadyGuard {
  readonly plan: GuardPlan;
  readonly check: GuardCheck;
  /** Among the guards of the configuration. */
  readonly place: number;
  /** Dimensions that a call must match. */
  readonly tests: readonly { readonly dimension: string; readonly globs: readonly Glob[] }[];
}

export function readyGuard(plan: GuardPlan, check: GuardCheck, place: number): ReadyGuard {
  const tests = Object.entries(plan.match).map(([dimension, globs]) => ({ dimension, globs: globs.map(toGlob) }));
  return { plan, check, place, tests };
}

/** What of a call guards are matched by. */
export interface MatchedCall {
  readonly caller: Caller;
  /** The one that was asked for, and those that the call may be answered by in its place. */
  readonly models: readonly string[];
  readonly operation: string;
}

/**
 * Whether a guard is for calls like this one: for any of its models. A caller without a dimension that is asked for does not
 * match.
 */
export function isFor({ tests }: ReadyGuard, call: MatchedCall): boolean {
  return tests.every(({ dimension, globs }) => {
    const value = dimensionOf(dimension, call);
    const values = typeof value === 'string' ? [value] : (value ?? []);
    return values.some((text) => globs.some((glob) => glob(text)));
  });
}

function dimensionOf(dimension: string, { caller, models, operation }: MatchedCall): string | readonly string[] | undefined {
  if (dimension === 'model') return models;
  if (dimension === 'operation') return operation;
  return Object.hasOwn(caller, dimension) ? caller[dimension] : undefined;
}
