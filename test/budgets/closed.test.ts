import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayConfig } from 'tollgate';
import { afterAll, describe, expect, it } from 'vitest';
import { echo, messages, until } from '../public/harness.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';
import { type Stage, stage } from './stage.ts';

const BUDGETS: GatewayConfig['budgets'] = [{ name: 'money', limit: { usd: 5 }, window: 'day' }];
const HELLO = { model: 'm', messages };
const ANSWERED = 'answered';
const CLOSED = { name: 'GatewayClosedError', message: 'the gateway is closed' };

type Verbs = Readonly<Record<string, (control: Stage['gateway']['control']) => unknown>>;

const READS: Verbs = {
  plan: (control) => control.plan(HELLO),
  usage: (control) => control.usage(),
  budgets: (control) => control.budgets(),
  'budgets of a caller': (control) => control.budgets({ team: 'search' }),
};

const CHANGES: Verbs = {
  raiseBudget: (control) => control.raiseBudget('money', { by: { usd: 1 } }),
  resetBudget: (control) => control.resetBudget('money'),
  update: async (control) => control.update({ providers: {}, models: {} }),
};

async function toldByEach({ gateway }: Stage, verbs: Verbs): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for (const [name, verb] of Object.entries(verbs)) {
    const answer = await Promise.resolve(verb(gateway.control)).catch((error: unknown) => error);
    told[name] = answer instanceof Error ? { name: answer.name, message: answer.message } : 'answered';
  }
  return told;
}

const all = (verbs: Verbs, told: unknown) => Object.fromEntries(Object.keys(verbs).map((name) => [name, told]));

function closesWell(store: () => GatewayConfig['store'], readsTell: unknown): void {
  it.each(['was called', 'was never called'])('tells so to who would change it, though it %s', async (life) => {
    const opened = await stage({ budgets: BUDGETS, store: store() });
    if (life === 'was called') await opened.gateway.chat.completions.create(HELLO);
    await opened.gateway.close();
    expect(await toldByEach(opened, CHANGES)).toEqual(all(CHANGES, CLOSED));
    expect(await toldByEach(opened, READS)).toEqual(all(READS, readsTell));
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

describe('a closed gateway over the memory store', () => closesWell(() => 'memory', ANSWERED));

describe('a closed gateway over SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-closed-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  let files = 0;
  closesWell(() => {
    files += 1;
    return { type: 'sqlite', path: join(directory, `${files}.db`) };
  }, CLOSED);
});

describe.runIf(redisIsHere)('a closed gateway over Redis', () => {
  const redis = redisForSuite();
  closesWell(() => ({ type: 'redis', client: redis.client }), ANSWERED);
});
