import { z } from 'zod';
import { hasFunctions } from '../containers.ts';
import { text } from '../schema/scalars.ts';
import { type SlicesConfig, slicesSchema } from './slices-config.ts';
import type { StoreType } from './store-type.ts';

/** Counters in Redis, for the processes of several machines. */
export interface RedisStoreConfig {
  type: 'redis';
  /** Of ioredis or node-redis; it stays yours, and is neither connected nor closed. */
  client: object;
  /** Before every key; default `tollgate`. */
  prefix?: string | undefined;
  /** Default: on. */
  slices?: SlicesConfig | false | undefined;
}

export const redis = {
  type: 'redis',
  form: "{ type: 'redis', client, prefix?, slices? }",
  schema: z.strictObject({
    type: z.literal('redis'),
    client: z.custom<object>(runsScripts, 'expected a client of ioredis or node-redis'),
    prefix: text('a prefix of keys').optional(),
    slices: slicesSchema,
  }),
} satisfies StoreType<RedisStoreConfig>;

/** As the store calls it: node-redis says `evalSha`, ioredis `evalsha`. */
function runsScripts(client: unknown): boolean {
  return hasFunctions(client, ['eval', 'evalSha']) || hasFunctions(client, ['eval', 'evalsha']);
}
