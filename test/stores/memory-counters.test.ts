import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CalendarCounter, RollingCounter } from '../../src/stores/memory-counters.ts';
import { bucketAt, bucketCount, bucketLeavesAt, bucketMsOf } from '../../src/stores/rolling-buckets.ts';

describe('buckets', () => {
  it('are a sixtieth of the window, and a second at least', () => {
    expect([60_000, 90_500, 3_600_000, 1_000].map(bucketMsOf)).toEqual([1_000, 1_509, 60_000, 1_000]);
    expect([60_000, 90_500, 1_000].map(bucketCount)).toEqual([61, 61, 2]);
  });

  it('leave the window when all of their time has', () => {
    expect(bucketAt(60_000, 123_999)).toBe(123);
    expect(bucketLeavesAt(60_000, 123)).toBe(184_000);
  });
});

interface Hold {
  at: number;
  held: number;
  spent: number;
  ended: boolean;
}

/** The same, by looking at everything that was ever held. */
class PlainCounter {
  readonly #lengthMs: number;
  readonly holds: Hold[] = [];
  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  sums(now: number, holds = this.#inWindow(now)) {
    const of = (amount: (hold: Hold) => number) => holds.reduce((sum, hold) => sum + amount(hold), 0);
    return { spent: of(({ spent }) => spent), reserved: of(({ held }) => held) };
  }

  roomAfterMs(amount: number, limit: number, now: number): number | null {
    if (amount > limit) return null;
    const ends = [...new Set(this.#inWindow(now).map(({ at }) => this.#leavesAt(at)))].sort((a, b) => a - b);
    for (const end of ends) {
      const left = this.sums(
        now,
        this.holds.filter(({ at }) => this.#leavesAt(at) > end),
      );
      if (left.spent + left.reserved + amount <= limit) return end - now;
    }
    return 0;
  }

  #leavesAt(at: number): number {
    return bucketLeavesAt(this.#lengthMs, bucketAt(this.#lengthMs, at));
  }

  #inWindow(now: number): Hold[] {
    return this.holds.filter(({ at }) => this.#leavesAt(at) > now);
  }
}

describe('a rolling counter', () => {
  it('counts what a plain list of all holds counts, whenever they come and end', () => {
    const lengthMs = fc.constantFrom(1_000, 5_000, 60_000, 90_500, 3_600_000);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('wait' as const), share: fc.constantFrom(0.001, 0.01, 0.1, 0.5, 0.99, 1, 1.02, 3) }),
      fc.record({ kind: fc.constant('align' as const) }),
      fc.record({ kind: fc.constant('hold' as const), amount: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ kind: fc.constant('end' as const), which: fc.nat(20), actual: fc.integer({ min: 0, max: 80 }) }),
    );
    fc.assert(
      fc.property(lengthMs, fc.integer({ min: 0, max: 2e12 }), fc.array(step, { maxLength: 40 }), (length, start, steps) => {
        let now = start;
        const counter = new RollingCounter(length, now);
        const plain = new PlainCounter(length);
        for (const each of steps) {
          if (each.kind === 'wait') now += Math.ceil(length * each.share);
          if (each.kind === 'align') now = (bucketAt(length, now) + 1) * bucketMsOf(length);
          counter.advance(now);
          if (each.kind === 'hold') {
            counter.hold(each.amount);
            plain.holds.push({ at: now, held: each.amount, spent: 0, ended: false });
          }
          const hold = each.kind === 'end' ? plain.holds[each.which] : undefined;
          if (each.kind === 'end' && hold !== undefined && !hold.ended) {
            counter.replace(hold.at, hold.held, each.actual);
            Object.assign(hold, { held: 0, spent: each.actual, ended: true });
          }
          expect({ spent: counter.spent, reserved: counter.reserved }).toEqual(plain.sums(now));
          const { spent, reserved } = plain.sums(now);
          for (const limit of [40, 100]) {
            if (spent + reserved + 30 > limit)
              expect(counter.roomAfterMs(30, limit, now)).toBe(plain.roomAfterMs(30, limit, now));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has no room for more than its limit, ever, and for all of it when it is empty', () => {
    const counter = new RollingCounter(60_000, 500);
    counter.advance(500);
    counter.hold(10);
    expect(counter.roomAfterMs(11, 10, 500)).toBeNull();
    expect(counter.roomAfterMs(10, 10, 500)).toBe(60_500);
  });

  it('corrects what was spent, up and down, within safe integers', () => {
    const counter = new RollingCounter(60_000, 0);
    counter.hold(0);
    counter.replace(0, 0, 30);
    counter.replace(0, 0, -10);
    expect(counter.spent).toBe(20);
    counter.replace(0, 0, -50);
    expect(counter.spent).toBe(0);
    counter.replace(0, 0, Number.MAX_SAFE_INTEGER);
    counter.replace(0, 0, 5);
    expect(counter.spent).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is over when its newest bucket has left the window', () => {
    const counter = new RollingCounter(60_000, 500);
    expect([counter.over(60_999), counter.over(61_000)]).toEqual([false, true]);
  });
});

describe('a calendar counter', () => {
  it('is over at its end, and a lifetime never', () => {
    expect([new CalendarCounter(100).over(99), new CalendarCounter(100).over(100)]).toEqual([false, true]);
    expect(new CalendarCounter(null).over(Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(new CalendarCounter(null).over(0)).toBe(false);
  });

  it('tells how long until its window ends', () => {
    expect(new CalendarCounter(100).roomAfterMs(1, 1, 40)).toBe(60);
    expect(new CalendarCounter(100).roomAfterMs(1, 1, 140)).toBe(0);
    expect(new CalendarCounter(null).roomAfterMs(1, 1, 40)).toBeNull();
  });

  it('corrects what was spent, up and down, within safe integers', () => {
    const counter = new CalendarCounter(null);
    counter.hold(10);
    counter.replace(0, 10, 30);
    counter.replace(0, 0, -40);
    expect([counter.spent, counter.reserved]).toEqual([0, 0]);
    counter.replace(0, 0, Number.MAX_SAFE_INTEGER);
    counter.replace(0, 0, 5);
    expect(counter.spent).toBe(Number.MAX_SAFE_INTEGER);
  });
});
