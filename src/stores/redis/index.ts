import { assertIsObject } from '../../core/assert-argument.ts';
import type { Store } from '../store.ts';
import { RedisStore, type RedisStoreOptions } from './redis-store.ts';

export type { IoRedisClient, NodeRedisClient, RedisClient } from './client.ts';
export type { RedisStoreOptions };

/** A store in Redis 5 or later, over an ioredis or node-redis client of yours. Throws a TypeError for another client. */
export function redisStore(options: RedisStoreOptions): Store {
  assertIsObject(options, 'redisStore', '{ client }, of ioredis or of node-redis');
  return new RedisStore(options);
}
