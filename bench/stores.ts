/**
 * What a store costs a whole call over four budgets, 64 at a time: processor time of the client and of the Redis server, as a
 * ratio to the memory store's. Each store has a process of its own, and all take turns.
 * `npm run bench:stores`; with `--quick` for a first impression; `-- Redis` has only the stores whose names have that word.
 * Redis is measured if a `redis-server` is on the PATH. Last, 1,000 callers at once on a healthy Redis while every core is busy: how many
 * calls fail. `-- --crowd` has that alone; `--busy=10` keeps each core busy ten times over.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Redis } from 'ioredis';
import { RedisServer, redisIsHere } from '../test/support/redis-server.ts';
import { quantile } from './rounds.ts';
import { startUpstream } from './start-upstream.ts';
import type { StoreAnswer, StoreKind, StoreRound } from './stores-client.ts';

const STEADY: StoreRound = { warmUp: 600, calls: 1_400, concurrency: 64 };
const CROWD: StoreRound = { warmUp: 0, calls: 4_000, concurrency: 1_000 };

interface Measured {
  readonly name: string;
  readonly round: (wanted: StoreRound) => Promise<StoreAnswer>;
  readonly serverUs: () => Promise<number>;
  readonly commands: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Name, kind, mode and target. */
type StoreArguments = [name: string, kind: StoreKind, mode: string, target: string];

interface Cost {
  readonly callUs: number;
  readonly serverUs: number;
  readonly commands: number;
}

const rounds = process.argv.includes('--crowd') ? 0 : process.argv.includes('--quick') ? 4 : 15;
const [busy = 1] = process.argv.flatMap((argument) => (argument.startsWith('--busy=') ? Number(argument.slice(7)) : []));
const word = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '';
const directory = mkdtempSync(join(tmpdir(), 'tollgate-stores-'));
const upstream = await startUpstream();
const server = redisIsHere ? await RedisServer.start() : undefined;
const admin = server && new Redis(server.url);
const none = async () => 0;

const wanted = ([name]: StoreArguments) => name === 'memory' || name.includes(word);
const overRedis: StoreArguments[] = server
  ? [
      ['Redis, slices', 'redis', 'slices', server.url],
      ['Redis, exact', 'redis', 'exact', server.url],
    ]
  : [];
const all: StoreArguments[] = [
  ['memory', 'memory', '', ''],
  ['SQLite, slices', 'sqlite', 'slices', join(directory, 'slices.db')],
  ['SQLite, exact', 'sqlite', 'exact', join(directory, 'exact.db')],
  ...overRedis,
];
const stores = all.filter(wanted).map((of) => start(...of));
const costs = stores.map((): Cost[] => []);
for (let turn = -Math.ceil(rounds / 3); turn < rounds; turn++) {
  for (const [place, store] of stores.entries()) {
    const cost = await costOf(store);
    if (turn >= 0) costs[place]?.push(cost);
  }
}
if (rounds > 0) printCosts();

for (const name of ['Redis, slices', 'Redis, exact']) {
  const store = stores.find((each) => each.name === name);
  if (store === undefined) continue;
  const spinning = Array.from({ length: availableParallelism() * busy }, () => new Worker('for (;;);', { eval: true }));
  const { failures } = await store.round(CROWD);
  await Promise.all(spinning.map((worker) => worker.terminate()));
  console.log(`${name}: ${CROWD.calls} calls, 1,000 at once, every core busy ${busy} times: failed ${JSON.stringify(failures)}`);
}

await Promise.all(stores.map(({ stop }) => stop()));
admin?.disconnect();
await server?.stop();
await upstream.stop();
rmSync(directory, { recursive: true });

function printCosts(): void {
  console.log(`CPU time of a whole call over four budgets, ${STEADY.concurrency} at a time, ${rounds} rounds in turn`);
  console.log(
    '| store | client, µs | to memory | quartiles | server, µs | store scripts per 1,000 calls |\n|---|---|---|---|---|---|',
  );
  for (const [place, { name }] of stores.entries()) console.log(lineOf(name, costs[place] ?? [], costs[0] ?? []));
}

async function costOf(store: Measured): Promise<Cost> {
  const [cpu, commands] = [await store.serverUs(), await store.commands()];
  const { callUs, failures } = await store.round(STEADY);
  if (Object.keys(failures).length > 0) throw new Error(`${store.name}: ${JSON.stringify(failures)}`);
  // The warm-up is of the server's work too.
  const made = STEADY.warmUp + STEADY.calls;
  return {
    callUs,
    serverUs: ((await store.serverUs()) - cpu) / made,
    commands: (((await store.commands()) - commands) * 1_000) / made,
  };
}

function lineOf(name: string, own: readonly Cost[], base: readonly Cost[]): string {
  const ratios = own.map(({ callUs }, turn) => callUs / (base[turn]?.callUs ?? Number.NaN));
  const median = (of: keyof Cost) =>
    quantile(
      own.map((cost) => cost[of]),
      0.5,
    );
  const spread = `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`;
  const cells = [name, median('callUs').toFixed(0), quantile(ratios, 0.5).toFixed(2), spread];
  return `| ${[...cells, median('serverUs').toFixed(1), median('commands').toFixed(1)].join(' | ')} |`;
}

function start(name: string, kind: StoreKind, mode: string, target: string): Measured {
  const path = fileURLToPath(new URL('./stores-client.ts', import.meta.url));
  const child = fork(path, [kind, mode, target, upstream.origin], { execArgv: [] });
  const exited = once(child, 'exit').then(() => undefined);
  return {
    name,
    async round(wanted) {
      child.send(wanted);
      const answer = await Promise.race([once(child, 'message'), exited]);
      if (answer === undefined) throw new Error(`the process over ${name} has ended`);
      return answer[0];
    },
    serverUs: kind === 'redis' ? cpuOfServer : none,
    commands: kind === 'redis' ? scriptsOfServer : none,
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}

async function cpuOfServer(): Promise<number> {
  const info = (await admin?.info('cpu')) ?? '';
  const seconds = (field: string) => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6;
}

async function scriptsOfServer(): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec((await admin?.info('commandstats')) ?? '')?.[1] ?? 0);
}
