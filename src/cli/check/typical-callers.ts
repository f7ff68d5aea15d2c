import { normaliseCaller } from '../../access/caller.ts';
import type { Caller } from '../../core/caller.ts';
import type { AccessRule } from '../../core/plan.ts';

/** A caller whom a rule matches; undefined if no caller can be like that. */
export function typicalCaller({ match }: AccessRule): Caller | undefined {
  const values = Object.entries(match).map(([dimension, [glob = '']]) => [dimension, valueFor(dimension, glob)] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  return toCaller(Object.fromEntries(values.map(([dimension, value]) => [dimension, dimension === 'tags' ? [value] : value])));
}

const PRIORITIES = ['high', 'normal', 'low'];

/** Undefined if no value of that dimension is as the glob wants it. */
function valueFor(dimension: string, glob: string): string | undefined {
  const value = glob === '*' ? 'any' : glob.replaceAll('*', '').replaceAll('?', 'x');
  if (dimension !== 'priority') return value === '' || value.length > 256 ? undefined : value;
  return PRIORITIES.find((priority) => priority.startsWith(value));
}

function toCaller(fields: Readonly<Record<string, unknown>>): Caller | undefined {
  try {
    return normaliseCaller(fields);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Callers who are like one of the first and like one of the second at once: of all pairs only those that agree are made. */
export function* callersLikeBoth(ones: readonly Caller[], others: readonly Caller[]): Generator<Caller> {
  const byDimensions = Map.groupBy(others, (other) => dimensionsOf(other).join());
  for (const alike of byDimensions.values()) {
    const dimensions = alike[0] === undefined ? [] : dimensionsOf(alike[0]);
    const byShared = Map.groupBy(ones, (one) => dimensions.filter((dimension) => Object.hasOwn(one, dimension)).join());
    for (const [shared, group] of byShared) yield* agreeing(group, alike, shared === '' ? [] : shared.split(','));
  }
}

function* agreeing(ones: readonly Caller[], others: readonly Caller[], shared: readonly string[]): Generator<Caller> {
  const valuesOf = (caller: Caller) => JSON.stringify(shared.map((dimension) => caller[dimension]));
  const byValues = Map.groupBy(others, valuesOf);
  for (const one of ones) {
    for (const other of byValues.get(valuesOf(one)) ?? []) {
      const tags = [...(one.tags ?? []), ...(other.tags ?? [])];
      const both = toCaller({ ...one, ...other, ...(tags.length > 0 && { tags }) });
      if (both !== undefined) yield both;
    }
  }
}

/** Those that have one value; of tags a caller may have several. */
function dimensionsOf(caller: Caller): string[] {
  return Object.keys(caller).filter((dimension) => dimension !== 'tags');
}
