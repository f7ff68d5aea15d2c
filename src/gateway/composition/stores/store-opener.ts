import type { Store } from '../../../stores/store.ts';

/** How a store is opened that a configuration names by its `type`: one file each in this folder, named like the type. */
export interface StoreOpener<Config extends { readonly type: string }> {
  readonly type: Config['type'];
  /** Throws `StoreError` if that is not possible. */
  open(config: Config, parts: StoreParts): Store;
}

/** What a store may be opened with beside its configuration. */
export interface StoreParts {
  /** Whether the gateway's time is that of a clock of the user's. */
  readonly hasOwnClock: boolean;
  onWarning(message: string): void;
}
