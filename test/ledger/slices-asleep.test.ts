import { expect, it } from 'vitest';
import { budgetOf } from '../support/ledger-plan.ts';
import { Fleet, LEASE_MS, type Process } from './fleet.ts';

const LIFETIME = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;
const HOUR = 3_600_000;

/** One-token calls, one after the other. */
async function use(fleet: Fleet, process: Process, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    fleet.begin(process, 1);
    await fleet.clock.elapse(10);
    for (const open of [...process.calls]) fleet.end(open, 1);
  }
}

it.each([
  ['less than a day', 20],
  ['more than a day', 30],
  ['a week', 170],
])(
  'a process that was asleep for %s, which its store keeps no slice for, is not charged again for what it had told',
  async (_, hours) => {
    const fleet = new Fleet({
      seed: 3,
      size: 2,
      budgets: [budgetOf({ name: 'all', limit: { tokens: 10_000 }, window: LIFETIME })],
    });
    const [sleeper, other] = fleet.processes as [Process, Process];
    await use(fleet, sleeper, 300);
    const lent = await fleet.sums('all').then(({ sliced }) => sliced);
    sleeper.isAsleep = true;
    await fleet.clock.elapse(LEASE_MS * 2);
    await fleet.clock.advance(hours * HOUR);
    await use(fleet, other, 1);
    await fleet.clock.elapse(LEASE_MS);
    sleeper.wake();
    await use(fleet, sleeper, 5);
    await fleet.clock.elapse(LEASE_MS * 2);
    const { spent } = await fleet.sums('all');
    expect({ spent, isUnder: spent < fleet.used, isOver: spent > fleet.used + lent }).toEqual({
      spent,
      isUnder: false,
      isOver: false,
    });
    await fleet.close();
  },
);
