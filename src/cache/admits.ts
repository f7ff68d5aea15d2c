import type { CachePlan } from '../core/cache-plan.ts';
import type { Call } from '../core/call.ts';
import { type Glob, toGlob } from '../core/glob.ts';
import { isCacheable } from './cacheable.ts';

type Tests = readonly (readonly [string, readonly Glob[]])[];

const matchers = new WeakMap<CachePlan, Tests>();

/** Whether a call takes part: it can be answered from a cache, does not refuse to be, and the configuration means it. */
export function admits(plan: CachePlan, call: Call): boolean {
  if (call.cache?.kind === 'off' || !isCacheable(call)) return false;
  return testsOf(plan).every(([dimension, globs]) => matches(factOf(call, dimension), globs));
}

function testsOf(plan: CachePlan): Tests {
  let tests = matchers.get(plan);
  if (tests === undefined) {
    tests = Object.entries(plan.match).map(([dimension, globs]) => [dimension, globs.map(toGlob)] as const);
    matchers.set(plan, tests);
  }
  return tests;
}

function factOf(call: Call, dimension: string): string | readonly string[] | undefined {
  if (dimension === 'model') return call.model;
  return dimension === 'operation' ? call.operation : call.caller[dimension];
}

function matches(value: string | readonly string[] | undefined, globs: readonly Glob[]): boolean {
  const values = typeof value === 'string' ? [value] : (value ?? []);
  return values.some((one) => globs.some((glob) => glob(one)));
}
