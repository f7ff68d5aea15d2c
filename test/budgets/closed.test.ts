import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { GatewayConfig } from 'tollgate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echo, messages, until } from '../public/harness.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';
import { type Stage, stage } from './stage.ts';

const BUDGETS: GatewayConfig['budgets'] = [{ name: 'money', limit: { usd: 5 }, window: 'day' }];
const HELLO = { model: 'm', messages };
const CLOSED = { name: 'GatewayClosedError', code: 'gateway_closed', message: 'the gateway is closed' };

/** Each verb that asks the store or changes something. */
const VERBS: Readonly<Record<string, (control: Stage['gateway']['control']) => unknown>> = {
  plan: (control) => control.plan(HELLO),
  usage: (control) => control.usage(),
  budgets: (control) => control.budgets(),
  'budgets of a caller': (control) => control.budgets({ team: 'search' }),
  raiseBudget: (control) => control.raiseBudget('money', { by: { usd: 1 } }),
  resetBudget: (control) => control.resetBudget('money'),
  update: async (control) => control.update({ providers: {}, models: {} }),
};

async function toldByEach({ gateway }: Stage): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for (const [name, verb] of Object.entries(VERBS)) {
    const { name: type, code, message } = (await Promise.resolve(verb(gateway.control)).catch((error) => error)) as never;
    told[name] = { name: type, code, message };
  }
  return told;
}

const ALL_CLOSED = Object.fromEntries(Object.keys(VERBS).map((name) => [name, CLOSED]));

function closesWell(store: () => GatewayConfig['store']): void {
  it('tells so, whatever is asked of it', async () => {
    const opened = await stage({ budgets: BUDGETS, store: store() });
    await opened.gateway.chat.completions.create(HELLO);
    await opened.gateway.close();
    expect(await toldByEach(opened)).toEqual(ALL_CLOSED);
  });

  it('tells so though it was never called', async () => {
    const opened = await stage({ budgets: BUDGETS, store: store() });
    await opened.gateway.close();
    expect(await toldByEach(opened)).toEqual(ALL_CLOSED);
  });

  it('still shows its health, and answers what was asked while its last call ended', async () => {
    const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
    const opened = await stage({ budgets: BUDGETS, store: store() }, (exchange) => isAsked.then(() => echo(exchange)));
    const call = opened.gateway.chat.completions.create(HELLO);
    await until(() => opened.sent().length === 1);
    const closing = opened.gateway.close();
    expect(await opened.gateway.control.budgets()).toMatchObject([{ name: 'money', limit: { usd: 5 } }]);
    asked();
    await Promise.all([call, closing]);
    expect(opened.gateway.control.health()).toContainEqual(expect.objectContaining({ deployment: 'one/m', inFlight: 0 }));
    expect(opened.gateway.control.runs()).toEqual([]);
  });
}

describe('a closed gateway over the memory store', () => closesWell(() => 'memory'));

describe('a closed gateway over SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-closed-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  let files = 0;
  closesWell(() => {
    files += 1;
    return { type: 'sqlite', path: join(directory, `${files}.db`) };
  });
});

describe.runIf(redisIsHere)('a closed gateway over Redis', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis(server.url);
    await client.ping();
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });
  closesWell(() => ({ type: 'redis', client }));
});
