import { describe, expect, it } from 'vitest';
import type { UsageTotals } from '../../src/stores/store.ts';
import { UsageReport } from '../../src/stores/usage-report.ts';
import { HOUR, START, totals } from '../../src/testing/store-contract-parts.ts';

const FIRST = START - (START % HOUR);

function rowsOf(hour: number, teams: number): UsageTotals[] {
  return Array.from({ length: teams }, (_, team) => totals(FIRST + hour * HOUR, `team-${team}`, 1));
}

function requestsOf(rows: readonly UsageTotals[]): number {
  return rows.reduce((sum, { requests }) => sum + requests, 0);
}

describe('the usage report in memory', () => {
  it('has no more than its most rows of one hour, and every request in them', () => {
    const report = new UsageReport(10);
    for (let turn = 0; turn < 3; turn += 1) report.add(rowsOf(0, 1_000));
    const rows = report.rows({});
    expect(rows).toHaveLength(10);
    expect(requestsOf(rows)).toBe(3_000);
    expect(rows.at(-1)).toMatchObject({ team: '(others)', user: '(others)', model: '(others)', requests: 3 * 991 });
    expect(rows[0]).toMatchObject({ team: 'team-0', requests: 3 });
  });

  it('keeps the hour that has just ended when the next begins, and gives up the oldest', () => {
    const report = new UsageReport(10);
    for (let hour = 0; hour < 5; hour += 1) {
      report.add(rowsOf(hour, 20));
      const kept = new Set(report.rows({}).map(({ hourStartsAt }) => (hourStartsAt - FIRST) / HOUR));
      expect([...kept]).toEqual(hour === 0 ? [0] : [hour - 1, hour]);
    }
  });
});
