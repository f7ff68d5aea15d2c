import type { Caller } from '../core/caller.ts';
import { type Glob, toGlob } from '../core/glob.ts';
import type { GuardContent, GuardContext, GuardFinding, GuardPlan } from '../core/guard.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import type { RuleSet } from './rules/rule-set.ts';

/** How a guard looks at texts. */
export type GuardCheck =
  /** By rules that can follow a text while it is written. */
  | { readonly by: 'rules'; readonly rules: RuleSet; readonly allow: RuleSet | undefined }
  /** By how much there is. */
  | { readonly by: 'size'; readonly maxCharacters: number }
  /** By the content as a whole. */
  | { readonly by: 'content'; check(content: GuardContent, context: GuardContext): MaybePromise<readonly GuardFinding[]> };

/** A guard that is ready to check. */
export interface ReadyGuard {
  readonly plan: GuardPlan;
  readonly check: GuardCheck;
  /** Dimensions that a call must match. */
  readonly tests: readonly { readonly dimension: string; readonly globs: readonly Glob[] }[];
}

export function readyGuard(plan: GuardPlan, check: GuardCheck): ReadyGuard {
  const tests = Object.entries(plan.match).map(([dimension, globs]) => ({ dimension, globs: globs.map(toGlob) }));
  return { plan, check, tests };
}

/** Whether a guard is for calls like this one; a caller without a dimension that is asked for does not match. */
export function isFor(
  { tests }: ReadyGuard,
  call: { readonly caller: Caller; readonly model: string; readonly operation: string },
): boolean {
  return tests.every(({ dimension, globs }) => {
    const value = dimensionOf(dimension, call);
    const values = typeof value === 'string' ? [value] : (value ?? []);
    return values.some((text) => globs.some((glob) => glob(text)));
  });
}

function dimensionOf(
  dimension: string,
  { caller, model, operation }: { readonly caller: Caller; readonly model: string; readonly operation: string },
): string | readonly string[] | undefined {
  if (dimension === 'model') return model;
  if (dimension === 'operation') return operation;
  return Object.hasOwn(caller, dimension) ? caller[dimension] : undefined;
}
