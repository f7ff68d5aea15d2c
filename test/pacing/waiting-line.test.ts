import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PRIORITIES, type Waiting, WaitingLine } from '../../src/pacing/waiting-line.ts';

interface Named extends Waiting {
  readonly name: string;
}

function lineOf(...names: string[]): { line: WaitingLine<Named>; waiting: Named[] } {
  const line = new WaitingLine<Named>();
  const waiting = names.map((name): Named => ({ name, party: name.slice(0, 1), priority: 'normal' }));
  for (const one of waiting) line.join(one);
  return { line, waiting };
}

function drain(line: WaitingLine<Named>): string[] {
  const names: string[] = [];
  for (let next = line.next(); next; next = line.next()) names.push(next.name);
  return names;
}

test('parties take turns, each in the order its calls came', () => {
  expect(drain(lineOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2').line)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('a party that comes later than a burst is served after one of it', () => {
  const { line } = lineOf('a1', 'a2', 'a3');
  expect(line.next()?.name).toBe('a1');
  line.join({ name: 'b1', party: 'b', priority: 'normal' });
  expect(drain(line)).toEqual(['a2', 'b1', 'a3']);
});

test('a higher priority goes first whenever it came', () => {
  const { line } = lineOf('a1');
  line.join({ name: 'l', party: 'x', priority: 'low' });
  line.join({ name: 'h', party: 'x', priority: 'high' });
  expect(drain(line)).toEqual(['h', 'a1', 'l']);
});

test('who left is not served and cannot leave twice', () => {
  const { line, waiting } = lineOf('a1', 'a2', 'b1');
  const [first] = waiting;
  if (first) expect([line.leave(first), line.leave(first)]).toEqual([true, false]);
  expect([line.length, drain(line), line.length]).toEqual([2, ['a2', 'b1'], 0]);
});

test('everyone who joined is served exactly once, and no party twice before another of its priority that waits', () => {
  const arbitrary = fc.array(fc.record({ party: fc.constantFrom('a', 'b', 'c'), priority: fc.constantFrom(...PRIORITIES) }));
  fc.assert(
    fc.property(arbitrary, (joined) => {
      const line = new WaitingLine<Waiting>();
      const waiting = joined.map((one) => ({ ...one }));
      for (const one of waiting) line.join(one);
      const served: Waiting[] = [];
      for (let next = line.next(); next; next = line.next()) served.push(next);
      expect(new Set(served)).toEqual(new Set(waiting));
      expect(served.map(({ priority }) => PRIORITIES.indexOf(priority))).toEqual(
        waiting.map(({ priority }) => PRIORITIES.indexOf(priority)).toSorted((a, b) => a - b),
      );
      served.slice(1).forEach((one, index) => {
        const before = served[index];
        if (before?.party !== one.party || before.priority !== one.priority) return;
        const left = served.slice(index + 1).filter(({ priority }) => priority === one.priority);
        expect(left.every(({ party }) => party === one.party)).toBe(true);
      });
    }),
  );
});
