import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { type GatewayConfig, StoreUnavailableError } from 'tollgate';
import type { RedisClient } from 'tollgate/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { closeAfterTest, failureOf, gatewayOf, messages, providersAt, upstream } from '../public/harness.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';
import { shown, tracesOf, Witness } from './witness.ts';

const PASSWORD = 'hunter2/canary+Pw';
const WRONG = 'wrong/canary+Pw9';
const TRACES = [...tracesOf(PASSWORD, 10), ...tracesOf(WRONG, 10)];
const NOWHERE = { elsewhere: [], atCaller: [] };

/** The clients that users have, as they are when they cannot log in: without a second try. */
const CLIENTS: Readonly<Record<string, (port: number, password: string) => Promise<RedisClient>>> = {
  async ioredis(port, password) {
    const client = new Redis(urlOf(port, password), { retryStrategy: () => null, maxRetriesPerRequest: 1 });
    client.on('error', () => {});
    closeAfterTest(async () => client.disconnect());
    return client;
  },
  async 'ioredis that logs in by its options'(port, password) {
    const client = new Redis({ host: '127.0.0.1', port, password, retryStrategy: () => null, maxRetriesPerRequest: 1 });
    client.on('error', () => {});
    closeAfterTest(async () => client.disconnect());
    return client;
  },
  async 'node-redis'(port, password) {
    const client = createClient({ url: urlOf(port, password), socket: { reconnectStrategy: false } });
    client.on('error', () => {});
    await client.connect().catch(() => {});
    closeAfterTest(async () => {
      if (client.isOpen) client.destroy();
    });
    return client;
  },
};

function urlOf(port: number, password: string): string {
  return `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}/0`;
}

async function failWith(store: GatewayConfig['store']) {
  const server = await upstream();
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { m: ['one/m'] },
    prices: { 'one/m': { input: 1, output: 2 } },
    budgets: [{ name: 'money', limit: { usd: 1 }, window: 'month' }],
    store,
  });
  const witness = new Witness(gateway);
  const told: unknown[] = [];
  gateway.on('store.fail', ({ error }) => told.push(error));
  const error = await failureOf(gateway.chat.completions.create({ model: 'm', messages }));
  expect(error).toBeInstanceOf(StoreUnavailableError);
  witness.got('error', error);
  witness.got('usage', await failureOf(gateway.control.usage({ by: 'team' })));
  const response = await gateway.handler('http://gateway.test/v1/chat/completions', {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'm', messages }) },
  });
  witness.got('body over HTTP', await response.text());
  return { error: error as StoreUnavailableError, witness, told };
}

describe.runIf(redisIsHere)('a Redis that refuses the password', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
    const admin = new Redis(server.url);
    await admin.config('SET', 'requirepass', PASSWORD);
    admin.disconnect();
  });
  afterAll(() => server.stop());

  it.each(Object.entries(CLIENTS))('of %s shows it nowhere', async (_, connect) => {
    const { error, witness, told } = await failWith({ type: 'redis', client: await connect(server.port, WRONG) });
    expect(await witness.placesOf(TRACES)).toEqual(NOWHERE);
    expect(error.cause).toMatchObject({ name: 'StoreError', code: 'store_unavailable', message: /^Redis: / });
    expect(told).toEqual([{ code: 'store_unavailable', message: 'the store cannot be reached, or refuses its commands' }]);
  });
});

describe('a store', () => {
  it.each(Object.entries(CLIENTS))('that cannot be reached shows no password of %s', async (_, connect) => {
    const { witness } = await failWith({ type: 'redis', client: await connect(9, PASSWORD) });
    expect(await witness.placesOf(TRACES)).toEqual(NOWHERE);
  });

  it.each(Object.entries(CLIENTS))('that repeats what %s sends shows no password', async (_, connect) => {
    const server = createServer((socket) => {
      const refuse = (sent: Buffer) => {
        const words = String(sent)
          .split('\r\n')
          .filter((line) => !/^[*$]\d/.test(line));
        const commands = words.join(' ').match(/\b(?:hello|auth|client|eval\w*|info|script|select)\b/gi) ?? [''];
        for (const _command of commands)
          socket.write(`-ERR what is '${words.join(' ').replaceAll(/\s/g, ' ').slice(0, 400)}'\r\n`);
      };
      socket.on('data', refuse).on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeAfterTest(async () => server.close());
    const { port } = server.address() as { port: number };
    const { witness } = await failWith({ type: 'redis', client: await connect(port, PASSWORD) });
    expect(await witness.placesOf(TRACES)).toEqual(NOWHERE);
  });

  it("of the user's own shows nothing of what its client left on an error", async () => {
    class Failing extends MemoryStore {
      override reserve(): never {
        throw this.#error();
      }
      override usage(): never {
        throw this.#error();
      }
      #error(): Error {
        const error = new Error(`cannot reach postgres://app:${PASSWORD}@db:5432/budgets`, { cause: { password: PASSWORD } });
        return Object.assign(error, { code: '28P01', client: { password: PASSWORD }, query: `SET x TO '${PASSWORD}'` });
      }
    }
    const { error, witness } = await failWith(new Failing());
    expect(await witness.placesOf(TRACES)).toEqual(NOWHERE);
    expect(shown(error)).toContain('postgres://[redacted]@db:5432/budgets');
    expect(shown(error)).toContain('28P01');
  });
});
