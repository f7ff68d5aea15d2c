import type { RedisStoreConfig } from '../../../config/stores/redis.ts';
import { type RedisClient, redisStore } from '../../../stores/redis/index.ts';
import type { StoreOpener } from './store-opener.ts';

export const redis: StoreOpener<RedisStoreConfig> = {
  type: 'redis',
  // The schema has checked that the client can run scripts.
  open: ({ client, prefix }, { hasOwnClock, onWarning }) =>
    redisStore({ client: client as RedisClient, prefix, time: hasOwnClock ? 'ledger' : 'server', onWarning }),
};
