import type { GatewayConfig } from '../../config/gateway-config.ts';
import type { ValidConfig } from '../../config/schema.ts';
import { ConfigurationError } from '../../errors/configuration-error.ts';
import type { SliceOptions } from '../../ledger/slices/slice-options.ts';
import { MemoryStore } from '../../stores/memory.ts';
import { type RedisClient, redisStore } from '../../stores/redis/index.ts';
import { SqliteStore } from '../../stores/sqlite.ts';
import type { Store } from '../../stores/store.ts';
import { StoreError } from '../../stores/store-error.ts';

/** The store that the configuration names; memory where it names none. A clock of the user's rules Redis's time too. */
export function openStore({ store, clock }: Pick<ValidConfig, 'store' | 'clock'>, onWarning: (message: string) => void): Store {
  if (store === undefined || store === 'memory') return new MemoryStore();
  if (!('type' in store)) return store;
  if (store.type === 'sqlite') return openFile(store.path);
  const { client, prefix } = store;
  // The schema has checked that it can run scripts.
  return redisStore({ client: client as RedisClient, prefix, time: clock ? 'ledger' : 'server', onWarning });
}

/** How calls use slices of the store; undefined: not at all, as with memory, which is as near as they are. */
export function slicesOf({ store }: Pick<GatewayConfig, 'store'>): SliceOptions | undefined {
  if (store === undefined || store === 'memory' || store instanceof MemoryStore) return undefined;
  if (!('type' in store)) return {};
  return store.slices === false ? undefined : (store.slices ?? {});
}

/** Throws `ConfigurationError` where the file cannot be opened or is no database of ours: its path is wrong. */
function openFile(path: string): Store {
  try {
    return new SqliteStore(path);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw Object.assign(new ConfigurationError([{ path: 'store.path', message: error.message }]), { cause: error });
  }
}
