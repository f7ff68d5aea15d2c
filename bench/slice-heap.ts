/**
 * What a counter with a slice takes of a process's memory: users with a budget each, one call of each, on a clock that stands
 * still, so that no slice is given back. Over Redis with what its store knows of the latest 20,000, so that it can restore them;
 * Redis itself is not asked here. `npm run bench:slices`; exits with 1 if it is 1 KB or more.
 */
import { Emitter } from '../src/events/emitter.ts';
import { createLedger } from '../src/ledger/create-ledger.ts';
import { priceData } from '../src/ledger/price-data.ts';
import { sliceCode } from '../src/ledger/slices/slice-code.ts';
import { KnownCounters } from '../src/stores/redis/known-counters.ts';
import type { SliceGrant, SliceReport, Store } from '../src/stores/store.ts';
import { TestClock } from '../src/testing/test-clock.ts';
import { budgetOf, callOf, deploymentOf, planOf } from '../test/support/ledger-plan.ts';

const USERS = 18_000;
const MOST_BYTES = 1_024;
const LIMIT = 2 ** 40;
const DEPLOYMENT = deploymentOf({});
const USAGE = { inputTokens: 12, outputTokens: 40, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
const WINDOWS = {
  'a month': { kind: 'calendar', unit: 'month', timezone: 'UTC' },
  'rolling 1h': { kind: 'rolling', lengthMs: 3_600_000 },
} as const;

const { gc } = globalThis;
if (gc === undefined) throw new Error('run with --expose-gc');
await Promise.all([priceData.load(), sliceCode.load()]);

for (const [name, window] of Object.entries(WINDOWS))
  for (const knows of [false, true]) {
    const bytes = await bytesOfCounter(window, knows);
    console.log(
      `${name.padEnd(12)} ${(knows ? 'Redis' : 'SQLite').padEnd(8)} ${bytes.toFixed(0).padStart(6)} bytes a counter with a slice`,
    );
    if (bytes >= MOST_BYTES) process.exitCode = 1;
  }

async function bytesOfCounter(window: (typeof WINDOWS)[keyof typeof WINDOWS], knows: boolean): Promise<number> {
  const plan = planOf({ budgets: [budgetOf({ name: 'user', each: ['user'], limit: { requests: LIMIT }, window })] });
  const clock = new TestClock();
  // Times of the real clock have fractions, which take more room than whole numbers.
  await clock.elapse(0.5);
  const ledger = createLedger({
    store: lender(knows ? new KnownCounters() : undefined),
    clock,
    events: new Emitter(),
    slices: {},
  });
  const call = async (user: number) => {
    const asked = callOf({ plan, caller: { user: `user-${user}` }, deadlineMs: 60_000 });
    const admission = await ledger.reserveCall(asked, ledger.estimate(asked, [DEPLOYMENT]));
    if (!admission.admitted) throw new Error('not admitted');
    admission.reservation?.settle({ requests: 1, usage: USAGE, costNanoUsd: 0 });
  };
  for (let user = 0; user < 1_000; user++) await call(user);
  const before = heapBytes();
  for (let user = 1_000; user < 1_000 + USERS; user++) await call(user);
  const bytes = (heapBytes() - before) / USERS;
  // The ledger is still in use here.
  await call(0);
  return bytes;
}

/** A store that lends what is asked for, and remembers no more than a process does. */
function lender(known: KnownCounters | undefined): Store {
  const lend = ({ wants }: SliceReport): SliceGrant => ({
    ...{ held: wants, spent: 0, reserved: 0, sliced: wants, recalled: false, state: 'held' },
  });
  const exchange = (holder: string, reports: readonly SliceReport[], leaseMs: number, seenAt: number) =>
    reports.map((report) => {
      const grant = lend(report);
      known?.exchanged(holder, report, grant, leaseMs, seenAt);
      return grant;
    });
  return { exchange, reserve: () => ({ granted: true }), settle: () => ({ state: 'settled', spent: [0] }) } as unknown as Store;
}

function heapBytes(): number {
  for (let pass = 0; pass < 3; pass += 1) gc?.();
  return process.memoryUsage().heapUsed;
}
