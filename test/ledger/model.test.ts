import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Charge, Store } from '../../src/stores/store.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';

const START = 1_800_000_000_000;
const WINDOW_MS = 60_000;

/** The plain model: a list of reservations, and sums over it. */
interface Entry {
  readonly id: string;
  readonly charges: readonly Charge[];
  readonly heldAt: number;
  expiresAt: number;
  state: 'open' | 'settled' | 'released' | 'expired';
  /** What a lapse charges; after the end, what was charged. */
  spent: readonly number[];
}

class Model {
  readonly entries = new Map<string, Entry | 'void'>();
  now = 0;

  at(now: number): void {
    this.now = Math.max(this.now, now);
    for (const entry of this.entries.values()) {
      if (entry !== 'void' && entry.state === 'open' && entry.expiresAt <= this.now) entry.state = 'expired';
    }
  }

  balance(counter: string): { spent: number; reserved: number } {
    let spent = 0;
    let reserved = 0;
    for (const entry of this.entries.values()) {
      if (entry === 'void') continue;
      for (const [place, charge] of entry.charges.entries()) {
        if (charge.counter !== counter || !this.#counts(entry, charge)) continue;
        if (entry.state === 'open') reserved += charge.amount;
        else if (entry.state !== 'released') spent += entry.spent[place] ?? 0;
      }
    }
    return { spent, reserved };
  }

  reserve(id: string, charges: readonly Charge[], leaseMs: number): unknown {
    const known = this.entries.get(id);
    if (known !== undefined) return { granted: 'already', state: known === 'void' ? 'released' : known.state };
    for (const [place, charge] of charges.entries()) {
      const { spent, reserved } = this.balance(charge.counter);
      if (spent + reserved + charge.amount > charge.limit) {
        return { granted: false, deniedBy: place, remaining: Math.max(charge.limit - spent - reserved, 0) };
      }
    }
    const spent = charges.map(() => 0);
    this.entries.set(id, { id, charges, heldAt: this.now, expiresAt: this.now + leaseMs, state: 'open', spent });
    return { granted: true };
  }

  settle(id: string, amount: number): unknown {
    const entry = this.entries.get(id);
    if (entry === undefined) return { state: 'unknown' };
    if (entry === 'void' || entry.state === 'released') return { state: 'already-released' };
    if (entry.state === 'settled') return { state: 'already-settled' };
    const late = entry.state === 'expired';
    entry.state = 'settled';
    entry.spent = entry.charges.map(() => amount);
    return { state: late ? 'late' : 'settled', spent: entry.charges.map(({ counter }) => this.balance(counter).spent) };
  }

  release(id: string): unknown {
    const entry = this.entries.get(id);
    if (entry === undefined) {
      this.entries.set(id, 'void');
      return { state: 'voided' };
    }
    if (entry === 'void') return { state: 'already-released' };
    if (entry.state === 'expired') return { state: 'expired' };
    if (entry.state !== 'open') return { state: `already-${entry.state}` };
    entry.state = 'released';
    return { state: 'released' };
  }

  extend(id: string, leaseMs: number, amount: number): unknown {
    const entry = this.entries.get(id);
    if (entry === undefined) return { state: 'unknown' };
    if (entry === 'void') return { state: 'already-released' };
    if (entry.state === 'expired') return { state: 'expired' };
    if (entry.state !== 'open') return { state: `already-${entry.state}` };
    entry.expiresAt = this.now + leaseMs;
    entry.spent = entry.charges.map(() => amount);
    return { state: 'extended' };
  }

  #counts(entry: Entry, charge: Charge): boolean {
    if (charge.window.kind === 'calendar') return true;
    const bucketMs = 1000;
    return Math.floor(entry.heldAt / bucketMs) >= Math.floor((this.now - charge.window.lengthMs) / bucketMs);
  }
}

type Step =
  | { verb: 'reserve'; id: number; amount: number; limit: number; leaseMs: number }
  | { verb: 'settle'; id: number; amount: number }
  | { verb: 'release'; id: number; amount: number }
  | { verb: 'extend'; id: number; amount: number; leaseMs: number }
  | { verb: 'clock'; byMs: number };

const id = fc.integer({ min: 0, max: 7 });
const amount = fc.integer({ min: 0, max: 60 });
const leaseMs = fc.constantFrom(0, 500, 5_000, 90_000);
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ verb: fc.constant('reserve' as const), id, amount, limit: fc.constantFrom(50, 100), leaseMs }),
    },
    { weight: 3, arbitrary: fc.record({ verb: fc.constant('settle' as const), id, amount }) },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('release' as const), id, amount }) },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('extend' as const), id, amount, leaseMs }) },
    { weight: 2, arbitrary: fc.record({ verb: fc.constant('clock' as const), byMs: fc.integer({ min: -70_000, max: 70_000 }) }) },
  ),
  { maxLength: 40 },
);

let runs = 0;

async function follows(store: Store, script: readonly Step[]): Promise<void> {
  const model = new Model();
  runs += 1;
  const name = `m${runs}`;
  const counters = [`${name}|calendar`, `${name}|rolling`];
  let clock = START;
  for (const step of script) {
    if (step.verb === 'clock') {
      clock += step.byMs;
      continue;
    }
    model.at(clock);
    const key = `${name}-${step.id}`;
    const [actual, expected] = await play(store, model, step, key, counters, clock);
    expect(actual).toMatchObject(expected as object);
    model.at(clock);
    for (const counter of counters) {
      const [found] = await store.balances({ counters: [counter] }, clock);
      expect({ spent: found?.spent ?? 0, reserved: found?.reserved ?? 0 }).toEqual(model.balance(counter));
    }
  }
}

async function play(
  store: Store,
  model: Model,
  step: Exclude<Step, { verb: 'clock' }>,
  key: string,
  counters: readonly string[],
  now: number,
): Promise<[unknown, unknown]> {
  if (step.verb === 'reserve') {
    const charges = counters.map(
      (counter, place): Charge => ({
        counter,
        amount: step.amount,
        limit: step.limit,
        enforced: true,
        window: place === 0 ? { kind: 'calendar', endsAt: null } : { kind: 'rolling', lengthMs: WINDOW_MS },
      }),
    );
    return [await store.reserve(key, charges, step.leaseMs, now), model.reserve(key, charges, step.leaseMs)];
  }
  if (step.verb === 'settle') {
    const known = model.entries.get(key);
    const places = known === undefined || known === 'void' ? 2 : known.charges.length;
    return [await store.settle(key, Array(places).fill(step.amount), now), model.settle(key, step.amount)];
  }
  if (step.verb === 'release') return [await store.release(key, now), model.release(key)];
  const spent = [step.amount, step.amount];
  return [await store.extend(key, step.leaseMs, now, spent), model.extend(key, step.leaseMs, step.amount)];
}

describe('a store follows the plain model, whatever happens in whatever order', () => {
  it('in memory', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (script) => follows(new MemoryStore(), script)),
      { numRuns: 500 },
    );
    expect(runs).toBeGreaterThan(0);
  });

  it('in SQLite', async () => {
    const store = async (script: readonly Step[]) => {
      const opened = new SqliteStore(':memory:');
      await follows(opened, script).finally(() => opened.close());
    };
    await fc.assert(fc.asyncProperty(steps, store), { numRuns: 100 });
    expect(runs).toBeGreaterThan(0);
  });

  describe.runIf(redisIsHere)('in Redis', () => {
    const redis = redisForSuite();

    it('over ioredis', async () => {
      let number = 0;
      const run = (script: readonly Step[]) => {
        number += 1;
        return follows(redisStore({ client: redis.client, prefix: `model${number}`, time: 'ledger' }), script);
      };
      await fc.assert(fc.asyncProperty(steps, run), { numRuns: 60 });
      expect(number).toBeGreaterThan(0);
    });
  });
});
