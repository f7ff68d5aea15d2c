import {
  assertAmount,
  assertExchange,
  assertReserve,
  type Balance,
  type BalanceQuery,
  type Charge,
  type Extended,
  type Released,
  type Reserved,
  type Settled,
  type SliceGrant,
  type SliceReport,
  type Store,
  USAGE_DIMENSIONS,
  USAGE_MEASURES,
  type UsageRange,
  type UsageTotals,
} from '../store.ts';
import { firstHour } from '../usage-report.ts';
import { adaptClient, type RedisClient } from './client.ts';
import { Exchange } from './exchange.ts';
import { Homes } from './homes.ts';
import { OwnReservations } from './own-reservations.ts';
import { Reservations } from './reservations.ts';
import { ScriptRunner } from './script-runner.ts';
import { BALANCES } from './scripts/balances.ts';
import { KEEP_NOTE, READ_NOTE } from './scripts/notes.ts';
import { RECORD } from './scripts/record.ts';
import { USAGE } from './scripts/usage.ts';
import { toTotals } from './to-totals.ts';

/** What a store in Redis is opened with. */
export interface RedisStoreOptions {
  /** A client of ioredis or node-redis, of their clusters or sentinels too. It stays the user's: connected, configured and closed by its owner. */
  readonly client: RedisClient;
  /** Names the keys. Default `tollgate`. */
  readonly prefix?: string | undefined;
  /** Whose time leases and rolling windows follow: Redis's own (default), or the ledger's clock, for simulations. */
  readonly time?: 'server' | 'ledger' | undefined;
  /** Told once if the server may evict keys: budgets would be forgotten. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Counters in Redis, for processes on many machines.
 *
 * On a server by itself, with or without sentinels, all counters live in one home, and every verb is one script. On a
 * cluster they are spread over many homes, one hash slot each. A slice is of one counter, so slices need one script for
 * each home in use, all sent at once. A single reservation needs all its counters together, which no script can have in
 * a cluster: it is held home by home, in an order that is the same for every call, under one id. If a home denies it,
 * the homes before are asked to forget it; if the process dies on the way, its lease frees them. So a limit is never
 * passed, and a reservation is held whole or not at all; but for the moment until a home has forgotten it, a refused call
 * may refuse another one.
 *
 * A server that has lost its counters is noticed, home by home: verbs throw `store_reset` until they are restored from
 * what the processes knew. A failover that has lost the last writes of this process is noticed as well, and they are
 * sent again.
 */
export class RedisStore implements Store {
  readonly #homes: Homes;
  readonly #reservations: Reservations;
  readonly #exchange: Exchange;

  constructor({ client, prefix, time, onWarning }: RedisStoreOptions) {
    const own = new OwnReservations();
    const runner = new ScriptRunner(adaptClient(client));
    this.#homes = new Homes({ runner, prefix: prefix ?? 'tollgate', own, serverTime: time !== 'ledger', onWarning });
    this.#reservations = new Reservations(this.#homes, own);
    this.#exchange = new Exchange(this.#homes);
  }

  async reserve(id: string, charges: readonly Charge[], leaseMs: number, now: number): Promise<Reserved> {
    assertReserve(charges, leaseMs, now);
    return this.#reservations.reserve(id, charges, leaseMs, now);
  }

  async settle(id: string, actual: readonly number[], now: number): Promise<Settled> {
    assertAmount('now', now);
    for (const amount of actual) assertAmount('actual', amount);
    return this.#reservations.settle(id, actual, now);
  }

  async release(id: string, now: number): Promise<Released> {
    assertAmount('now', now);
    return this.#reservations.release(id, now);
  }

  async extend(id: string, leaseMs: number, now: number, spent: readonly number[] = []): Promise<Extended> {
    assertAmount('now', now);
    assertAmount('leaseMs', leaseMs);
    for (const amount of spent) assertAmount('spent', amount);
    return this.#reservations.extend(id, leaseMs, now, spent);
  }

  async exchange(holder: string, reports: readonly SliceReport[], leaseMs: number, now: number): Promise<SliceGrant[]> {
    assertExchange(reports, leaseMs, now);
    return this.#exchange.exchange(holder, reports, leaseMs, now);
  }

  async balances(query: BalanceQuery, now: number): Promise<Balance[]> {
    assertAmount('now', now);
    const count = await this.#homes.open();
    if ('prefix' in query) {
      const asked = this.#homes.all(count).map((home) => home.run(BALANCES, [], now, ['prefix', query.prefix]));
      return (await Promise.all(asked)).flatMap(toBalances);
    }
    const byHome = Map.groupBy(query.counters, (counter) => this.#homes.of(counter, count));
    const asked = [...byHome].map(([home, counters]) => home.run(BALANCES, [], now, ['counters', ...counters]));
    return (await Promise.all(asked)).flatMap(toBalances);
  }

  async record(id: string, rows: readonly UsageTotals[], now: number): Promise<void> {
    assertAmount('now', now);
    const tombstone = `record:${id}`;
    const args = rows.flatMap((row) => [
      String(row.hourStartsAt),
      JSON.stringify(USAGE_DIMENSIONS.map((dimension) => row[dimension])),
      ...USAGE_MEASURES.map((measure) => String(row[measure] ?? 0)),
    ]);
    const home = this.#homes.first;
    await home.run(RECORD, [home.keys.reservation(tombstone)], now, [tombstone, String(USAGE_MEASURES.length), ...args]);
  }

  async usage(query: UsageRange): Promise<UsageTotals[]> {
    const until = query.until === undefined ? '+inf' : String(query.until);
    const [, ...facts] = await this.#homes.first.run(USAGE, [], 0, [String(firstHour(query)), until]);
    const rows: UsageTotals[] = [];
    for (let place = 0; place < facts.length; place += 2) rows.push(...toTotals(Number(facts[place]), facts[place + 1]));
    return rows;
  }

  async keepNote(key: string, text: string, untilMs: number, now: number): Promise<void> {
    assertAmount('now', now);
    assertAmount('untilMs', untilMs);
    const home = this.#homes.of(key, await this.#homes.open());
    await home.run(KEEP_NOTE, [home.keys.note(key)], now, [String(Math.max(untilMs - now, 0)), text]);
  }

  async readNote(key: string, now: number): Promise<string | undefined> {
    assertAmount('now', now);
    const home = this.#homes.of(key, await this.#homes.open());
    const [answer, text] = await home.run(READ_NOTE, [home.keys.note(key)], now, []);
    return answer === 'note' ? String(text) : undefined;
  }

  /** Nothing: the client is its owner's. */
  close(): void {}
}

const FACTS_OF_A_BALANCE = 4;

function toBalances([, ...facts]: readonly unknown[]): Balance[] {
  const balances: Balance[] = [];
  for (let place = 0; place < facts.length; place += FACTS_OF_A_BALANCE) {
    const [counter, spent, reserved, sliced] = facts.slice(place, place + FACTS_OF_A_BALANCE);
    balances.push({ counter: String(counter), spent: Number(spent), reserved: Number(reserved), sliced: Number(sliced) });
  }
  return balances;
}
