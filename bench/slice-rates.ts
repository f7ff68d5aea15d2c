/**
 * Simulates processes of few and of many calls on a clock of its own, far from every limit: how many commands slices need for 1,000
 * calls, with monthly and hourly budgets alone and with a rolling minute too, whose slices last for a second. A usage report
 * is one more command in a second. `npx node bench/slice-rates.ts`.
 */
import { priceData } from '../src/ledger/price-data.ts';
import { DEFAULT_LEASE_MS } from '../src/ledger/slices/slice-options.ts';
import { Fleet } from '../test/ledger/fleet.ts';
import { budgetOf } from '../test/support/ledger-plan.ts';

const RATES = [5, 10, 25, 50, 100, 250, 1_000];
const TICK_MS = 5;
const WARM_MS = 10_000;
const COUNTED_MS = 30_000;
/** A call lasts for so many ticks on average. */
const CALL_TICKS = 20;
const BOUND = 20;
const LARGE = 1e12;

const month = { kind: 'calendar', unit: 'month', timezone: 'UTC' } as const;
const LONG = [
  budgetOf({ name: 'company', limit: { tokens: LARGE, requests: LARGE }, window: month }),
  budgetOf({ name: 'team', limit: { tokens: LARGE }, window: { kind: 'rolling', lengthMs: 3_600_000 } }),
];
const MINUTE = budgetOf({ name: 'rate', limit: { requests: LARGE }, window: { kind: 'rolling', lengthMs: 60_000 } });

await priceData.load();
console.log('| calls a second of each process | 1 process | 4 processes | 1, with a rolling minute | 4, with a rolling minute |');
console.log('|---|---|---|---|---|');
for (const rate of RATES) {
  const cells = [];
  for (const budgets of [LONG, [...LONG, MINUTE]]) for (const size of [1, 4]) cells.push(await commandsOf(budgets, size, rate));
  console.log(`| ${rate} | ${cells.map((cell) => cell.toFixed(1)).join(' | ')} |`);
}

/** For 1,000 calls. */
async function commandsOf(budgets: typeof LONG, size: number, rate: number): Promise<number> {
  const fleet = new Fleet({ seed: rate, size, budgets, leaseMs: DEFAULT_LEASE_MS });
  await run(fleet, rate, WARM_MS);
  const [commands, admitted] = [fleet.commands, fleet.admitted];
  await run(fleet, rate, COUNTED_MS);
  return ((fleet.commands - commands) / (fleet.admitted - admitted)) * 1_000;
}

async function run(fleet: Fleet, rate: number, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += TICK_MS) {
    for (const process of fleet.processes) {
      const begins = Math.floor((rate * TICK_MS) / 1_000 + fleet.random());
      for (let call = 0; call < begins; call++) fleet.begin(process, BOUND);
      for (const call of [...process.calls]) if (fleet.random() * CALL_TICKS < 1) fleet.end(call, 1 + fleet.whole(BOUND));
    }
    await fleet.clock.elapse(TICK_MS);
  }
}
