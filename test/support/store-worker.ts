/**
 * A process that hammers two counters of a shared store and tells what it settled, a line a settlement.
 * Arguments: `sqlite <path>` or `redis <url>`, then a number of turns (0: until it is killed), and a name.
 */
import { writeSync } from 'node:fs';
import { Redis } from 'ioredis';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Charge, Store } from '../../src/stores/store.ts';

const [kind, target = '', turns = '0', name = 'w'] = process.argv.slice(2);
const client = kind === 'redis' ? new Redis(target) : undefined;
const store: Store = client === undefined ? new SqliteStore(target) : redisStore({ client, time: 'ledger' });

const charges = (amount: number): Charge[] => [
  { counter: 'company', amount: 1, limit: 600, enforced: true, window: { kind: 'calendar', endsAt: null } },
  { counter: 'team', amount, limit: 6_000, enforced: true, window: { kind: 'calendar', endsAt: null } },
];

for (let turn = 0; turns === '0' || turn < Number(turns); turn++) {
  const id = `${name}-${turn}`;
  const amount = 5 + (turn % 10);
  const reserved = await store.reserve(id, charges(amount), 60_000, Date.now());
  if (reserved.granted !== true) continue;
  if (turns === '0') {
    writeSync(1, 'held\n');
    continue;
  }
  if (turn % 7 === 0) {
    await store.release(id, Date.now());
    continue;
  }
  const settled = await store.settle(id, [1, amount - 2], Date.now());
  if (settled.state !== 'settled') throw new Error(`settled as ${settled.state}`);
  writeSync(1, `${amount - 2}\n`);
}
client?.disconnect();
await store.close();
