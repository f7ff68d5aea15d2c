import type { Budget } from '../core/budget.ts';
import type { Caller } from '../core/caller.ts';
import { type Glob, toGlob } from '../core/glob.ts';

/** Of a call and its deployment, which no caller has. */
const OF_CALLS: ReadonlySet<string> = new Set(['model', 'provider', 'deployment']);

/**
 * The first dimension that the caller lacks of budgets with `missing: 'deny'`, as a reason; undefined if none does. A
 * budget whose other globs do not match does not concern the call.
 */
export function whatIsMissing(budgets: readonly Budget[], caller: Caller, model: string): string | undefined {
  for (const budget of budgets) {
    const lacking = [...budget.each, ...Object.keys(budget.match)].find(
      (dimension) => !OF_CALLS.has(dimension) && dimensionOf(caller, dimension) === undefined,
    );
    if (lacking !== undefined && concerns(budget, caller, model)) {
      return `budget '${budget.name}' needs a caller with '${lacking}'`;
    }
  }
  return undefined;
}

function concerns(budget: Budget, caller: Caller, model: string): boolean {
  return globsOf(budget).every(([dimension, globs]) => {
    const value = dimension === 'model' ? model : dimensionOf(caller, dimension);
    if (value === undefined) return true;
    const values = typeof value === 'string' ? [value] : value;
    return values.some((text) => globs.some((glob) => glob(text)));
  });
}

const prepared = new WeakMap<Budget, readonly (readonly [string, readonly Glob[]])[]>();

function globsOf(budget: Budget): readonly (readonly [string, readonly Glob[]])[] {
  const known = prepared.get(budget);
  if (known !== undefined) return known;
  const globs = Object.entries(budget.match).map(([dimension, patterns]) => [dimension, patterns.map(toGlob)] as const);
  prepared.set(budget, globs);
  return globs;
}

function dimensionOf(caller: Caller, dimension: string): string | readonly string[] | undefined {
  return Object.hasOwn(caller, dimension) ? caller[dimension] : undefined;
}
