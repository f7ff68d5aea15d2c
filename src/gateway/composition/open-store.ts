import type { GatewayConfig } from '../../config/gateway-config.ts';
import type { ValidConfig } from '../../config/schema.ts';
import type { NamedStore } from '../../config/stores/index.ts';
import { ConfigurationError } from '../../errors/configuration-error.ts';
import type { SliceOptions } from '../../ledger/slices/slice-options.ts';
import { MemoryStore } from '../../stores/memory.ts';
import type { Store } from '../../stores/store.ts';
import { StoreError } from '../../stores/store-error.ts';
import { storeOpeners } from './stores/index.ts';
import type { StoreOpener, StoreParts } from './stores/store-opener.ts';

/**
 * The store that the configuration names; memory if it names none. Throws `ConfigurationError` if it can't be opened, such
 * as a file that is no database of ours.
 */
export function openStore({ store, clock }: Pick<ValidConfig, 'store' | 'clock'>, onWarning: (message: string) => void): Store {
  if (store === undefined || store === 'memory') return new MemoryStore();
  if (!('type' in store)) return store;
  return openNamed(store, { hasOwnClock: clock !== undefined, onWarning });
}

/** How calls use slices of the store; undefined: not at all, as with memory, which is as near as they are. */
export function slicesOf({ store }: Pick<GatewayConfig, 'store'>): SliceOptions | undefined {
  if (store === undefined || store === 'memory' || store instanceof MemoryStore) return undefined;
  if (!('type' in store)) return {};
  // A store that has no slices has no option for them.
  const slices = 'slices' in store ? store.slices : undefined;
  return slices === false ? undefined : (slices ?? {});
}

function openNamed(config: NamedStore, parts: StoreParts): Store {
  const { open } = storeOpeners[config.type] as StoreOpener<NamedStore>;
  try {
    return open(config, parts);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw Object.assign(new ConfigurationError([{ path: 'store.path', message: error.message }]), { cause: error });
  }
}
