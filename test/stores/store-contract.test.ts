import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';

describe('the SQLite store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  for (const [place, { name, run }] of storeContract().entries()) {
    it(name, async () => {
      const store = new SqliteStore(join(directory, `${place}.db`));
      await expect(run(store)).resolves.toBeUndefined();
      store.close();
    });
  }
});

describe.runIf(redisIsHere)('the Redis store', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  describe('over ioredis', () => {
    let client: Redis;
    beforeAll(() => {
      client = new Redis(server.url);
    });
    afterAll(() => client.disconnect());

    for (const [place, { name, run }] of storeContract().entries()) {
      it(name, async () => {
        await expect(run(redisStore({ client, prefix: `io${place}`, time: 'ledger' }))).resolves.toBeUndefined();
      });
    }
  });

  describe('over node-redis', () => {
    const connected = async () => createClient({ url: server.url }).connect();
    let client: Awaited<ReturnType<typeof connected>>;
    beforeAll(async () => {
      client = await connected();
    });
    afterAll(() => client.destroy());

    for (const [place, { name, run }] of storeContract().entries()) {
      it(name, async () => {
        await expect(run(redisStore({ client, prefix: `node${place}`, time: 'ledger' }))).resolves.toBeUndefined();
      });
    }
  });
});
