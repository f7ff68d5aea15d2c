import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/core/budget.ts';
import type { Admission } from '../../src/ledger/ledger.ts';
import { budgetOf, planOf } from '../support/ledger-plan.ts';
import { Fleet, LEASE_MS, type Process } from './fleet.ts';

const LIFETIME = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;
const tokens = (limit: number, more: Partial<Budget> = {}) => [
  budgetOf({ name: 'all', limit: { tokens: limit }, window: LIFETIME, ...more }),
];
const first = (fleet: Fleet) => fleet.processes[0] as Process;

/** One call of a token under some budgets; whether it was admitted. */
async function call(fleet: Fleet, process: Process, budgets: Budget[]): Promise<boolean> {
  let admission: Admission | undefined;
  void Promise.resolve(fleet.ask(process, 1, {}, planOf({ budgets }))).then((answer) => {
    admission = answer;
  });
  for (let turn = 0; admission === undefined && turn < 2_000; turn++) await fleet.clock.elapse(1);
  if (admission?.admitted !== true) return false;
  const usage = { inputTokens: 0, outputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  admission.reservation?.settle({ requests: 1, usage, costNanoUsd: 0 });
  return true;
}

async function calls(fleet: Fleet, process: Process, budgets: Budget[], count: number): Promise<number> {
  let admitted = 0;
  for (let turn = 0; turn < count; turn++) if (await call(fleet, process, budgets)) admitted += 1;
  return admitted;
}

describe('a configuration that comes while a process holds a slice', () => {
  const wide = tokens(1_000);

  it('with a limit below what is lent admits no more than the limit has left, in every process', async () => {
    const fleet = new Fleet({ seed: 1, size: 2, budgets: wide });
    for (const process of fleet.processes) expect(await calls(fleet, process, wide, 10)).toBe(10);
    const { spent, sliced } = await fleet.sums('all');
    expect(spent + sliced).toBeGreaterThan(30);
    const narrow = tokens(30);
    const admitted = [];
    for (const process of fleet.processes) admitted.push(await calls(fleet, process, narrow, 30));
    expect(admitted[0]).toBe(10);
    expect(admitted[1]).toBe(0);
    await fleet.close();
    expect(await fleet.sums('all')).toEqual({ spent: 30, reserved: 0, sliced: 0 });
  });

  it('with a higher limit admits all that it allows', async () => {
    const fleet = new Fleet({ seed: 1, size: 1, budgets: tokens(20) });
    expect(await calls(fleet, first(fleet), tokens(20), 25)).toBe(20);
    expect(await calls(fleet, first(fleet), tokens(50), 40)).toBe(30);
  });

  it.each([
    ['without the budget', []],
    ['with another window', tokens(1_000, { window: { kind: 'rolling', lengthMs: 60_000 } })],
    ['with the budget under another name', tokens(1_000, { name: 'renamed' })],
  ])('%s has the slice given back', async (_, budgets) => {
    const fleet = new Fleet({ seed: 1, size: 1, budgets: wide });
    await calls(fleet, first(fleet), wide, 10);
    for (let turn = 0; turn < 5; turn++) {
      await call(fleet, first(fleet), budgets);
      await fleet.clock.elapse(500);
    }
    expect(await fleet.sums('all|tokens|lifetime')).toEqual({ spent: 10, reserved: 0, sliced: 0 });
  });

  it('with another time zone has the store keep the counter until the window ends there', async () => {
    const month = (limit: number, timezone: string) => tokens(limit, { window: { kind: 'calendar', unit: 'month', timezone } });
    const fleet = new Fleet({ seed: 1, size: 1, budgets: month(1_000, 'UTC') });
    const windows = new Set<unknown>();
    const exchange = fleet.store.exchange.bind(fleet.store);
    fleet.store.exchange = (holder, reports, ...rest) => {
      windows.clear();
      for (const { window } of reports) windows.add(window);
      return exchange(holder, reports, ...rest);
    };
    await call(fleet, first(fleet), month(1_000, 'UTC'));
    expect([...windows]).toEqual([{ kind: 'calendar', endsAt: Date.UTC(2026, 11, 1) }]);
    await call(fleet, first(fleet), month(2_000, 'Asia/Tokyo'));
    expect([...windows]).toEqual([{ kind: 'calendar', endsAt: Date.UTC(2026, 10, 30, 15) }]);
  });

  it('that only watches the limit admits beyond it, and one that enforces it again does not', async () => {
    const fleet = new Fleet({ seed: 1, size: 1, budgets: tokens(10) });
    const watched = tokens(10, { onExceed: { action: 'shadow' } });
    expect(await calls(fleet, first(fleet), tokens(10), 5)).toBe(5);
    expect(await calls(fleet, first(fleet), watched, 20)).toBe(20);
    expect(await calls(fleet, first(fleet), tokens(10), 5)).toBe(0);
  });
});

describe('a process that closes while calls wait for a slice', () => {
  it('has them admitted or refused, and leaves nothing lent when they have ended', async () => {
    const fleet = new Fleet({ seed: 1, size: 1, budgets: tokens(1_000) });
    for (let turn = 0; turn < 20; turn++) fleet.begin(first(fleet), 1);
    await fleet.close();
    expect(fleet.admitted + fleet.refused).toBe(20);
    for (const open of [...first(fleet).calls]) fleet.end(open, 1);
    await fleet.clock.elapse(LEASE_MS + 1_000);
    fleet.store.release('later', fleet.clock.now());
    expect(await fleet.sums('all')).toEqual({ spent: fleet.admitted, reserved: 0, sliced: 0 });
  });
});

it('two gateways of one process on one store never pass a limit together', async () => {
  const budgets = tokens(100);
  const fleet = new Fleet({ seed: 1, size: 2, budgets });
  for (let turn = 0; turn < 150; turn++) for (const process of fleet.processes) fleet.begin(process, 1);
  await fleet.clock.elapse(3_000);
  expect([fleet.admitted, fleet.refused]).toEqual([100, 200]);
});
