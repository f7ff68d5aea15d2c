/**
 * A process with a ledger over a SQLite file that asks for small calls, eight at once, and tells how many were admitted
 * and how many commands that took. Arguments: the file, calls, the limit.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/core/clock.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import { priceData } from '../../src/ledger/price-data.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import { budgetOf, callOf, deploymentOf, planOf } from './ledger-plan.ts';

await priceData.load();
const [path = '', calls = '0', limit = '0'] = process.argv.slice(2);
const budget = budgetOf({
  name: 'all',
  limit: { requests: Number(limit) },
  window: { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' },
});
const plan = planOf({ budgets: [budget] });
const ledger = createLedger({
  store: new SqliteStore(path),
  clock: systemClock,
  events: new Emitter(),
  slices: { reportMs: 50 },
});
const deployment = deploymentOf({ price: { input: 0, output: 0 } });
const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
let left = Number(calls);
let admitted = 0;

async function caller(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const call = callOf({ plan, deadlineMs: systemClock.monotonicMs() + 60_000 });
    const admission = await ledger.reserveCall(call, ledger.estimate(call, [deployment]));
    await new Promise((resolve) => setImmediate(resolve));
    if (!admission.admitted) continue;
    admitted += 1;
    admission.reservation?.settle({ requests: 1, usage, costNanoUsd: 0 });
  }
}

await Promise.all(Array.from({ length: 8 }, caller));
await ledger.close(10_000);
writeSync(1, `${admitted}\n`);
