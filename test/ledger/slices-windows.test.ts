import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/core/budget.ts';
import type { Admission } from '../../src/ledger/ledger.ts';
import { budgetOf } from '../support/ledger-plan.ts';
import { Fleet, LEASE_MS, type OpenCall, type Process, REPORT_MS } from './fleet.ts';

const MINUTE = { kind: 'calendar', unit: 'minute', timezone: 'UTC' } as const;
const tokens = (limit: number, more: Partial<Budget> = {}) => [
  budgetOf({ name: 'all', limit: { tokens: limit }, window: MINUTE, ...more }),
];
const open = (budgets: Budget[], size = 2) => new Fleet({ seed: 7, size, budgets });

/** Begins a call; the call that is open, or undefined where it was refused. */
async function begin(fleet: Fleet, process: Process, bound: number): Promise<OpenCall | undefined> {
  let isAdmitted: boolean | undefined;
  fleet.begin(process, bound, (answer) => {
    isAdmitted = answer;
  });
  for (let turn = 0; isAdmitted === undefined && turn < 2_000; turn++) await fleet.clock.elapse(1);
  return isAdmitted ? process.calls.at(-1) : undefined;
}

/** Calls of one token each until one is refused; how many were admitted. */
async function spendAll(fleet: Fleet, process: Process): Promise<number> {
  for (let admitted = 0; ; admitted++) {
    const call = await begin(fleet, process, 1);
    if (call === undefined) return admitted;
    fleet.end(call, 1);
  }
}

async function whole(fleet: Fleet, process: Process, bound: number): Promise<void> {
  const call = await begin(fleet, process, bound);
  if (call !== undefined) fleet.end(call, bound);
}

async function toNextMinute(fleet: Fleet): Promise<void> {
  await fleet.clock.elapse(60_000 - (Math.floor(fleet.clock.now()) % 60_000));
}

describe('when a calendar window ends', () => {
  it('a slice of the old one admits nothing to the new one, and an open call takes nothing of it when it ends', async () => {
    const fleet = open(tokens(100));
    const [one, two] = fleet.processes as [Process, Process];
    await fleet.clock.elapse(59_000);
    for (let call = 0; call < 20; call++) await whole(fleet, call % 2 === 0 ? one : two, 1);
    const call = await begin(fleet, one, 10);
    expect(call).toBeDefined();
    await toNextMinute(fleet);
    expect(await spendAll(fleet, two)).toBe(100);
    expect(await spendAll(fleet, one)).toBe(0);
    if (call !== undefined) fleet.end(call, 9);
    await fleet.clock.elapse(LEASE_MS * 2);
    // The counter of the old one is gone by now, with all that was held of it.
    expect(await fleet.sums('all')).toEqual({ spent: 100, reserved: 0, sliced: 0 });
  });

  it('each has its warning, once over all processes', async () => {
    const fleet = open(tokens(40, { warnAt: [0.5] }), 3);
    const warned: string[] = [];
    for (const { events } of fleet.processes)
      events.on('budget.warn', ({ budget, threshold }) => warned.push(`${budget} ${threshold}`));
    for (let minute = 1; minute <= 3; minute++) {
      for (let call = 0; call < 30; call++) await whole(fleet, fleet.processes[call % 3] as Process, 1);
      await fleet.clock.elapse(REPORT_MS * 3);
      expect(warned).toEqual(Array(minute).fill('all 0.5'));
      await toNextMinute(fleet);
    }
  });
});

describe('in a rolling window', () => {
  it('room is called back from others, and no span of its length has more than the limit', async () => {
    const lengthMs = 20_000;
    const fleet = open([budgetOf({ name: 'all', limit: { tokens: 60 }, window: { kind: 'rolling', lengthMs } })], 3);
    const admitted: number[] = [];
    for (let turn = 0; turn < 300; turn++) {
      const call = await begin(fleet, fleet.processes[turn % 3] as Process, 1);
      if (call === undefined) await fleet.clock.elapse(400);
      else {
        admitted.push(fleet.clock.now());
        fleet.end(call, 1);
      }
    }
    const most = Math.max(...admitted.map((at) => admitted.filter((other) => other >= at && other < at + lengthMs).length));
    expect(most).toBe(60);
    // Others' slices are asked for before a call is refused: the first sixty need no second window.
    expect((admitted[59] ?? 0) - (admitted[0] ?? 0)).toBeLessThan(lengthMs);
  });
});

describe('in a rolling window of a store with a clock of its own', () => {
  const lengthMs = 5_000;
  const budgets = [budgetOf({ name: 'all', limit: { tokens: 400 }, window: { kind: 'rolling', lengthMs } })];

  for (const skewMs of [-900, -500, -100, 0, 100, 500, 900]) {
    it(`what is used just after a bucket has ended is free no sooner than it may be, with a clock that is ${skewMs} ms ahead`, async () => {
      const fleet = new Fleet({ seed: 7, size: 1, budgets, serverTime: true });
      const [process] = fleet.processes as [Process];
      process.skewMs = skewMs;
      const use = () =>
        fleet.begin(process, 5, (isAdmitted) => {
          const call = process.calls.at(-1);
          if (isAdmitted && call !== undefined) fleet.end(call, 5);
        });
      await fleet.clock.elapse(940);
      for (let turn = 0; turn < 80; turn++) {
        await fleet.clock.elapse(10);
        use();
      }
      // The bucket that the first call began in leaves the window now; those of the calls after it do not.
      await fleet.clock.elapse(6_010 - 1_740);
      for (let turn = 0; turn < 80; turn++) use();
      await fleet.clock.elapse(100);
      expect(fleet.admitted).toBeGreaterThan(80);
      expect(fleet.admittedWithin(lengthMs)).toBeLessThanOrEqual(400);
    });
  }
});

describe('near the limit', () => {
  const admissionOf = async (fleet: Fleet, process: Process, bound: number): Promise<Admission> => {
    const asked = Promise.resolve(fleet.ask(process, bound));
    let admission: Admission | undefined;
    void asked.then((answer) => {
      admission = answer;
    });
    for (let turn = 0; admission === undefined && turn < 2_000; turn++) await fleet.clock.elapse(1);
    return admission as Admission;
  };

  it('a clamped call gets what all processes together have left', async () => {
    const fleet = open(tokens(100, { onExceed: { action: 'clamp' } }));
    const [one, two] = fleet.processes as [Process, Process];
    for (let call = 0; call < 10; call++) await whole(fleet, one, 1);
    await fleet.clock.elapse(5);
    expect((await fleet.sums('all')).sliced).toBeGreaterThan(0);
    expect(await admissionOf(fleet, two, 200)).toMatchObject({ admitted: true, maxOutputTokens: 90 });
    expect(await fleet.sums('all')).toMatchObject({ spent: 10, reserved: 90 });
  });

  it('a call is sent to the cheaper model only once no other process holds room', async () => {
    const fleet = open(tokens(100, { onExceed: { action: 'downgrade', to: 'cheap' } }));
    const [one, two] = fleet.processes as [Process, Process];
    for (let call = 0; call < 10; call++) await whole(fleet, one, 1);
    expect(await admissionOf(fleet, two, 90)).toMatchObject({ admitted: true });
    expect(await admissionOf(fleet, two, 1)).toMatchObject({ admitted: false, denial: { downgradeTo: 'cheap', remaining: 0 } });
  });
});
