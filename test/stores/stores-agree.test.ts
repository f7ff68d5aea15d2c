import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Charge, ChargeWindow, MaybePromise, SliceReport, Store } from '../../src/stores/store.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const LIMIT = 200;
const LEASE_MS = 3_000;
const WINDOWS: Readonly<Record<string, ChargeWindow>> = {
  life: { kind: 'calendar', endsAt: null },
  rate: { kind: 'rolling', lengthMs: 60_000 },
  short: { kind: 'rolling', lengthMs: 5_000 },
};
const COUNTERS = Object.keys(WINDOWS);

/** One command, told in words and sent to a store. */
interface Command {
  readonly words: string;
  send(store: Store): MaybePromise<unknown>;
}

interface HeldSlice {
  report: SliceReport;
  leaseMs: number;
}

/** Random commands as processes would send them, the same for a seed: again, late, after a lapse and after a window too. */
class Script {
  now = NOON;
  readonly #random: () => number;
  readonly #slices: HeldSlice[] = [];
  readonly #open: { id: string; amounts: number[] }[] = [];
  #made = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  next(): Command {
    const dice = this.#random();
    if (dice < 0.1) this.now += this.#whole(this.#random() < 0.2 ? 70_000 : 2_000);
    if (dice < 0.3) return this.#reserve();
    if (dice < 0.45) return this.#end();
    if (dice < 0.5) return this.#again();
    return this.#exchange();
  }

  #whole(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #reserve(): Command {
    this.#made += 1;
    const id = `r${this.#made}`;
    const names = COUNTERS.filter(() => this.#random() < 0.6);
    const charges = names.map((counter): Charge => {
      const window = WINDOWS[counter] as ChargeWindow;
      return { counter, amount: this.#whole(30), limit: LIMIT, enforced: this.#random() < 0.9, window };
    });
    this.#open.push({ id, amounts: charges.map(({ amount }) => amount) });
    const { now } = this;
    return { words: `reserve ${id} at ${now}`, send: (store) => store.reserve(id, charges, LEASE_MS, now) };
  }

  #end(): Command {
    const { now } = this;
    const held = this.#open[this.#whole(this.#open.length)];
    if (held === undefined) return this.#reserve();
    const { id, amounts } = held;
    const used = amounts.map((amount) => this.#whole(amount + 10));
    const dice = this.#random();
    if (dice < 0.2) return { words: `release ${id} at ${now}`, send: (store) => store.release(id, now) };
    if (dice < 0.4) {
      return { words: `extend ${id} by ${used} at ${now}`, send: (store) => store.extend(id, LEASE_MS, now, used) };
    }
    // What its counters have spent is in the balances; of one whose window has passed meanwhile it means nothing.
    const send = async (store: Store) => (await store.settle(id, used, now)).state;
    return { words: `settle ${id} to ${used} at ${now}`, send };
  }

  /** A new slice, or the next report of one. */
  #exchange(): Command {
    let slice = this.#slices[this.#whole(this.#slices.length)];
    const counter = COUNTERS[this.#whole(COUNTERS.length)] as string;
    if (slice === undefined || this.#random() < 0.15) {
      this.#made += 1;
      slice = {
        report: { ...FIRST, counter, window: WINDOWS[counter] as ChargeWindow, slice: `s${this.#made}` },
        leaseMs: LEASE_MS,
      };
      this.#slices.push(slice);
    }
    const { report } = slice;
    const inUse = this.#random() < 0.3 ? 0 : this.#whole(15);
    const wants = this.#random() < 0.3 ? inUse : inUse + this.#whole(60);
    slice.report = {
      ...report,
      sequence: report.sequence + 1,
      spent: report.spent + this.#whole(10),
      inUse,
      wants,
      atRisk: inUse + this.#whole(wants - inUse + 1),
      recall: this.#random() < 0.15 ? this.#whole(50) : 0,
      enforced: this.#random() < 0.95,
    };
    return this.#told(slice);
  }

  /** The last report of a slice once more. */
  #again(): Command {
    const slice = this.#slices[this.#whole(this.#slices.length)];
    return slice === undefined ? this.#exchange() : this.#told(slice);
  }

  #told({ report, leaseMs }: HeldSlice): Command {
    const { now } = this;
    const holder = `p${Number(report.slice.slice(1)) % 3}`;
    const words = `exchange ${JSON.stringify(report)} by ${holder} at ${now}`;
    return { words, send: (store) => store.exchange?.(holder, [report], leaseMs, now) };
  }
}

const FIRST = { limit: LIMIT, enforced: true, sequence: 0, spent: 0, inUse: 0, wants: 0, atRisk: 0, recall: 0 };

async function balancesOf(store: Store, now: number) {
  const found = await store.balances({ counters: COUNTERS }, now);
  return COUNTERS.map((counter) => {
    const { spent = 0, reserved = 0, sliced = 0 } = found.find((each) => each.counter === counter) ?? {};
    return { counter, spent, reserved, sliced };
  });
}

/** More rounds: `ROUNDS=200 npx vitest run test/stores/stores-agree.test.ts`. */
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const STEPS = 120;

/** Sends the same commands to the memory store and to another one, and compares every answer and every balance. */
async function agrees(other: (round: number) => Store): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++) {
    const script = new Script(round);
    const [memory, store] = [new MemoryStore(), other(round)];
    const told: string[] = [];
    for (let step = 0; step < STEPS; step++) {
      const { words, send } = script.next();
      told.push(words);
      const [expected, answer] = [await send(memory), await send(store)];
      const note = `seed ${round}, step ${step}: ${words}`;
      expect({ note, answer }).toEqual({ note, answer: expected });
      const balances = await balancesOf(store, script.now);
      expect({ note, balances }).toEqual({ note, balances: await balancesOf(memory, script.now) });
    }
    await store.close();
  }
}

describe('the same commands come to the same answers and balances', { timeout: 60_000 * ROUNDS }, () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tollgate-agree-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('in memory and in a SQLite file', () => agrees((round) => new SqliteStore(join(directory, `${round}.db`))));
});

describe.runIf(redisIsHere)('the same commands come to the same answers and balances', { timeout: 60_000 * ROUNDS }, () => {
  const redis = redisForSuite();

  it('in memory and in Redis', () =>
    agrees((round) => redisStore({ client: redis.client, prefix: `agree${round}`, time: 'ledger' })));
});
