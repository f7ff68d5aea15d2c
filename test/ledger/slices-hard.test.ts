import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/core/budget.ts';
import { budgetOf } from '../support/ledger-plan.ts';
import { Fleet, LEASE_MS, type Process } from './fleet.ts';

const LIFETIME = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;
const open = (budgets: Budget[], size: number) => new Fleet({ seed: 11, size, budgets });

/** One-token calls in each process, until the budget refuses one. */
async function spendAll(fleet: Fleet): Promise<number> {
  const before = fleet.admitted;
  const refused = fleet.refused;
  while (fleet.refused === refused) {
    for (const process of fleet.processes) fleet.begin(process, 1);
    await fleet.clock.elapse(20);
    for (const { calls } of fleet.processes) for (const call of [...calls]) fleet.end(call, 1);
  }
  await fleet.clock.elapse(2_000);
  return fleet.admitted - before;
}

describe('slices over the end of a window of local time', () => {
  for (const [name, unit, before] of [
    ['the day on which clocks are set back', 'day', Date.UTC(2027, 9, 31, 22, 59, 30)],
    ['the hour that comes twice', 'hour', Date.UTC(2027, 9, 31, 0, 59, 30)],
    ['the day on which clocks are set forward', 'day', Date.UTC(2027, 2, 28, 21, 59, 30)],
    ['a month', 'month', Date.UTC(2027, 1, 28, 22, 59, 30)],
  ] as const) {
    it(`${name}: each window has its limit, and no more`, async () => {
      const window = { kind: 'calendar', unit, timezone: 'Europe/Berlin' } as const;
      const fleet = open([budgetOf({ name: 'all', limit: { tokens: 60 }, window })], 3);
      await fleet.clock.elapse(before - fleet.clock.now());
      expect(fleet.clock.now()).toBe(before);
      expect(await spendAll(fleet)).toBe(60);
      await fleet.clock.elapse(30_000);
      expect(await spendAll(fleet)).toBe(60);
      await fleet.close();
    });
  }
});

it('1,700 users have a budget each: each is told all that was used, and nothing stays held', async () => {
  const fleet = open([budgetOf({ name: 'user', each: ['user'], limit: { tokens: 50 }, window: LIFETIME })], 2);
  let held = 0;
  for (const process of fleet.processes)
    for (let user = 0; user < 1_700; user++) {
      const answer = Promise.resolve(fleet.ask(process, 10, { user: `u${user}` }));
      void answer.then((admission) => {
        if (!admission.admitted || admission.reservation === undefined) return;
        held += 1;
        admission.reservation.settle({
          requests: 1,
          usage: { inputTokens: 0, outputTokens: 10, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
          costNanoUsd: 0,
        });
      });
    }
  await fleet.clock.elapse(LEASE_MS);
  expect(held).toBe(3_400);
  expect(await fleet.sums('user')).toMatchObject({ spent: 34_000 });
  await fleet.close();
  expect(await fleet.sums('user')).toEqual({ spent: 34_000, reserved: 0, sliced: 0 });
});

it('a process that closes while calls wait for a refill answers them, and keeps nothing', async () => {
  const fleet = open([budgetOf({ name: 'all', limit: { tokens: 1_000 }, window: LIFETIME })], 1);
  const [process] = fleet.processes as [Process];
  fleet.weather.tripMs = 40;
  let answered = 0;
  for (let call = 0; call < 8; call++)
    fleet.begin(process, 5, () => {
      answered += 1;
    });
  const closing = fleet.close();
  await fleet.clock.elapse(60);
  for (const call of [...process.calls]) fleet.end(call, 5);
  await closing;
  expect(answered).toBe(8);
  await fleet.clock.elapse(LEASE_MS * 2);
  fleet.store.release('past', Math.floor(fleet.clock.now()));
  const { spent, reserved, sliced } = await fleet.sums('all');
  expect({ reserved, sliced, isAll: spent >= fleet.used }).toEqual({ reserved: 0, sliced: 0, isAll: true });
});
