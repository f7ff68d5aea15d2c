/**
 * One and four real processes on one Redis, in steady state: whole calls over four budgets, a rolling window of a minute among
 * them, after a warm-up in which slices take their size. Prints scripts that Redis got for 1,000 calls, calls a second,
 * and the server's share of the processor time that the processes and it took together. `npm run bench:fleet`; with
 * `--quick` for a first impression. Needs a `redis-server` on the PATH.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { RedisServer } from '../test/support/redis-server.ts';
import { startUpstream } from './start-upstream.ts';
import type { StoreAnswer, StoreRound } from './stores-client.ts';

const SECONDS = process.argv.includes('--quick') ? 3 : 10;
const WARM_UP_SECONDS = 3;
const CLIENT = fileURLToPath(new URL('./stores-client.ts', import.meta.url));
/** Calls a second of each process; undefined: 64 at a time, as fast as they go. */
const RATES = [50, 250, 1_000, undefined];

interface Row {
  readonly perSecond: number;
  readonly callUs: number;
  readonly serverUs: number;
  readonly scripts: number;
}

const upstream = await startUpstream();
const server = await RedisServer.start();
const admin = new Redis(server.url);

console.log(
  "| processes | mode | calls a second of each | in all | scripts per 1,000 calls | client, µs | server, µs | server's share |",
);
console.log('|---|---|---|---|---|---|---|---|');
for (const mode of ['slices', 'exact'])
  for (const size of [1, 4])
    for (const rate of RATES) {
      // Without slices a rate tells nothing more than full speed does.
      if (mode === 'exact' && rate !== undefined) continue;
      print(size, mode, rate, await measure(size, mode, rate));
    }
admin.disconnect();
await server.stop();
await upstream.stop();

async function measure(size: number, mode: string, rate: number | undefined): Promise<Row> {
  await admin.flushall();
  const clients = Array.from({ length: size }, () => start(mode));
  // What a process makes in a second, at most, is not known beforehand.
  const perSecond = rate ?? 2_000 / size;
  await Promise.all(clients.map(({ round }) => round(roundOf(perSecond * WARM_UP_SECONDS, rate))));
  const [cpu, scripts, startedMs] = [await cpuOfServer(), await scriptsOfServer(), performance.now()];
  const answers = await Promise.all(clients.map(({ round }) => round(roundOf(perSecond * SECONDS, rate))));
  const [seconds, calls] = [(performance.now() - startedMs) / 1_000, perSecond * SECONDS * size];
  const row = {
    perSecond: calls / seconds,
    callUs: answers.reduce((sum, { callUs }) => sum + callUs, 0) / size,
    serverUs: ((await cpuOfServer()) - cpu) / calls,
    scripts: (((await scriptsOfServer()) - scripts) * 1_000) / calls,
  };
  await Promise.all(clients.map(({ stop }) => stop()));
  const failed = answers.flatMap(({ failures }) => Object.keys(failures));
  if (failed.length > 0) throw new Error(failed.join(', '));
  return row;
}

function roundOf(calls: number, perSecond: number | undefined): StoreRound {
  return { warmUp: 0, calls, concurrency: 64, perSecond };
}

function print(size: number, mode: string, rate: number | undefined, { perSecond, callUs, serverUs, scripts }: Row): void {
  const share = `${((100 * serverUs) / (serverUs + callUs)).toFixed(1)} %`;
  const cells = [size, mode, rate ?? '64 at a time', perSecond.toFixed(0), scripts.toFixed(1), callUs.toFixed(0)];
  console.log(`| ${[...cells, serverUs.toFixed(1), share].join(' | ')} |`);
}

function start(mode: string) {
  const child = fork(CLIENT, ['redis', mode, server.url, upstream.origin], { execArgv: [] });
  const exited = once(child, 'exit').then(() => undefined);
  return {
    async round(wanted: StoreRound): Promise<StoreAnswer> {
      child.send(wanted);
      const answer = await Promise.race([once(child, 'message'), exited]);
      if (answer === undefined) throw new Error('a process has ended');
      return answer[0];
    },
    async stop(): Promise<void> {
      child.disconnect();
      await exited;
    },
  };
}

async function cpuOfServer(): Promise<number> {
  const info = await admin.info('cpu');
  const seconds = (field: string) => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6;
}

async function scriptsOfServer(): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);
}
