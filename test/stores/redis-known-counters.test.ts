import { describe, expect, it } from 'vitest';
import { KnownCounters } from '../../src/stores/redis/known-counters.ts';
import type { SliceReport } from '../../src/stores/store.ts';

const NOW = 1_800_000_000_000;
const window = { kind: 'rolling', lengthMs: 60_000 } as const;

/** Tells what was answered to a report: the slice, its number, what it used and holds. */
function told(known: KnownCounters, slice: string, sequence: number, spent: number, held: number, now = NOW): void {
  const amounts = { sequence, spent, inUse: held, wants: held, atRisk: held, recall: 0 };
  const report: SliceReport = { counter: 'c', limit: 100, enforced: true, window, slice, ...amounts };
  known.exchanged('p', report, { held, spent: 50, reserved: 0, sliced: held, recalled: false, state: 'held' }, 5_000, now);
}

const saidOf = (known: KnownCounters, now = NOW) =>
  known.said(now).map(({ report: { slice, sequence, spent, wants } }) => [slice, sequence, spent, wants]);

describe('what a process knows of a counter', () => {
  it('is each slice that holds something, and the last one though it holds nothing', () => {
    const known = new KnownCounters();
    told(known, 'a', 1, 0, 10);
    told(known, 'b', 1, 5, 20);
    told(known, 'a', 2, 4, 6);
    expect(saidOf(known)).toEqual([
      ['b', 1, 5, 20],
      ['a', 2, 4, 6],
    ]);
    told(known, 'a', 3, 10, 0);
    told(known, 'b', 2, 25, 0);
    expect(saidOf(known)).toEqual([['b', 2, 25, 0]]);
    expect(known.restoration(NOW)).toEqual(['1', 'c', '50', '60000', '1000', '', 'b', 'c', '2', '25', '0', '0', '5000']);
  });

  it('is not put back by an answer that comes after a later one', () => {
    const known = new KnownCounters();
    told(known, 'a', 3, 9, 1);
    told(known, 'a', 2, 4, 6);
    expect(saidOf(known)).toEqual([['a', 3, 9, 1]]);
  });

  it('is forgotten with its window', () => {
    const known = new KnownCounters();
    told(known, 'a', 1, 0, 10);
    expect(saidOf(known, NOW + 60_000)).toEqual([]);
    expect(known.restoration(NOW + 60_000)).toEqual(['0']);
  });

  it('is kept for the newest, and one that comes looks at few others', () => {
    const known = new KnownCounters();
    let looks = 0;
    const now = {
      valueOf() {
        looks += 1;
        return NOW;
      },
    } as unknown as number;
    for (let user = 0; user < 40_000; user += 1) known.seen(`user-${user}`, window, 1, now);
    expect(looks).toBeLessThan(40_000 * 30);
    const [, ...fields] = known.restoration(NOW);
    expect(fields).not.toContain('user-0');
    expect(fields).toContain('user-39999');
  });
});
