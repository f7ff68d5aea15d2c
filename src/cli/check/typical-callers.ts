import { normaliseCaller } from '../../access/caller.ts';
import { ANONYMOUS, type Caller } from '../../core/caller.ts';
import type { AccessRule, Plan } from '../../core/plan.ts';

/**
 * One caller of each kind that a configuration tells apart: nobody in particular, those of its keys, one for each access
 * rule, and one for each two rules that a caller can meet together.
 */
export function typicalCallers(plan: Plan): Caller[] {
  const ofKeys = [...plan.access.keys.values()].map(({ caller }) => caller);
  const ofRules = plan.access.rules.map(callerOf);
  const pairs = ofRules.flatMap((one, place) => ofRules.slice(place + 1).map((other) => together(one, other)));
  const known = [ANONYMOUS, ...ofKeys, ...ofRules, ...pairs].filter((caller) => caller !== undefined);
  return known.map((caller) => normaliseCaller(caller));
}

function callerOf({ match }: AccessRule): Caller | undefined {
  const values = Object.entries(match).map(([dimension, [glob = '']]) => [dimension, valueFor(dimension, glob)] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(values.map(([dimension, value = '']) => [dimension, dimension === 'tags' ? [value] : value]));
}

const PRIORITIES = ['high', 'normal', 'low'];

/** Undefined if no value of that dimension is as the glob wants it. */
function valueFor(dimension: string, glob: string): string | undefined {
  const value = glob === '*' ? 'any' : glob.replaceAll('*', '').replaceAll('?', 'x');
  if (dimension !== 'priority') return value === '' || value.length > 256 ? undefined : value;
  return PRIORITIES.find((priority) => priority.startsWith(value));
}

function together(one: Caller | undefined, other: Caller | undefined): Caller | undefined {
  if (one === undefined || other === undefined) return undefined;
  const shared = Object.keys(one).filter((dimension) => Object.hasOwn(other, dimension));
  const agree = shared.every((dimension) => dimension === 'tags' || one[dimension] === other[dimension]);
  if (!agree) return undefined;
  const tags = [...(one.tags ?? []), ...(other.tags ?? [])];
  return { ...one, ...other, ...(tags.length > 0 && { tags }) };
}
