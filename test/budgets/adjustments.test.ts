import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { BudgetExceededError, type GatewayConfig } from 'tollgate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Store } from '../../src/stores/store.ts';
import { ask, failureOf, until } from '../public/harness.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';
import { TestClock } from '../support/test-clock.ts';
import { eventsOf, type Stage, stage } from './stage.ts';

const DAY_MS = 86_400_000;
const budgets: GatewayConfig['budgets'] = [{ name: 'calls', limit: { requests: 2 }, window: 'day' }];

const isRefused = async (promise: PromiseLike<unknown>) => expect(await failureOf(promise)).toBeInstanceOf(BudgetExceededError);

async function spend({ gateway }: Stage, calls: number): Promise<void> {
  for (let left = calls; left > 0; left--) await ask(gateway, 'm');
}

describe('a budget that is raised by hand', () => {
  it('has more room for this window, and no longer', async () => {
    const on = await stage({ budgets });
    const raises = eventsOf(on.gateway, 'budget.raise');
    await spend(on, 2);
    await isRefused(ask(on.gateway, 'm'));
    const raised = await on.gateway.control.raiseBudget('calls', { by: { requests: 1 }, reason: 'a launch', actor: 'ada' });
    expect(raised).toMatchObject({ budget: 'calls', values: {}, limit: { requests: 3 }, reason: 'a launch', actor: 'ada' });
    expect(raised.until).toBe(Math.ceil(on.clock.now() / DAY_MS) * DAY_MS);
    await spend(on, 1);
    const exceeded = eventsOf(on.gateway, 'budget.exceed');
    const error = await failureOf(ask(on.gateway, 'm'));
    expect(error).toMatchObject({ budget: 'calls', remaining: 0 });
    expect((error as Error).message).toContain('0 requests of 3 requests is left');
    await until(() => exceeded.length > 0);
    expect(exceeded).toMatchObject([{ spent: 3, limit: 3 }]);
    expect(await on.budget()).toMatchObject({ spent: { requests: 3 }, limit: { requests: 3 }, raise: { actor: 'ada' } });
    await until(() => raises.length > 0);
    expect(raises).toMatchObject([{ budget: 'calls', limit: { requests: 3 }, until: raised.until, actor: 'ada' }]);
    await on.clock.advance(DAY_MS);
    await spend(on, 2);
    await isRefused(ask(on.gateway, 'm'));
    expect(await on.budget()).toMatchObject({ spent: { requests: 2 }, limit: { requests: 2 } });
  });

  it('holds for as many windows as are named, and ends where it is taken back', async () => {
    const on = await stage({ budgets });
    await on.gateway.control.raiseBudget('calls', { limit: { requests: 3 }, windows: 2 });
    await spend(on, 3);
    await on.clock.advance(DAY_MS);
    await spend(on, 3);
    await isRefused(ask(on.gateway, 'm'));
    await on.clock.advance(DAY_MS);
    await spend(on, 2);
    await isRefused(ask(on.gateway, 'm'));
    await on.gateway.control.raiseBudget('calls', { by: { requests: 5 } });
    await spend(on, 1);
    await on.gateway.control.raiseBudget('calls', { by: { requests: 0 } });
    await isRefused(ask(on.gateway, 'm'));
  });

  it('is one counter of those that it has for each team', async () => {
    const on = await stage({ budgets: [{ name: 'team', each: 'team', limit: { usd: 0.000_05 }, window: 'day' }] });
    const [search, shop] = ['search', 'shop'].map((team) => on.gateway.for({ team }));
    if (search === undefined || shop === undefined) throw new Error('no clones');
    const { control } = on.gateway;
    await isRefused(ask(search, 'm', { max_tokens: 300 }));
    await control.raiseBudget('team', { values: { team: 'search' }, limit: { usd: 0.01 } });
    await ask(search, 'm', { max_tokens: 300 });
    await isRefused(ask(shop, 'm', { max_tokens: 300 }));
    const plan = await search.control.plan({ model: 'm', messages: [{ role: 'user', content: 'x' }], max_tokens: 300 });
    expect(plan).toMatchObject({ verdict: 'allow', budgets: [{ name: 'team' }] });
    expect(plan.budgets[0]?.remaining.usd).toBeGreaterThan(0.009);
  });

  it('of a rolling window ends at its time', async () => {
    const on = await stage({ budgets: [{ name: 'calls', limit: { requests: 1 }, window: { rolling: '1h' } }] });
    await spend(on, 1);
    const now = on.clock.now();
    await on.gateway.control.raiseBudget('calls', { by: { requests: 1 }, until: now + 60_000 });
    await spend(on, 1);
    await on.clock.advance(2 * 3_600_000);
    await spend(on, 1);
    await isRefused(ask(on.gateway, 'm'));
  });
});

describe('a budget that is reset by hand', () => {
  it('starts at nothing for the rest of its window', async () => {
    const on = await stage({ budgets });
    const resets = eventsOf(on.gateway, 'budget.reset');
    await spend(on, 2);
    await isRefused(ask(on.gateway, 'm'));
    const reset = await on.gateway.control.resetBudget('calls', { reason: 'a test ran wild', actor: 'ada' });
    expect(reset).toMatchObject({ budget: 'calls', spent: { requests: 2 }, actor: 'ada' });
    expect(await on.budget()).toMatchObject({
      spent: { requests: 0 },
      remaining: { requests: 2 },
      limit: { requests: 2 },
      reset: { reason: 'a test ran wild', actor: 'ada' },
    });
    await spend(on, 2);
    await isRefused(ask(on.gateway, 'm'));
    await until(() => resets.length > 0);
    expect(resets).toMatchObject([{ budget: 'calls', spent: { requests: 2 }, reason: 'a test ran wild' }]);
    await on.clock.advance(DAY_MS);
    await spend(on, 2);
    await isRefused(ask(on.gateway, 'm'));
  });

  it('can be raised as well, and reset again', async () => {
    const on = await stage({ budgets });
    await spend(on, 2);
    await on.gateway.control.resetBudget('calls');
    await on.gateway.control.raiseBudget('calls', { by: { requests: 1 } });
    await spend(on, 3);
    await isRefused(ask(on.gateway, 'm'));
    await on.gateway.control.resetBudget('calls');
    expect(await on.budget()).toMatchObject({ spent: { requests: 0 }, remaining: { requests: 3 } });
    await spend(on, 3);
    await isRefused(ask(on.gateway, 'm'));
  });
});

describe('a report of many counters, one of them raised', () => {
  it('looks for changes at many at once, and not at all of them', async () => {
    const store = new MemoryStore();
    let [underWay, most] = [0, 0];
    const readNote = async (key: string, now: number) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await turn();
      underWay -= 1;
      return store.readNote(key, now);
    };
    const slow: Store = new Proxy(store, {
      get: (target, verb: keyof Store) => (verb === 'readNote' ? readNote : target[verb]?.bind(target)),
    });
    const on = await stage({
      budgets: [{ name: 'user', each: 'user', limit: { requests: 2, tokens: 1e6 }, window: 'day' }],
      store: slow,
    });
    const users = Array.from({ length: 60 }, (_, place) => `user-${place}`);
    for (const user of users) await ask(on.gateway.for({ user }), 'm');
    await on.gateway.control.raiseBudget('user', { by: { requests: 1 }, values: { user: 'user-7' } });
    most = 0;
    const balances = await on.gateway.control.budgets();
    expect(new Map(balances.map(({ values, limit }) => [values.user, limit.requests]))).toEqual(
      new Map(users.map((user) => [user, user === 'user-7' ? 3 : 2])),
    );
    expect(most).toBe(64);
  });
});

describe('a change by hand that is wrong', () => {
  it.each([
    ['another', { by: { requests: 1 } }, /no budget 'another'; there are: 'calls', 'team', 'shown'/],
    ['shown', { by: { requests: 1 } }, /refuses nothing/],
    ['calls', {}, /either by or limit/],
    ['calls', { by: { usd: 1 } }, /by\.usd: the budget 'calls' limits requests/],
    ['calls', { by: { requests: 0.5 } }, /by\.requests must be a whole number/],
    ['calls', { limit: {} }, /limit must name an amount/],
    ['calls', { by: { requests: 1 }, windows: 0 }, /windows must be/],
    ['calls', { by: { requests: 1 }, until: 5 }, /until must be a time to come/],
    ['calls', { by: { requests: 1 }, windows: 1, until: 9e15 }, /either windows or until/],
    ['calls', { by: { requests: 1 }, values: { team: 'x' } }, /values\.team: the budget 'calls' has no such dimension/],
    ['team', { by: { usd: 1 } }, /values\.team must be a string/],
    ['team', { by: { usd: -1 }, values: { team: 'x' } }, /by\.usd must be dollars/],
    ['team', { by: { usd: 4e-10 }, values: { team: 'x' } }, /by\.usd must be dollars: 0, or from 1e-9 to/],
    ['team', { limit: { usd: 9e-10 }, values: { team: 'x' } }, /limit\.usd must be dollars: 0, or from 1e-9 to/],
    ['calls', { by: { requests: 1 }, reason: 7 as unknown as string }, /reason must be a string/],
  ])('raise %s by %o', async (name, raise, words) => {
    const { gateway } = await stage({
      budgets: [
        { name: 'calls', limit: { requests: 2 }, window: 'day' },
        { name: 'team', each: 'team', limit: { usd: 1 }, window: 'day' },
        { name: 'shown', limit: { requests: 1 }, window: 'day', onExceed: 'shadow' },
      ],
    });
    await expect(gateway.control.raiseBudget(name, raise)).rejects.toThrow(words);
  });

  it('resets what refuses nothing', async () => {
    const { gateway } = await stage({
      budgets: [{ name: 'shown', limit: { requests: 1 }, window: 'day', onExceed: 'shadow' }],
    });
    const words = "The budget 'shown' refuses nothing (onExceed: 'shadow'): there is nothing to raise or to reset";
    await expect(gateway.control.resetBudget('shown')).rejects.toThrow(words);
    await expect(gateway.control.raiseBudget('shown', { limit: { requests: 9 } })).rejects.toThrow(words);
  });

  it('resets a rolling window', async () => {
    const { gateway } = await stage({ budgets: [{ name: 'calls', limit: { requests: 1 }, window: { rolling: '1h' } }] });
    await expect(gateway.control.resetBudget('calls')).rejects.toThrow(/rolling window/);
  });

  it('is refused for a field that it has not, and without what it is to be', async () => {
    const { gateway } = await stage({ budgets });
    const raise = (given: unknown) => gateway.control.raiseBudget('calls', given as never);
    await expect(raise({ by: { requests: 1 }, window: 3 })).rejects.toThrow(
      'window is no field of a raise; there are: by, limit',
    );
    await expect(raise(undefined)).rejects.toThrow('a raise must be an object');
    const reset = { by: { requests: 1 } } as never;
    await expect(gateway.control.resetBudget('calls', reset)).rejects.toThrow('by is no field of a reset; there are: values');
  });
});

/** Two processes over one store: what one of them is told holds in both. */
async function isShared(store: () => GatewayConfig['store'], answered: () => Promise<unknown> = turn): Promise<void> {
  const clock = new TestClock();
  const [one, two] = [
    await stage({ budgets, store: store() }, undefined, clock),
    await stage({ budgets, store: store() }, undefined, clock),
  ];
  const all = (stages: Stage[]) => Promise.allSettled(stages.map(({ gateway }) => ask(gateway, 'm')));
  await spend(one, 1);
  await spend(two, 1);
  for (const on of [one, two]) await drained(clock, answered, isRefused(ask(on.gateway, 'm')));
  await one.gateway.control.raiseBudget('calls', { by: { requests: 2 } });
  // Two was refused a moment ago: it looks again after a second.
  await clock.advance(1_000);
  const ended = await drained(clock, answered, all([one, two, one, two]));
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  // What calls used is told behind their answers.
  for (const { budget } of [one, two]) while ((await budget()).reserved?.requests) await answered();
  await two.gateway.control.resetBudget('calls', { actor: 'ada' });
  await clock.advance(1_000);
  expect(await one.budget()).toMatchObject({ spent: { requests: 0 }, limit: { requests: 4 }, reset: { actor: 'ada' } });
  const after = await drained(clock, answered, all([one, two, one, two, one, two]));
  expect(after.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  for (const { gateway } of [one, two]) await gateway.close({ deadlineMs: 0 });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets the clock go on until something has come: what is lent is called back by its time. The store answers first. */
async function drained<T>(clock: TestClock, answered: () => Promise<unknown>, wanted: Promise<T>): Promise<T> {
  let isThere = false;
  void wanted.finally(() => {
    isThere = true;
  });
  while (!isThere) {
    await answered();
    await clock.advance(20);
  }
  return wanted;
}

describe('a change by hand is seen by every process', { timeout: 30_000 }, () => {
  let directory: string;
  let server: RedisServer | undefined;
  const clients: Redis[] = [];
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tollgate-raise-'));
    server = redisIsHere ? await RedisServer.start() : undefined;
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    for (const client of clients) client.disconnect();
    await server?.stop();
  });
  const redis = () => {
    const client = new Redis(server?.url ?? '');
    clients.push(client);
    return client;
  };
  const answered = () => Promise.all(clients.map((client) => client.ping()));

  it('on one SQLite file, with slices', async () => {
    await expect(isShared(() => ({ type: 'sqlite', path: join(directory, 'a.db') }))).resolves.toBeUndefined();
  });
  it('on one SQLite file, call by call', async () => {
    await expect(isShared(() => ({ type: 'sqlite', path: join(directory, 'b.db'), slices: false }))).resolves.toBeUndefined();
  });
  it.runIf(redisIsHere)('on one Redis, with slices', async () => {
    await expect(isShared(() => ({ type: 'redis', client: redis(), prefix: 'slices' }), answered)).resolves.toBeUndefined();
  });
  it.runIf(redisIsHere)('on one Redis, call by call', async () => {
    await expect(
      isShared(() => ({ type: 'redis', client: redis(), prefix: 'exact', slices: false }), answered),
    ).resolves.toBeUndefined();
  });
});
