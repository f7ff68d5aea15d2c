/**
 * Simulates fleets of processes that spend one budget through slices, on a clock of its own, with everything random from
 * one seed: `npx node bench/fleet.ts`, or `npx node bench/fleet.ts 1000x100` for 1,000 processes with 100 callers each.
 * A caller pauses for 9 s and calls for 1 s, on average. Demand lasts until the budget is spent; halfway one process dies.
 *
 * - over: what spent, reserved and lent together came to beyond the limit, at most; looked at every 50 ms
 * - idle: the largest share of the budget that was lent and not in use, of all processes together
 * - dead: the share that a process which died kept from the others, and for how long
 * - wait: the longest time that a call waited for its answer, because room was called back from others
 * - commands: all that were sent to the store; in a steady second, for 1,000 calls and of each process
 * - left: what was not spent in the end, though callers wanted more
 */
import { priceData } from '../src/ledger/price-data.ts';
import { DEFAULT_LEASE_MS } from '../src/ledger/slices/slice-options.ts';
import { Fleet, type Process } from '../test/ledger/fleet.ts';
import { budgetOf } from '../test/support/ledger-plan.ts';

const TICK_MS = 50;
const CALL_MS = 1_000;
const PAUSE_MS = 9_000;
const CALLERS = 100;
/** Before and after this time of demand the process dies; the budget lasts about twice as long. */
const HALF_MS = 10_000;
/** From then on store commands are counted, until half of the time. */
const WARM_MS = 3_000;
const MEAN_TOKENS = 10;
const BOUND = 20;

interface Lot {
  readonly process: Process;
  idle: number;
}

interface Seen {
  over: number;
  idleShare: number;
  waitMs: number;
  deadShare: number;
  deadMs: number;
  steadyCalls: number;
  steadyCommands: number;
  commands: number;
  lastAdmittedMs: number;
}

async function simulate(size: number, callers: number): Promise<void> {
  const perSecond = (size * callers * 1_000) / (CALL_MS + PAUSE_MS);
  const limit = Math.round((perSecond * MEAN_TOKENS * HALF_MS * 2) / 1_000);
  const window = { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } as const;
  const fleet = new Fleet({
    seed: size,
    size,
    budgets: [budgetOf({ name: 'all', limit: { tokens: limit }, window })],
    leaseMs: DEFAULT_LEASE_MS,
  });
  const lots = fleet.processes.map((process): Lot => ({ process, idle: callers }));
  const seen: Seen = {
    over: 0,
    idleShare: 0,
    waitMs: 0,
    deadShare: 0,
    deadMs: 0,
    steadyCalls: 0,
    steadyCommands: 0,
    commands: 0,
    lastAdmittedMs: 0,
  };
  const startedAt = fleet.clock.monotonicMs();
  const elapsedMs = () => fleet.clock.monotonicMs() - startedAt;
  while (elapsedMs() - seen.lastAdmittedMs < 3_000) {
    for (const lot of lots) tick(fleet, lot, seen, elapsedMs);
    await fleet.clock.elapse(TICK_MS);
    await look(fleet, limit, seen);
    if (elapsedMs() === WARM_MS) {
      seen.steadyCommands = -fleet.commands;
      seen.steadyCalls = -fleet.admitted;
    }
    if (elapsedMs() !== HALF_MS) continue;
    seen.steadyCalls += fleet.admitted;
    seen.steadyCommands += fleet.commands;
    if (size > 1) await kill(fleet, lots, limit, seen);
  }
  for (const { process } of lots) for (const call of [...process.calls]) fleet.end(call, usedOf(fleet));
  await fleet.clock.elapse(DEFAULT_LEASE_MS * 2);
  seen.commands = fleet.commands;
  const { spent } = await fleet.sums('all');
  print(fleet, size, callers, seen, (limit - spent) / limit);
}

/** Callers begin and end as many calls as they do in a tick on average. */
function tick(fleet: Fleet, lot: Lot, seen: Seen, elapsedMs: () => number): void {
  const { process } = lot;
  const begins = Math.floor((lot.idle * TICK_MS) / PAUSE_MS + fleet.random());
  const ends = Math.floor((process.calls.length * TICK_MS) / CALL_MS + fleet.random());
  for (let left = Math.min(ends, process.calls.length); left > 0; left--) {
    const call = fleet.pick(process.calls);
    if (call === undefined) break;
    fleet.end(call, usedOf(fleet));
    lot.idle += 1;
  }
  for (let left = Math.min(begins, lot.idle); left > 0; left--) {
    lot.idle -= 1;
    const askedMs = elapsedMs();
    fleet.begin(process, BOUND, (isAdmitted) => {
      seen.waitMs = Math.max(seen.waitMs, elapsedMs() - askedMs);
      if (isAdmitted) seen.lastAdmittedMs = elapsedMs();
      else lot.idle += 1;
    });
  }
}

async function look(fleet: Fleet, limit: number, seen: Seen): Promise<void> {
  const { spent, reserved, sliced } = await fleet.sums('all');
  let inUse = 0;
  for (const { calls } of fleet.processes) inUse += calls.length * BOUND;
  seen.over = Math.max(seen.over, spent + reserved + sliced - limit);
  seen.idleShare = Math.max(seen.idleShare, (sliced + reserved - inUse) / limit);
}

/** One process dies; what it was lent is held until its lease is over. */
async function kill(fleet: Fleet, lots: Lot[], limit: number, seen: Seen): Promise<void> {
  const before = await fleet.sums('all');
  const [lot] = lots.splice(0, 1);
  if (lot === undefined) return;
  lot.process.isDead = true;
  fleet.processes.splice(fleet.processes.indexOf(lot.process), 1);
  seen.deadShare = before.sliced / limit / (lots.length + 1);
  seen.deadMs = DEFAULT_LEASE_MS;
}

function usedOf(fleet: Fleet): number {
  return 1 + fleet.whole(MEAN_TOKENS * 2 - 1);
}

function print(fleet: Fleet, size: number, callers: number, seen: Seen, left: number): void {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  const trips = ((seen.steadyCommands / seen.steadyCalls) * 1_000).toFixed(1);
  const rate = ((seen.steadyCommands * 1_000) / (HALF_MS - WARM_MS) / size).toFixed(1);
  const dead = `${percent(seen.deadShare)} for ${seen.deadMs / 1_000} s`;
  const cells = [
    size,
    size * callers,
    seen.over,
    percent(seen.idleShare),
    dead,
    `${seen.waitMs} ms`,
    percent(left),
    fleet.admitted,
    seen.commands,
    trips,
    rate,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

await priceData.load();
console.log(
  '| processes | callers | over | idle | dead | wait | left | calls | store commands | for 1,000 calls | a second and process |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|---|');
const asked = process.argv.slice(2);
for (const text of asked.length > 0 ? asked : ['1', '4', '16', '64', '512']) {
  const [size = 1, callers = CALLERS] = text.split('x').map(Number);
  await simulate(size, callers);
}
