import type { SqliteStoreConfig } from '../../../config/stores/sqlite.ts';
import { SqliteStore } from '../../../stores/sqlite.ts';
import type { StoreOpener } from './store-opener.ts';

export const sqlite: StoreOpener<SqliteStoreConfig> = {
  type: 'sqlite',
  open: ({ path }) => new SqliteStore(path),
};
