import { expect, it } from 'vitest';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

it('runs timers by their time, then in the order they were made, without those that were cancelled', () => {
  const random = seededRandom(7);
  const clock = new TestClock();
  const ran: { dueMs: number; place: number }[] = [];
  const made = Array.from({ length: 500 }, (_, place) => {
    const dueMs = Math.floor(random() * 100);
    return { dueMs, place, timer: clock.setTimeout(() => ran.push({ dueMs: clock.monotonicMs(), place }), dueMs) };
  });
  const kept = made.filter(({ place }) => place % 5 === 0);
  for (const { timer, place } of made) if (place % 5 !== 0) timer.cancel();
  expect(clock.pending).toBe(100);
  clock.advance(50);
  clock.setTimeout(() => ran.push({ dueMs: clock.monotonicMs(), place: -1 }), 0);
  clock.advance(50);
  const sorted = kept.toSorted((a, b) => a.dueMs - b.dueMs || a.place - b.place).map(({ dueMs, place }) => ({ dueMs, place }));
  expect(ran.filter(({ place }) => place >= 0)).toEqual(sorted);
  expect(ran.findIndex(({ place }) => place === -1)).toBe(sorted.filter(({ dueMs }) => dueMs <= 50).length);
  expect(clock.pending).toBe(0);
});

it('runs timers that timers make, at their own time', () => {
  const clock = new TestClock();
  const ran: number[] = [];
  const again = () => {
    ran.push(clock.monotonicMs());
    clock.setTimeout(again, 30);
  };
  clock.setTimeout(again, 10);
  clock.advance(100);
  expect(ran).toEqual([10, 40, 70, 100]);
  expect(clock.pending).toBe(1);
});
