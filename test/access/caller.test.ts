import { expect, test } from 'vitest';
import { normaliseCaller } from '../../src/access/caller.ts';

test('a caller is a frozen copy without what is undefined', () => {
  const given = { team: 'search', user: undefined, tags: ['a'], priority: 'high', region: 'eu' };
  const caller = normaliseCaller(given);
  given.team = 'other';
  given.tags.push('b');
  expect(caller).toEqual({ team: 'search', tags: ['a'], priority: 'high', region: 'eu' });
  expect([Object.isFrozen(caller), Object.isFrozen(caller.tags), Object.hasOwn(caller, 'user')]).toEqual([true, true, false]);
});

test('a normalised caller is returned as it is, so that what is remembered of it is found again', () => {
  const caller = normaliseCaller({ team: 'search' });
  expect(normaliseCaller(caller)).toBe(caller);
});

test('a getter is read once and what it gives is checked', () => {
  let reads = 0;
  const tricky = {
    get team() {
      reads += 1;
      return reads === 1 ? 'good' : 'evil';
    },
  };
  expect(normaliseCaller(tricky)).toEqual({ team: 'good' });
});

const refused: [string, unknown, string][] = [
  ['null', null, 'caller must be an object'],
  ['a list', [], 'caller must be an object'],
  ['a string', 'search', 'caller must be an object'],
  ['a number', { team: 5 }, 'caller.team must be a string'],
  ['null as a value', { user: null }, 'caller.user must be a string'],
  ['an empty value', { user: '' }, 'caller.user is empty'],
  ['a long value', { user: 'x'.repeat(257) }, 'caller.user is longer than 256 characters'],
  ['control characters', { team: 'a\nb' }, 'caller.team has control characters'],
  ['tags that are no list', { tags: 'a' }, 'caller.tags must be a list of strings'],
  ['a tag that is no string', { tags: ['a', 5] }, 'caller.tags[1] must be a string'],
  ['too many tags', { tags: Array.from({ length: 33 }, () => 'a') }, 'caller.tags has more than 32 tags'],
  ['an unknown priority', { priority: 'urgent' }, "caller.priority must be 'high', 'normal' or 'low'"],
  ['__proto__', JSON.parse('{"__proto__":"x"}'), 'caller.__proto__ is a reserved name'],
  ['constructor', { constructor: 'x' }, 'caller.constructor is a reserved name'],
  ['prototype', { prototype: 'x' }, 'caller.prototype is a reserved name'],
  ['a name of budgets', { model: 'fast' }, 'caller.model is a reserved name'],
  ['an odd name', { 'a b': 'x' }, 'caller["a b"] is no name of a dimension'],
  [
    'too many dimensions',
    Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`d${index}`, 'x'])),
    'caller.d16 is one too many: at most 16 own dimensions',
  ],
];

test.each(refused)('%s is refused', (_name, input, message) => {
  expect(() => normaliseCaller(input)).toThrow(TypeError);
  expect(() => normaliseCaller(input)).toThrow(message);
});
