import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Charge, SliceReport, Store } from '../../src/stores/store.ts';
import { charge, START } from '../../src/testing/store-contract-parts.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';

const MINUTE = 60_000;
/** Long enough for each store to forget what it may in between. */
const STEP_MS = 7_000;
const STEPS = 14;

/** Of a window that was over so long ago by the latest time that the store has seen. */
const ofOldWindow = (counter: string, endedMs: number): Charge => ({
  ...charge(counter, 30, 100),
  window: { kind: 'calendar', endsAt: START - endedMs },
});

async function admitted(store: Store, of: Charge): Promise<number> {
  let calls = 0;
  for (let step = 0; step < STEPS; step++) {
    const [id, now] = [`${of.counter}-${step}`, START + step * STEP_MS];
    const { granted } = await store.reserve(id, [of], 10 * MINUTE, now);
    if (granted !== true) continue;
    calls += 1;
    await store.settle(id, [of.amount], now);
  }
  return calls;
}

async function lent(store: Store, of: Charge): Promise<number> {
  const { counter, limit, enforced, window } = of;
  let spent = 0;
  for (let step = 0; step < STEPS; step++) {
    const amounts = { sequence: step + 1, spent, inUse: 0, wants: 30, atRisk: 30, recall: 0 };
    const report: SliceReport = { counter, limit, enforced, window, slice: `${counter}-s`, ...amounts };
    const [grant] = (await store.exchange?.('p', [report], 10 * MINUTE, START + step * STEP_MS)) ?? [];
    spent += grant?.held ?? 0;
  }
  return spent;
}

function holds(open: () => Store): void {
  it.each([
    ['a minute', MINUTE],
    ['two hours', 120 * MINUTE],
    ['thirty hours', 1_800 * MINUTE],
  ])('holds for a process whose clock was set back into a window that ended %s ago', async (name, endedMs) => {
    const store = open();
    await store.reserve(`first ${name}`, [charge('other', 1, 100)], MINUTE, START);
    expect(await admitted(store, ofOldWindow(`calls ${name}`, endedMs))).toBe(3);
    expect(await lent(open(), ofOldWindow(`slices ${name}`, endedMs))).toBe(100);
  });
}

describe('a limit in memory', () => holds(() => new MemoryStore()));

describe('a limit in a SQLite file', () => holds(() => new SqliteStore(':memory:')));

describe.runIf(redisIsHere)('a limit in Redis', () => {
  const redis = redisForSuite();
  let stores = 0;
  holds(() => {
    stores += 1;
    return redisStore({ client: redis.client, prefix: `p${stores}`, time: 'ledger' });
  });
});
