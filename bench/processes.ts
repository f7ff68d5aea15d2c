/**
 * Real processes on one SQLite file and on one Redis, if a `redis-server` is on the PATH:
 * `npx node bench/processes.ts [calls] [kills] [sqlite | redis]` (default 25,000 and 50, and both).
 *
 * - Four processes of so many calls each against a limit that admits half of them.
 * - Two processes; one of them is killed with SIGKILL at a random moment, so many times: what the store charges in the end
 *   to what was used. Less is under, more is over; it may be over by what the dead one was lent at most.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { redisStore } from '../src/stores/redis/index.ts';
import { SqliteStore } from '../src/stores/sqlite.ts';
import { RedisServer, redisIsHere } from '../test/support/redis-server.ts';
import { killOne, type SharedStore, spendHalf } from '../test/support/slice-processes.ts';

const [calls = 25_000, kills = 50] = process.argv.slice(2, 4).map(Number);
const [, , , , only] = process.argv;

/** Of the dead one's calls: it is killed after a number of them up to this. */
const LATEST_KILL = 1_500;

/** In tokens, the largest of all kills. */
interface Worst {
  under: number;
  over: number;
  beyondLent: number;
  lent: number;
  held: number;
}

function inWords({ under, over, beyondLent, lent, held }: Worst): string {
  return `${under} tokens under, at most ${over} over, of up to ${lent} lent (${beyondLent} beyond), ${held} held in the end`;
}

async function prove(name: string, fresh: () => Promise<SharedStore>): Promise<void> {
  if (calls > 0) {
    const startedMs = performance.now();
    const { admitted, spent, held } = await spendHalf(await fresh(), calls);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    const told = `admitted ${admitted}, spent ${spent}, still held ${held}`;
    console.log(`${name}: ${calls * 4} calls against ${calls * 2}: ${told} (${seconds} s)`);
  }
  const worst: Worst = { under: 0, over: 0, beyondLent: 0, lent: 0, held: 0 };
  for (let kill = 0; kill < kills; kill++) {
    const { used, lent, spent, held } = await killOne(await fresh(), 1, 300, 1 + Math.floor(Math.random() * LATEST_KILL));
    worst.under = Math.max(worst.under, used - spent);
    worst.over = Math.max(worst.over, spent - used);
    worst.beyondLent = Math.max(worst.beyondLent, spent - used - lent);
    worst.lent = Math.max(worst.lent, lent);
    worst.held = Math.max(worst.held, held);
    if ((kill + 1) % 10 === 0 || kill + 1 === kills)
      console.log(`${name}: ${kill + 1} times one of two killed: ${inWords(worst)}`);
  }
}

if (only !== 'redis') {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-processes-'));
  let files = 0;
  await prove('SQLite', async () => {
    files += 1;
    const target = join(directory, `${files}.db`);
    new SqliteStore(target).close();
    return { kind: 'sqlite', target, open: () => new SqliteStore(target) };
  });
  rmSync(directory, { recursive: true });
}

if (redisIsHere && only !== 'sqlite') {
  const server = await RedisServer.start();
  const client = new Redis(server.url);
  await prove('Redis', async () => {
    await client.flushall();
    return { kind: 'redis', target: server.url, open: () => redisStore({ client, time: 'ledger' }) };
  });
  client.disconnect();
  await server.stop();
}
