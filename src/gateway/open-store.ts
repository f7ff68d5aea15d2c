import type { ValidConfig } from '../config/schema.ts';
import { MemoryStore } from '../stores/memory.ts';
import { type RedisClient, redisStore } from '../stores/redis/index.ts';
import { SqliteStore } from '../stores/sqlite.ts';
import type { Store } from '../stores/store.ts';

/** The store that the configuration names; memory where it names none. A clock of the user's rules Redis's time too. */
export function openStore({ store, clock }: Pick<ValidConfig, 'store' | 'clock'>, onWarning: (message: string) => void): Store {
  if (store === undefined || store === 'memory') return new MemoryStore();
  if (!('type' in store)) return store;
  if (store.type === 'sqlite') return new SqliteStore(store.path);
  const { client, prefix } = store;
  // The schema has checked that it can run scripts.
  return redisStore({ client: client as RedisClient, prefix, time: clock ? 'ledger' : 'server', onWarning });
}
