import { describe, expect, it } from 'vitest';
import { budgetOf } from '../support/ledger-plan.ts';
import { Fleet, type Process } from './fleet.ts';

const LIFETIME = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;

/** A call of ten tokens every two milliseconds: commands, and the most that was used and not told. */
async function work(reportShare: number | undefined): Promise<{ commands: number; untold: number }> {
  const budgets = [budgetOf({ name: 'all', limit: { tokens: 10_000_000 }, window: LIFETIME })];
  const fleet = new Fleet({ seed: 3, size: 1, budgets, reportShare });
  const [process] = fleet.processes as [Process];
  const call = async () => {
    fleet.begin(process, 10);
    await fleet.clock.elapse(2);
    for (const open of [...process.calls]) fleet.end(open, 10);
  };
  for (let turn = 0; turn < 1_000; turn++) await call();
  const before = fleet.commands;
  let untold = 0;
  for (let turn = 0; turn < 1_000; turn++) {
    await call();
    untold = Math.max(untold, fleet.used - (await fleet.sums('all')).spent);
  }
  return { commands: fleet.commands - before, untold };
}

describe('what was used of a slice', () => {
  it('is reported sooner than the interval asks for once a share of it was handed out', async () => {
    const [all, usual, little] = [await work(1), await work(undefined), await work(0.1)];
    // Some 1,250 tokens in an interval; a tenth of what half a second needs is 250.
    expect(all.untold).toBeGreaterThan(1_000);
    expect(little.untold).toBeLessThan(500);
    expect(little.commands).toBeGreaterThan(2 * all.commands);
    expect(usual.commands).toBeLessThanOrEqual(2 * all.commands);
  });
});
