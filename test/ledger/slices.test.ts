import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/core/budget.ts';
import type { Admission } from '../../src/ledger/ledger.ts';
import { budgetOf } from '../support/ledger-plan.ts';
import { settlePromises } from '../support/test-clock.ts';
import { Fleet, LEASE_MS, type Process, REPORT_MS } from './fleet.ts';

const LIFETIME = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;
const tokens = (limit: number, more: Partial<Budget> = {}) => [
  budgetOf({ name: 'all', limit: { tokens: limit }, window: LIFETIME, ...more }),
];

const open = (budgets: Budget[], size = 1, isExact = false) => new Fleet({ seed: 1, size, budgets, isExact });
const first = (fleet: Fleet) => fleet.processes[0] as Process;

/** One call that is admitted and used whole, whatever it takes. */
async function whole(fleet: Fleet, process: Process, bound: number): Promise<Admission> {
  const asked = fleet.ask(process, bound);
  let admission: Admission | undefined;
  if (asked instanceof Promise)
    void asked.then((value) => {
      admission = value;
    });
  else admission = asked;
  for (let turn = 0; admission === undefined && turn < 1_000; turn++) await fleet.clock.elapse(1);
  if (admission === undefined) throw new Error('never answered');
  if (admission.admitted) admission.reservation?.settle(usedOf(bound));
  return admission;
}

const usedOf = (outputTokens: number) => ({
  requests: 1,
  usage: { inputTokens: 0, outputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
  costNanoUsd: 0,
});

/** The second call of a process finds a slice. */
async function warm(fleet: Fleet, process = first(fleet)): Promise<void> {
  await whole(fleet, process, 1);
  await fleet.clock.elapse(5);
}

describe('a slice', () => {
  it('admits the calls after the first in memory, at once', async () => {
    const fleet = open(tokens(1_000_000));
    expect(fleet.ask(first(fleet), 1)).toBeInstanceOf(Promise);
    await fleet.clock.elapse(10);
    expect(fleet.ask(first(fleet), 1)).toMatchObject({ admitted: true });
  });

  it('takes at most 20 commands for 1,000 calls in steady state', async () => {
    const fleet = open([
      ...tokens(1_000_000_000),
      budgetOf({
        name: 'rate',
        limit: { requests: 1_000_000, tokens: 10_000_000 },
        window: { kind: 'rolling', lengthMs: 3_600_000 },
      }),
      budgetOf({ name: 'month', limit: { requests: 1_000_000_000 } }),
    ]);
    const calls = async (count: number) => {
      for (let call = 0; call < count; call++) {
        if (call % 2 === 0) await fleet.clock.elapse(1);
        await whole(fleet, first(fleet), 50);
      }
    };
    await calls(4_000);
    const before = fleet.commands;
    await calls(4_000);
    const perThousand = (fleet.commands - before) / 4;
    console.log(`store commands for 1,000 calls, one process, four counters: ${perThousand}`);
    expect(perThousand).toBeLessThanOrEqual(20);
  });

  it("gives a dead process's slice back at the end of its lease", async () => {
    const fleet = open(tokens(1_000), 2);
    await warm(fleet);
    first(fleet).isDead = true;
    const { sliced } = await fleet.sums('all');
    expect(sliced).toBeGreaterThan(0);
    await fleet.clock.elapse(LEASE_MS + 1);
    fleet.store.release('later', fleet.clock.now());
    const after = await fleet.sums('all');
    expect(after.sliced).toBe(0);
    expect(after.spent).toBeLessThanOrEqual(1 + sliced);
  });

  it('is given back when no call comes, and when its process closes', async () => {
    const fleet = open(tokens(1_000), 2);
    await warm(fleet);
    await fleet.clock.elapse(2_000);
    expect(await fleet.sums('all')).toEqual({ spent: 1, reserved: 0, sliced: 0 });
    await warm(fleet);
    await fleet.close();
    expect(await fleet.sums('all')).toEqual({ spent: 2, reserved: 0, sliced: 0 });
  });

  it('is shown by balances, with what this process has booked and not told yet', async () => {
    const fleet = open(tokens(1_000));
    await warm(fleet);
    await whole(fleet, first(fleet), 1);
    const held = fleet.ask(first(fleet), 1);
    expect(held).toMatchObject({ admitted: true });
    const asked = first(fleet).ledger.balances(fleet.plan, undefined);
    await fleet.clock.elapse(20);
    const [balance] = await asked;
    expect(balance).toMatchObject({ spent: { tokens: 2 }, reserved: { tokens: 1 }, remaining: { tokens: 997 } });
    expect(balance?.sliced?.tokens).toBeGreaterThan(0);
  });
});

describe('calls that find no slice', () => {
  const RATE = budgetOf({ name: 'rate', limit: { requests: 10_000 }, window: { kind: 'rolling', lengthMs: 60_000 } });
  const many = (fleet: Fleet, count: number) => {
    for (let call = 0; call < count; call++) fleet.begin(first(fleet), 1);
  };

  it('share a command that has slices lent for all of them, at rest and when a bucket of a rolling window is over', async () => {
    const fleet = open([...tokens(1_000_000), RATE]);
    // The first call sends one, all others wait for the next.
    many(fleet, 300);
    await fleet.clock.elapse(4);
    expect([fleet.admitted, fleet.commands]).toEqual([300, 2]);
    for (const call of [...first(fleet).calls]) fleet.end(call, 1);
    await fleet.clock.elapse(990);
    const before = fleet.commands;
    await fleet.clock.elapse(6);
    many(fleet, 300);
    await fleet.clock.elapse(4);
    expect(fleet.admitted).toBe(600);
    expect(fleet.commands - before).toBeLessThanOrEqual(3);
    expect((await fleet.sums('all')).reserved).toBe(0);
  });

  it('are admitted by what was lent to them, though its bucket is over when the answer comes', async () => {
    const fleet = open([RATE]);
    await fleet.clock.elapse(998);
    many(fleet, 1);
    await fleet.clock.elapse(2);
    expect([fleet.admitted, fleet.commands]).toEqual([1, 1]);
    many(fleet, 1);
    expect([fleet.admitted, fleet.commands]).toEqual([1, 2]);
  });

  it('take what was lent to them before others that came meanwhile have the next bucket asked for', async () => {
    const fleet = open([RATE]);
    await fleet.clock.elapse(998);
    many(fleet, 1);
    await fleet.clock.elapse(1);
    many(fleet, 20);
    await fleet.clock.elapse(4);
    expect([fleet.admitted, fleet.commands]).toEqual([21, 2]);
  });

  it('are held one by one if the amount is larger than what a process may hold of the rest', async () => {
    const fleet = open(tokens(1_000));
    fleet.begin(first(fleet), 400);
    await fleet.clock.elapse(2);
    expect(await fleet.sums('all')).toMatchObject({ reserved: 400 });
  });

  it('fail with the command that they wait for, and with no other after it', async () => {
    const fleet = open(tokens(1_000));
    fleet.weather.isAway = true;
    many(fleet, 20);
    await fleet.clock.elapse(2);
    expect([fleet.refused, fleet.commands]).toEqual([20, 2]);
  });

  it('fail if a store of the user’s own answers something else than grants', async () => {
    const fleet = open(tokens(1_000));
    fleet.store.exchange = () => [];
    many(fleet, 20);
    await fleet.clock.elapse(4);
    expect(fleet.refused).toBe(20);
  });

  it('of very many callers share commands of at most 500 counters', async () => {
    const fleet = open([budgetOf({ name: 'customer', each: ['user'], limit: { tokens: 1_000 }, window: LIFETIME })]);
    const sizes: number[] = [];
    const exchange = fleet.store.exchange.bind(fleet.store);
    fleet.store.exchange = (holder, reports, leaseMs, now) => {
      sizes.push(reports.length);
      return exchange(holder, reports, leaseMs, now);
    };
    const asked = Array.from({ length: 1_300 }, (_, number) => fleet.ask(first(fleet), 1, { user: `u${number}` }));
    await fleet.clock.elapse(20);
    expect((await Promise.all(asked)).every(({ admitted }) => admitted)).toBe(true);
    expect(sizes).toEqual([1, 500, 500, 299]);
  });
});

describe('near a limit', () => {
  it('admits exactly four of twenty calls at once on a budget for four', async () => {
    for (const size of [1, 4]) {
      const fleet = open(tokens(4), size);
      for (let call = 0; call < 20; call++) fleet.begin(fleet.processes[call % size] as Process, 1);
      await fleet.clock.elapse(3_000);
      expect([fleet.admitted, fleet.refused]).toEqual([4, 16]);
    }
  });

  it.each([1, 4, 16, 64])('spends a budget to the last token, with %i processes', { timeout: 60_000 }, async (size) => {
    const limit = 2_000;
    const fleet = open(tokens(limit), size);
    let admitted = 0;
    const run = async (process: Process) => {
      for (let call = 0; call < (2 * limit) / size; call++) {
        const admission = await fleet.ask(process, 1);
        if (!admission.admitted) continue;
        admitted += 1;
        await new Promise<void>((resolve) => fleet.clock.setTimeout(resolve, fleet.whole(20)));
        admission.reservation?.settle(usedOf(1));
      }
    };
    let isDone = false;
    void Promise.all(fleet.processes.map(run)).then(() => {
      isDone = true;
    });
    while (!isDone) await fleet.clock.elapse(50);
    await fleet.close();
    const { spent, reserved, sliced } = await fleet.sums('all');
    console.log(
      `${size} processes: ${Math.round((fleet.commands / (2 * limit)) * 1_000)} store commands for 1,000 small calls, half of them refused`,
    );
    expect({ admitted, spent, reserved, sliced }).toEqual({ admitted: limit, spent: limit, reserved: 0, sliced: 0 });
  });

  it('calls back what another process holds unused before it refuses', async () => {
    const fleet = open(tokens(100), 2);
    const [one, two] = fleet.processes as [Process, Process];
    await warm(fleet, one);
    expect((await fleet.sums('all')).sliced).toBeGreaterThan(0);
    expect(await whole(fleet, two, 99)).toMatchObject({ admitted: true });
    expect(await whole(fleet, two, 1)).toMatchObject({ admitted: false, denial: { remaining: 0 } });
  });

  it('turns exact, tells of it once, and turns back when there is room again', async () => {
    const fleet = open(tokens(1_000, { window: { kind: 'rolling', lengthMs: 20_000 } }));
    const states: string[] = [];
    first(fleet).events.on('budget.exact', ({ state, budget }) => states.push(`${budget} ${state}`));
    for (let call = 0; call < 12; call++) {
      await whole(fleet, first(fleet), 80);
      await fleet.clock.elapse(REPORT_MS);
    }
    expect(states).toEqual(['all start']);
    for (let second = 0; second < 70; second++) {
      await whole(fleet, first(fleet), 1);
      await fleet.clock.elapse(500);
    }
    expect(states).toEqual(['all start', 'all end']);
  });

  it('charges an answer that is larger than its bound', async () => {
    const fleet = open(tokens(100));
    await warm(fleet);
    const admission = fleet.ask(first(fleet), 1);
    if (admission instanceof Promise || !admission.admitted) throw new Error('not admitted at once');
    admission.reservation?.settle(usedOf(120));
    await fleet.clock.elapse(REPORT_MS + 5);
    expect(await fleet.sums('all')).toEqual({ spent: 121, reserved: 0, sliced: 0 });
    expect(await whole(fleet, first(fleet), 1)).toMatchObject({ admitted: false });
  });

  it('warns of a threshold once over all processes', async () => {
    const fleet = open(tokens(1_000, { warnAt: [0.5] }), 4);
    const warned: number[] = [];
    for (const { events } of fleet.processes) events.on('budget.warn', ({ spent }) => warned.push(spent));
    for (let call = 0; call < 800; call++) {
      await whole(fleet, fleet.processes[call % 4] as Process, 1);
      if (call % 20 === 0) await fleet.clock.elapse(50);
    }
    await fleet.close();
    expect(warned).toHaveLength(1);
    expect(warned[0]).toBeGreaterThanOrEqual(500);
  });

  it('never refuses for a limit that is only watched, and reports that it is passed', async () => {
    const fleet = open(tokens(5, { onExceed: { action: 'shadow' } }));
    let exceeded = 0;
    first(fleet).events.on('budget.exceed', () => {
      exceeded += 1;
    });
    for (let call = 0; call < 10; call++) {
      expect(await whole(fleet, first(fleet), 1)).toMatchObject({ admitted: true });
      await fleet.clock.elapse(REPORT_MS + 5);
    }
    expect(exceeded).toBe(5);
  });
});

describe('while the store is away', () => {
  it('at the start, decides as the budget says', async () => {
    const fleet = open(tokens(100));
    fleet.weather.isAway = true;
    expect(await whole(fleet, first(fleet), 1)).toMatchObject({ admitted: false, denial: { reason: 'store' } });
    const allowing = open(tokens(100, { whenStoreFails: 'allow' }));
    allowing.weather.isAway = true;
    expect(await whole(allowing, first(allowing), 1)).toMatchObject({ admitted: true });
    allowing.weather.isAway = false;
    await allowing.clock.elapse(20_000);
    expect((await allowing.sums('all')).spent).toBe(1);
  });

  it('goes on from a slice until that or its lease is over, and tells what was used afterwards', async () => {
    const fleet = open(tokens(1_000_000));
    for (let call = 0; call < 200; call++) {
      await whole(fleet, first(fleet), 1);
      await fleet.clock.elapse(5);
    }
    fleet.weather.isAway = true;
    let admitted = 0;
    for (let call = 0; call < 40; call++) if ((await whole(fleet, first(fleet), 1)).admitted) admitted += 1;
    expect(admitted).toBe(40);
    await fleet.clock.elapse(LEASE_MS);
    expect(await whole(fleet, first(fleet), 1)).toMatchObject({ admitted: false, denial: { reason: 'store' } });
    fleet.weather.isAway = false;
    await fleet.clock.elapse(20_000);
    expect(await fleet.sums('all')).toEqual({ spent: 240, reserved: 0, sliced: 0 });
  });

  it('over a restart loses nothing that was told, and charges the rest at its bound', async () => {
    const fleet = open(tokens(1_000), 2);
    await warm(fleet);
    await whole(fleet, first(fleet), 1);
    fleet.weather.isAway = true;
    first(fleet).isDead = true;
    fleet.processes.shift();
    await fleet.clock.elapse(LEASE_MS + 1_000);
    fleet.weather.isAway = false;
    await warm(fleet);
    await fleet.close();
    const { spent } = await fleet.sums('all');
    expect(spent).toBeGreaterThanOrEqual(3);
    expect(spent).toBeLessThanOrEqual(3 + 4);
  });
});

it('250 customers have a budget each, and a trip for all of them', async () => {
  const fleet = open([budgetOf({ name: 'customer', each: ['user'], limit: { tokens: 1_000 }, window: LIFETIME })]);
  const customers = Array.from({ length: 250 }, (_, number) => ({ user: `u${number}` }));
  const round = async () => {
    const asked = customers.map((caller) => fleet.ask(first(fleet), 1, caller));
    await fleet.clock.elapse(10);
    for (const admission of await Promise.all(asked)) if (admission.admitted) admission.reservation?.settle(usedOf(1));
  };
  await round();
  await fleet.clock.elapse(50);
  const before = fleet.commands;
  await round();
  await round();
  await settlePromises();
  expect(fleet.commands - before).toBeLessThan(5);
  await fleet.close();
  expect(await fleet.sums('customer')).toEqual({ spent: 750, reserved: 0, sliced: 0 });
});

it('leaves background work held in the store by itself', async () => {
  const fleet = open(tokens(1_000));
  await warm(fleet);
  const admission = fleet.ask(first(fleet), 2);
  if (admission instanceof Promise || !admission.admitted) throw new Error('not admitted at once');
  const kept = admission.reservation?.keep();
  await fleet.close();
  expect(await fleet.sums('all')).toEqual({ spent: 1, reserved: 2, sliced: 0 });
  expect(fleet.store.settle(kept?.id ?? '', [2], fleet.clock.now())).toMatchObject({ state: 'settled', spent: [3] });
});
