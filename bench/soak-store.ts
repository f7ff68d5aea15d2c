import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { GatewayConfig } from 'tollgate';
import { redisStore } from 'tollgate/redis';
import { SqliteStore } from 'tollgate/sqlite';
import { RedisServer } from '../test/support/redis-server.ts';

/** Four budgets; of the requests of the app all calls are in one window. */
export const FOUR_BUDGETS: GatewayConfig['budgets'] = [
  { name: 'company', limit: { usd: 1_000_000 }, window: 'month' },
  { name: 'team', each: 'team', limit: { tokens: 1_000_000_000_000 }, window: 'month' },
  { name: 'app', limit: { requests: 1_000_000_000 }, window: 'lifetime' },
  { name: 'minute', each: 'team', limit: { requests: 1_000_000_000 }, window: { rolling: '1m' } },
];

/** What is left in a store. */
export interface Left {
  /** Of the budget over all calls. */
  readonly requests: number;
  /** Reserved by calls or lent to processes, over all counters. */
  readonly held: number;
}

/** A store that processes share, which a soak goes over. */
export interface SoakStore {
  readonly config: NonNullable<GatewayConfig['store']>;
  left(): Promise<Left>;
  stop(): Promise<void>;
}

type Store = ReturnType<typeof redisStore>;

export async function openSoakStore(kind: string): Promise<SoakStore> {
  if (kind !== 'redis') {
    const directory = mkdtempSync(join(tmpdir(), 'tollgate-soak-'));
    const path = join(directory, 'budgets.db');
    const stop = async () => rmSync(directory, { recursive: true });
    return { config: { type: 'sqlite', path }, left: () => leftIn(new SqliteStore(path)), stop };
  }
  const server = await RedisServer.start();
  const client = new Redis(server.url);
  const stop = async () => {
    client.disconnect();
    await server.stop();
  };
  return { config: { type: 'redis', client }, left: () => leftIn(redisStore({ client })), stop };
}

async function leftIn(store: Store): Promise<Left> {
  const balances = await store.balances({ prefix: '' }, Date.now());
  await store.close();
  const held = balances.reduce((sum, { reserved, sliced = 0 }) => sum + reserved + sliced, 0);
  const requests = balances.find(({ counter }) => counter.startsWith('app|'))?.spent ?? 0;
  return { requests, held };
}
