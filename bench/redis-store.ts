/**
 * What the Redis store costs the server: processor time and commands of a reserve and settle over four budgets, of this
 * tree and of another revision in turn, and of an exchange of slices. Needs a `redis-server` on the PATH and git.
 * `npx node bench/redis-store.ts [revision]`, by default `main`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';
import { redisStore } from '../src/stores/redis/index.ts';
import type { Charge, SliceReport, Store } from '../src/stores/store.ts';
import { RedisServer } from '../test/support/redis-server.ts';

const ROUNDS = 5;
const CALLERS = 64;
const PAIRS = 4_000;
const EXCHANGES = 500;
const ACTUAL = [1, 900, 1_200, 5_000];
const MINUTE_MS = 60_000;

const FOREVER = { kind: 'calendar', endsAt: null } as const;
const MINUTE = { kind: 'rolling', lengthMs: MINUTE_MS } as const;
const CHARGES: readonly Charge[] = [
  { counter: 'c|requests|2026-11|', amount: 1, limit: 2 ** 52, enforced: true, window: FOREVER },
  { counter: 'c|tokens|2026-11|t', amount: 1_000, limit: 2 ** 52, enforced: true, window: FOREVER },
  { counter: 'u|tokens|~1m|u', amount: 1_500, limit: 2 ** 52, enforced: true, window: MINUTE },
  { counter: 'c|usd|2026-11|', amount: 9_000, limit: 2 ** 52, enforced: true, window: FOREVER },
];

interface Cost {
  readonly microseconds: number;
  readonly commands: number;
}

/** Processor time and scripts that the server spent on one of many. */
async function costOf(client: Redis, many: number, work: () => Promise<void>): Promise<Cost> {
  const [cpu, scripts] = [await cpuOf(client), await scriptsOf(client)];
  await work();
  return {
    microseconds: ((await cpuOf(client)) - cpu) / many,
    commands: ((await scriptsOf(client)) - scripts) / many,
  };
}

async function cpuOf(client: Redis): Promise<number> {
  const info = await client.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6;
}

async function scriptsOf(client: Redis): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
}

let turn = 0;

async function pairs(store: Store, many: number, now: () => number): Promise<void> {
  let left = many;
  const caller = async () => {
    while (left-- > 0) {
      turn += 1;
      const id = `rsv_bench${turn}`;
      await store.reserve(id, CHARGES, MINUTE_MS, now());
      await store.settle(id, ACTUAL, now());
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** A store whose rolling window has something in each of its sixty buckets. */
async function filled(open: typeof redisStore, client: Redis, prefix: string): Promise<() => Promise<void>> {
  const store = open({ client, prefix, time: 'ledger' });
  const start = Date.now();
  for (let second = 0; second < 60; second++) await pairs(store, 5, () => start + second * 1_000);
  return () => pairs(store, PAIRS, () => start + 60_000);
}

async function exchanges(store: Store, counters: number): Promise<void> {
  const reports = Array.from({ length: counters }, (_, place): SliceReport => {
    const { counter, limit, enforced, window } = CHARGES[place % CHARGES.length] as Charge;
    const amounts = { sequence: 0, spent: 0, inUse: 500, wants: 50_000, atRisk: 50_000, recall: 0 };
    return { counter: `${counter}${place}`, limit, enforced, window, slice: `bench-${counters}-${place}`, ...amounts };
  });
  for (let sequence = 1; sequence <= EXCHANGES; sequence++) {
    const beat = reports.map((report) => ({ ...report, sequence, spent: sequence * 100 }));
    await store.exchange?.('bench', beat, 5_000, Date.now());
  }
}

function report(name: string, costs: readonly Cost[], unit: string): void {
  const { microseconds, commands } = costs.toSorted((a, b) => a.microseconds - b.microseconds)[0] as Cost;
  console.log(
    `${name.padEnd(44)}${microseconds.toFixed(1).padStart(8)} µs of the server ${commands.toFixed(2).padStart(6)} commands ${unit}`,
  );
}

const revision = process.argv[2] ?? 'main';
const directory = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
const archive = execFileSync('git', ['archive', revision, 'src'], { maxBuffer: 2 ** 28 });
execFileSync('tar', ['-x', '-C', directory], { input: archive });
const before: typeof import('../src/stores/redis/index.ts') = await import(
  pathToFileURL(join(directory, 'src/stores/redis/index.ts')).href
);

const server = await RedisServer.start();
const client = new Redis(server.url, { enableAutoPipelining: true });
const [old, now] = [await filled(before.redisStore, client, 'before'), await filled(redisStore, client, 'now')];
const costs: { before: Cost[]; now: Cost[] } = { before: [], now: [] };
for (let round = 0; round < ROUNDS; round++) {
  costs.before.push(await costOf(client, PAIRS, old));
  costs.now.push(await costOf(client, PAIRS, now));
}
console.log(`Redis ${/redis_version:(\S+)/.exec(await client.info('server'))?.[1]}, the best of ${ROUNDS} rounds`);
report(`reserve and settle, ${revision}`, costs.before, 'a call');
report('reserve and settle, this tree', costs.now, 'a call');
const store = redisStore({ client, prefix: 'slices' });
for (const counters of [4, 200]) {
  const cost = await costOf(client, EXCHANGES, () => exchanges(store, counters));
  report(`exchange of ${counters} slices`, [cost], 'a beat');
  const perThousand = (1_000 / 1_000) * cost.commands;
  console.log(`  a process of 1,000 calls a second with a beat a second: ${perThousand.toFixed(2)} commands per 1,000 calls`);
}
client.disconnect();
await server.stop();
rmSync(directory, { recursive: true });
