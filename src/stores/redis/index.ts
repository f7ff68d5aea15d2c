import type { Store } from '../store.ts';
import { RedisStore, type RedisStoreOptions } from './redis-store.ts';

export type { IoRedisClient, NodeRedisClient, RedisClient } from './client.ts';
export type { RedisStoreOptions };

/** A store in Redis 5 or later, over an ioredis or node-redis client of yours. Throws a TypeError for another client. */
export function redisStore(options: RedisStoreOptions): Store {
  return new RedisStore(options);
}
