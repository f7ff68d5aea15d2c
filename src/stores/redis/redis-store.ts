import { randomUUID } from 'node:crypto';
import { bucketMsOf } from '../rolling-buckets.ts';
import {
  assertAmount,
  assertReserve,
  type Balance,
  type BalanceQuery,
  type Charge,
  type Extended,
  type Released,
  type ReservationState,
  type Reserved,
  type Settled,
  type Store,
  USAGE_DIMENSIONS,
  USAGE_MEASURES,
  type UsageRange,
  type UsageTotals,
} from '../store.ts';
import { StoreError } from '../store-error.ts';
import { firstHour } from '../usage-report.ts';
import { adaptClient, type RedisClient, type RedisScripts } from './client.ts';
import { type RedisKeys, redisKeys } from './keys.ts';
import { KnownCounters } from './known-counters.ts';
import { runScript } from './script-runner.ts';
import { BALANCES } from './scripts/balances.ts';
import { EXTEND } from './scripts/extend.ts';
import { KEEP_NOTE, READ_NOTE } from './scripts/notes.ts';
import { OPEN } from './scripts/open.ts';
import { RECORD } from './scripts/record.ts';
import { RELEASE } from './scripts/release.ts';
import { RESERVE } from './scripts/reserve.ts';
import { RESTORE } from './scripts/restore.ts';
import { SETTLE } from './scripts/settle.ts';
import { USAGE } from './scripts/usage.ts';

export interface RedisStoreOptions {
  /** A client of ioredis or node-redis. It stays the user's: connected, configured and closed by its owner. */
  readonly client: RedisClient;
  /** Names the keys. Default `tollgate`. */
  readonly prefix?: string | undefined;
  /** Whose time leases and rolling windows follow: Redis's own (default), or the ledger's clock, for simulations. */
  readonly time?: 'server' | 'ledger' | undefined;
  /** Told once where the server may evict keys: budgets would be forgotten. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Counters in Redis, for processes on many machines. Every verb is one script, one round trip. A server that has lost
 * its counters is noticed: verbs throw `store_reset` until the counters are restored from what the processes knew.
 */
export class RedisStore implements Store {
  readonly #scripts: RedisScripts;
  readonly #keys: RedisKeys;
  readonly #serverTime: boolean;
  readonly #onWarning: ((message: string) => void) | undefined;
  readonly #known = new KnownCounters();
  #generation: string | undefined;
  #opening: Promise<string> | undefined;
  #restoring: Promise<void> | undefined;

  constructor({ client, prefix, time, onWarning }: RedisStoreOptions) {
    this.#scripts = adaptClient(client);
    this.#keys = redisKeys(prefix ?? 'tollgate');
    this.#serverTime = time !== 'ledger';
    this.#onWarning = onWarning;
  }

  async reserve(id: string, charges: readonly Charge[], leaseMs: number, now: number): Promise<Reserved> {
    assertReserve(charges, leaseMs, now);
    const keys = [this.#keys.reservation(id), ...charges.map(({ counter }) => this.#keys.counter(counter))];
    const [answer, ...facts] = await this.#run(RESERVE, keys, now, [id, String(leaseMs), ...charges.flatMap(chargeArgs)]);
    if (answer === 'denied') {
      const [place, remaining, wait] = facts;
      return {
        granted: false,
        deniedBy: Number(place),
        remaining: Number(remaining),
        retryAfterMs: wait === '' ? null : Number(wait),
      };
    }
    if (answer === 'already') return { granted: 'already', state: String(facts[0]) as ReservationState };
    this.#known.hold(id, charges);
    return facts.length === 0 ? { granted: true } : { granted: true, exceeded: facts.map(Number) };
  }

  async settle(id: string, actual: readonly number[], now: number): Promise<Settled> {
    for (const amount of actual) assertAmount('actual', amount);
    const [state, ...facts] = await this.#run(SETTLE, [this.#keys.reservation(id)], now, [id, ...actual.map(String)]);
    if (state !== 'settled' && state !== 'late') return { state: String(state) } as Settled;
    const spent = facts.map(Number);
    this.#known.settled(id, spent, now);
    return { state, spent };
  }

  async release(id: string, now: number): Promise<Released> {
    const [state] = await this.#run(RELEASE, [this.#keys.reservation(id)], now, [id]);
    this.#known.forget(id);
    return { state: String(state) } as Released;
  }

  async extend(id: string, leaseMs: number, now: number, spent: readonly number[] = []): Promise<Extended> {
    assertAmount('leaseMs', leaseMs);
    for (const amount of spent) assertAmount('spent', amount);
    const args = [id, String(leaseMs), ...spent.map(String)];
    const [state] = await this.#run(EXTEND, [this.#keys.reservation(id)], now, args);
    return { state: String(state) } as Extended;
  }

  async balances(query: BalanceQuery, now: number): Promise<Balance[]> {
    const args = 'prefix' in query ? ['prefix', query.prefix] : ['counters', ...query.counters];
    const [, ...facts] = await this.#run(BALANCES, [], now, args);
    const balances: Balance[] = [];
    for (let place = 0; place < facts.length; place += 3) {
      balances.push({ counter: String(facts[place]), spent: Number(facts[place + 1]), reserved: Number(facts[place + 2]) });
    }
    return balances;
  }

  async record(id: string, rows: readonly UsageTotals[], now: number): Promise<void> {
    const tombstone = `record:${id}`;
    const args = rows.flatMap((row) => [
      String(row.hourStartsAt),
      JSON.stringify(USAGE_DIMENSIONS.map((dimension) => row[dimension])),
      ...USAGE_MEASURES.map((measure) => String(row[measure] ?? 0)),
    ]);
    await this.#run(RECORD, [this.#keys.reservation(tombstone)], now, [tombstone, String(USAGE_MEASURES.length), ...args]);
  }

  async usage(query: UsageRange): Promise<UsageTotals[]> {
    const until = query.until === undefined ? '+inf' : String(query.until);
    const [, ...facts] = await this.#run(USAGE, [], 0, [String(firstHour(query)), until]);
    const rows: UsageTotals[] = [];
    for (let place = 0; place < facts.length; place += 2) rows.push(...toTotals(Number(facts[place]), facts[place + 1]));
    return rows;
  }

  async keepNote(key: string, text: string, untilMs: number, now: number): Promise<void> {
    assertAmount('untilMs', untilMs);
    await this.#run(KEEP_NOTE, [this.#keys.note(key)], now, [String(Math.max(untilMs - now, 0)), text]);
  }

  async readNote(key: string, now: number): Promise<string | undefined> {
    const [answer, text] = await this.#run(READ_NOTE, [this.#keys.note(key)], now, []);
    return answer === 'note' ? String(text) : undefined;
  }

  /** Nothing: the client is its owner's. */
  close(): void {}

  async #run(script: string, keys: readonly string[], now: number, args: readonly string[]): Promise<readonly unknown[]> {
    assertAmount('now', now);
    const generation = this.#generation ?? (await this.#open());
    const time = this.#serverTime ? '' : String(now);
    const reply = await runScript(this.#scripts, script, [this.#keys.generation, ...keys], [generation, time, ...args]);
    if (reply[0] !== 'reset') return reply;
    this.#restore(now);
    throw new StoreError('store_reset', 'Redis has lost its counters; they are restored from what the processes last knew');
  }

  #open(): Promise<string> {
    this.#opening ??= this.#begin().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #begin(): Promise<string> {
    const [generation, info] = await runScript(this.#scripts, OPEN, [this.#keys.generation], [randomUUID()]);
    this.#generation = String(generation);
    const policy = /^maxmemory_policy:([a-z-]{1,40})/m.exec(String(info))?.[1];
    const limited = /^maxmemory:(\d+)/m.exec(String(info))?.[1];
    if (policy !== undefined && policy !== 'noeviction' && limited !== '0') {
      this.#onWarning?.(`Redis may evict budgets: its maxmemory-policy is ${policy}, and should be noeviction`);
    }
    return this.#generation;
  }

  #restore(now: number): void {
    this.#restoring ??= this.#beginAnew(now).finally(() => {
      this.#restoring = undefined;
    });
    // Where it fails, the next verb finds the reset again.
    this.#restoring.catch(() => {});
  }

  async #beginAnew(now: number): Promise<void> {
    const args = [randomUUID(), String(now), ...this.#known.restoration(now)];
    const [generation] = await runScript(this.#scripts, RESTORE, [this.#keys.generation], args);
    this.#generation = String(generation);
  }
}

function chargeArgs({ counter, amount, limit, enforced, window }: Charge): string[] {
  const rolling = window.kind === 'rolling' ? [String(window.lengthMs), String(bucketMsOf(window.lengthMs)), ''] : undefined;
  const calendar = window.kind === 'calendar' ? ['', '', window.endsAt === null ? '' : String(window.endsAt)] : [];
  return [counter, String(amount), String(limit), enforced ? '1' : '0', ...(rolling ?? calendar)];
}

/** Rows of one hour; a field is the measure's digit and the dimensions as JSON. */
function toTotals(hourStartsAt: number, flat: unknown): UsageTotals[] {
  const fields = Array.isArray(flat) ? flat : [];
  const rows = new Map<string, UsageTotals>();
  for (let place = 0; place < fields.length; place += 2) {
    const field = String(fields[place]);
    const key = field.slice(1);
    const measure = USAGE_MEASURES[Number(field[0])];
    if (measure === undefined) continue;
    rows.set(key, { ...(rows.get(key) ?? emptyRow(hourStartsAt, key)), [measure]: Number(fields[place + 1]) });
  }
  return [...rows.values()];
}

function emptyRow(hourStartsAt: number, key: string): UsageTotals {
  const [team = '', app = '', user = '', caller = '', model = '', deployment = '', provider = ''] = JSON.parse(key) as string[];
  return {
    hourStartsAt,
    team,
    app,
    user,
    key: caller,
    model,
    deployment,
    provider,
    requests: 0,
    failures: 0,
    costNanoUsd: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    unpricedRequests: 0,
  };
}
