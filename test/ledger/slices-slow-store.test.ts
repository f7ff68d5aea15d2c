import { describe, expect, it } from 'vitest';
import { budgetOf } from '../support/ledger-plan.ts';
import { Fleet } from './fleet.ts';

const LIFETIME = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;
const LIMIT = 1_000_000;
const open = (leaseMs: number) =>
  new Fleet({ seed: 5, size: 2, budgets: [budgetOf({ name: 'all', limit: { tokens: LIMIT }, window: LIFETIME })], leaseMs });

/** Calls of ten tokens, one in each process every 50 ms. */
async function work(fleet: Fleet, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    for (const process of fleet.processes) fleet.begin(process, 10);
    await fleet.clock.elapse(50);
    for (const process of fleet.processes) for (const each of [...process.calls]) fleet.end(each, 7);
  }
}

describe('over a store whose every answer takes a second', () => {
  for (const before of [0, 100]) {
    it(`calls go on for as long as it lasts once slices are there, ${before} calls after the start`, async () => {
      const fleet = open(10_000);
      await work(fleet, before);
      // A command is given up after 300 ms: until slices are as large as that asks for, some are refused.
      fleet.weather.tripMs = 1_000;
      await work(fleet, 100);
      const { refused } = fleet;
      await work(fleet, 1_000);
      expect(fleet.refused).toBe(refused);
      fleet.weather.tripMs = 2;
      await fleet.clock.elapse(10_000);
      await fleet.close();
      expect(await fleet.sums('all')).toEqual({ spent: fleet.used, reserved: 0, sliced: 0 });
      expect(fleet.used).toBe(fleet.admitted * 7);
    });
  }
});
