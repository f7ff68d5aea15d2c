// Written by `npm run generate` from the files beside it.
import { type RedisStoreConfig, redis } from './redis.ts';
import { type SqliteStoreConfig, sqlite } from './sqlite.ts';

/** The stores that a configuration opens by their `type`. */
export const storeTypes = [redis, sqlite] as const;

/** How the configuration of each is checked. */
export const storeSchemas = [redis.schema, sqlite.schema] as const;

/** A store as a configuration names it. */
export type NamedStore = RedisStoreConfig | SqliteStoreConfig;
