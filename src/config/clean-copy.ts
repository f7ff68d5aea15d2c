import { hasFunctions, isContainer } from './containers.ts';
import { UnsetVariable } from './fill-in.ts';
import type { Issues, Path } from './issues.ts';

/**
 * A copy of a configuration's plain objects and lists, so that nothing outside can change it later. Reserved keys,
 * cycles, absurd depth and unset variables are reported and left out. What is no plain object or list (functions,
 * class instances) and the places in `OPAQUE` are taken as they are. Accessors are read once.
 */
export function cleanCopy(config: unknown, issues: Issues): unknown {
  return copy(config, [], { issues, open: new Set(), copies: new Map() });
}

interface Walk {
  readonly issues: Issues;
  /** Containers between the root and here. */
  readonly open: Set<object>;
  /** A container that is reached twice is copied once. */
  readonly copies: Map<object, unknown>;
}

const DEEPEST = 64;
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

// Where objects with methods of the user's own are expected; `*` stands for any name.
const OPAQUE: ReadonlySet<string> = new Set([
  'store',
  'clock',
  'dispatcher',
  'providers.*.client',
  'providers.*.provider',
  'models.*.strategy',
  'models.*.failover',
]);

function copy(value: unknown, path: Path, walk: Walk): unknown {
  if (value instanceof UnsetVariable) {
    walk.issues.add(path, `the environment variable ${value.variable} is not set`);
    return value;
  }
  if (!isContainer(value) || isOpaque(path) || isOwnGuard(value, path)) return value;
  const earlier = walk.copies.get(value);
  if (earlier !== undefined) return earlier;
  if (walk.open.has(value)) return refuse(path, walk, 'refers to an object that contains it');
  if (path.length > DEEPEST) return refuse(path, walk, `is nested deeper than ${DEEPEST} levels`);
  walk.open.add(value);
  const copied = Array.isArray(value) ? copyList(value, path, walk) : copyObject(value, path, walk);
  walk.open.delete(value);
  walk.copies.set(value, copied);
  return copied;
}

function copyList(value: readonly unknown[], path: Path, walk: Walk): unknown[] {
  return Array.from(value, (item, index) => copy(item, [...path, index], walk));
}

function copyObject(value: object, path: Path, walk: Walk): Record<string, unknown> {
  const copied: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const keyPath = [...path, key];
    if (RESERVED.has(key)) walk.issues.add(keyPath, 'is a reserved name');
    else copied[key] = copy(Reflect.get(value, key), keyPath, walk);
  }
  return copied;
}

function refuse(path: Path, walk: Walk, reason: string): undefined {
  walk.issues.add(path, reason);
  return undefined;
}

/** A guard of the user's own: what it keeps beside its `check` is its own affair. */
function isOwnGuard(value: object, path: Path): boolean {
  return path.length === 2 && path[0] === 'guards' && hasFunctions(value, ['check']);
}

function isOpaque(path: Path): boolean {
  if (path.length === 1) return OPAQUE.has(String(path[0]));
  return path.length === 3 && OPAQUE.has(`${path[0]}.*.${path[2]}`);
}
