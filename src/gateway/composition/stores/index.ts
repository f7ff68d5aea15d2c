// Written by `npm run generate` from the files beside it.
import type { NamedStore } from '../../../config/stores/index.ts';
import { redis } from './redis.ts';
import { sqlite } from './sqlite.ts';
import type { StoreOpener } from './store-opener.ts';

/** What opens the stores that a configuration names. */
export const storeOpeners: { readonly [Type in NamedStore['type']]: StoreOpener<Extract<NamedStore, { type: Type }>> } = {
  redis,
  sqlite,
};
