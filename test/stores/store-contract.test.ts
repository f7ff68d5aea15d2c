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

    it('lends slices by a script, also of a server that has INCREX', async () => {
      const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];
      const [known] = (await client.call('COMMAND', 'INFO', 'increx')) as unknown[];
      console.log(`Redis ${version} ${known === null ? 'has no' : 'has'} INCREX; slices are lent by a script`);
      await client.call('CONFIG', 'RESETSTAT');
      for (const [place, { run }] of storeContract().entries())
        await run(redisStore({ client, prefix: `script${place}`, time: 'ledger' }));
      const used = await client.info('commandstats');
      expect(used).toContain('cmdstat_evalsha:');
      expect(used).not.toContain('cmdstat_increx:');
    });

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
