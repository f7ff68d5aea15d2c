import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { RedisServer } from './redis-server.ts';

/** A server and a client for the suite that calls this; both are there while its tests run, and end after them. */
export function redisForSuite(): { readonly server: RedisServer; readonly client: Redis } {
  const here = {} as { server: RedisServer; client: Redis };
  beforeAll(async () => {
    here.server = await RedisServer.start();
    here.client = new Redis(here.server.url);
  });
  afterAll(async () => {
    here.client.disconnect();
    await here.server.stop();
  });
  return here;
}
