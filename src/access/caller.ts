import type { Caller } from '../core/caller.ts';

/** In UTF-16 units. */
const LONGEST_VALUE = 256;
const LONGEST_DIMENSION_NAME = 64;
const LARGEST_NUMBER_OF_TAGS = 32;
/** Dimensions beside `key`, `team`, `app`, `user`, `tags` and `priority`. */
const LARGEST_NUMBER_OF_DIMENSIONS = 16;

const BUILT_IN: ReadonlySet<string> = new Set(['key', 'team', 'app', 'user', 'tags', 'priority']);
const PRIORITIES: ReadonlySet<unknown> = new Set(['high', 'normal', 'low']);
/** Names that mean something else in budgets and reports, or that an object already has. */
const RESERVED: ReadonlySet<string> = new Set([
  'model',
  'provider',
  'deployment',
  'day',
  '__proto__',
  'constructor',
  'prototype',
]);

const normalised = new WeakSet<object>();

/**
 * A frozen copy of what names a caller; a copy made before is returned as it is. Throws `TypeError` naming the path
 * (`caller.team`) if a value is no string of at most 256 characters without control characters, `tags` no list of
 * at most 32 of them, `priority` unknown, or there are more than 16 own dimensions. Undefined values are left out.
 */
export function normaliseCaller(input: unknown): Caller {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new TypeError('caller must be an object');
  if (normalised.has(input)) return input as Caller;
  const caller: Record<string, string | readonly string[]> = {};
  let ownDimensions = 0;
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (!BUILT_IN.has(name)) {
      ownDimensions += 1;
      refuseDimension(name, ownDimensions);
    }
    caller[name] = name === 'tags' ? toTags(value) : toValue(value, `caller.${name}`);
  }
  if (caller.priority !== undefined && !PRIORITIES.has(caller.priority)) {
    throw new TypeError("caller.priority must be 'high', 'normal' or 'low'");
  }
  normalised.add(Object.freeze(caller));
  return caller;
}

function refuseDimension(name: string, count: number): void {
  if (RESERVED.has(name)) throw new TypeError(`caller.${name} is a reserved name`);
  if (name.length > LONGEST_DIMENSION_NAME || !/^[A-Za-z][\w.-]*$/.test(name)) {
    const shown = JSON.stringify(name.slice(0, LONGEST_DIMENSION_NAME));
    throw new TypeError(`caller[${shown}] is no name of a dimension: a letter, then letters, digits, '_', '.' or '-'`);
  }
  if (count > LARGEST_NUMBER_OF_DIMENSIONS) {
    throw new TypeError(`caller.${name} is one too many: at most ${LARGEST_NUMBER_OF_DIMENSIONS} own dimensions`);
  }
}

function toTags(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('caller.tags must be a list of strings');
  if (value.length > LARGEST_NUMBER_OF_TAGS) throw new TypeError(`caller.tags has more than ${LARGEST_NUMBER_OF_TAGS} tags`);
  return Object.freeze(value.map((tag: unknown, position) => toValue(tag, `caller.tags[${position}]`)));
}

function toValue(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new TypeError(`${path} must be a string`);
  if (value.length > LONGEST_VALUE) throw new TypeError(`${path} is longer than ${LONGEST_VALUE} characters`);
  if (value === '') throw new TypeError(`${path} is empty`);
  if (/\p{Cc}/u.test(value)) throw new TypeError(`${path} has control characters`);
  return value;
}
