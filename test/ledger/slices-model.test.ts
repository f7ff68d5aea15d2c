import { describe, expect, it } from 'vitest';
import { budgetOf } from '../support/ledger-plan.ts';
import { Fleet, Process } from './fleet.ts';

const LIFETIME = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;
const LIMIT = 3_000;
const RATE = 400;
const RATE_MS = 4_000;
const BUDGETS = [
  budgetOf({ name: 'all', limit: { tokens: LIMIT, requests: 400 }, window: LIFETIME }),
  budgetOf({ name: 'rate', limit: { tokens: RATE }, window: { kind: 'rolling', lengthMs: RATE_MS } }),
];
const LARGEST_CALL = 40;
/** The store is as quick as usual, or answers later than it is waited for. */
const TRIPS_MS = [2, 2, 2, 400, 1_200];
/** More rounds: `ROUNDS=200 npx vitest run test/ledger/slices-model.test.ts`. */
const ROUNDS = Number(process.env.ROUNDS ?? 6);

interface Outcome {
  readonly fleet: Fleet;
  readonly overshoot: number;
  /** The most that any minute has admitted beyond the rolling limit, whatever the processes' clocks say. */
  readonly overRate: number;
  /** Bounds of what crashed processes may have been charged for without having used it. */
  readonly atRisk: number;
}

/** What goes wrong besides: a store that is away loses what a process wanted to settle call by call if that dies meanwhile. */
type Trouble = 'outages' | 'crashes';

/** Random calls, ends, pauses, crashes, jumps of clocks, lost, late and doubled answers and outages; what is held is summed after each. */
async function play(seed: number, size: number, trouble: Trouble, serverTime: boolean, steps: number): Promise<Outcome> {
  const fleet = new Fleet({ seed, size, budgets: BUDGETS, serverTime });
  fleet.weather.lostReplies = 0.02;
  fleet.weather.doubled = 0.05;
  let overshoot = 0;
  let overRate = Number.NEGATIVE_INFINITY;
  let atRisk = 0;
  for (let step = 0; step < steps; step++) {
    atRisk += await move(fleet, trouble);
    overRate = Math.max(overRate, fleet.admittedWithin(RATE_MS) - RATE);
    for (const [prefix, limit] of [
      ['all|tokens', LIMIT],
      ['all|requests', 400],
      ['rate|tokens', RATE],
    ] as const) {
      const { spent, reserved, sliced } = await fleet.sums(prefix);
      overshoot = Math.max(overshoot, spent + reserved + sliced - limit);
    }
  }
  fleet.weather.isAway = false;
  fleet.weather.lostReplies = 0;
  fleet.weather.tripMs = 2;
  await fleet.clock.elapse(15_000);
  for (const { calls } of fleet.processes) for (const call of [...calls]) fleet.end(call, fleet.whole(call.bound + 1));
  await fleet.clock.elapse(30_000);
  await fleet.close();
  // By then the reservations of those that crashed are over.
  await fleet.clock.elapse(700_000);
  fleet.store.release('past', Math.floor(fleet.clock.now()));
  return { fleet, overshoot, overRate, atRisk };
}

/** One step; answers the most that a crash may be charged too much. */
async function move(fleet: Fleet, trouble: Trouble): Promise<number> {
  const process = fleet.pick(fleet.processes) as Process;
  const dice = fleet.random();
  if (dice < 0.5) fleet.begin(process, 1 + fleet.whole(LARGEST_CALL));
  else if (dice < 0.8) {
    const call = fleet.pick(process.calls);
    if (call !== undefined) fleet.end(call, fleet.random() < 0.1 ? undefined : fleet.whole(call.bound + 1));
  } else if (dice < 0.95) await fleet.clock.elapse(1 + fleet.whole(fleet.random() < 0.1 ? 3_000 : 200));
  else if (dice < 0.96) process.skewMs += fleet.whole(8_000) - 4_000;
  else if (dice < 0.97 && trouble === 'outages') fleet.weather.isAway = !fleet.weather.isAway;
  else if (dice < 0.98 && trouble === 'crashes') {
    // What it sent has left it: it dies when that has arrived.
    await fleet.clock.elapse(5);
    process.isDead = true;
    fleet.processes[fleet.processes.indexOf(process)] = new Process(fleet);
    return (await fleet.sums('all|tokens')).sliced;
  } else if (dice < 0.99) fleet.weather.tripMs = fleet.pick(TRIPS_MS) as number;
  return 0;
}

describe('slices under everything that can happen', () => {
  for (const size of [1, 4, 16, 64]) {
    it(`never pass a limit with ${size} processes, and are exact in the end`, { timeout: 60_000 * ROUNDS }, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const seed = size * 1_000 + round;
        const trouble = round % 2 === 0 ? 'outages' : 'crashes';
        const serverTime = round % 3 === 0;
        const { fleet, overshoot, overRate, atRisk } = await play(seed, size, trouble, serverTime, 600);
        const { spent, reserved, sliced } = await fleet.sums('all|tokens');
        const note = `seed ${seed}: overshoot ${overshoot}, over the rate ${overRate}, used ${fleet.used}, spent ${spent}, at risk ${atRisk}`;
        expect({ note, over: overshoot > 0, reserved, sliced }).toEqual({ note, over: false, reserved: 0, sliced: 0 });
        if (serverTime) expect({ note, over: overRate > 0 }).toEqual({ note, over: false });
        // A crash is charged too much rather than too little; without one, all is exact.
        const [least, most] = [fleet.used, fleet.used + atRisk];
        expect({ note, isWithin: least <= spent && spent <= most }).toEqual({ note, isWithin: true });
        expect(fleet.admitted).toBeGreaterThan(0);
      }
    });
  }
});
