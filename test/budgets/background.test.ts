import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { BudgetExceededError, type Gateway, type GatewayConfig, routeOf } from 'tollgate';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { failureOf } from '../public/harness.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';
import { counterOf, responsesUsage, TEAM_BUDGETS, WorkUpstream } from './work-upstream.ts';

const ask = (gateway: Gateway, more: Record<string, unknown> = {}) =>
  gateway.responses.create({ model: 'm', input: 'a long task', background: true, max_output_tokens: 30_000, ...more });

/** What 1,000 tokens in and 20,000 out cost at $1 and $2 per million. */
const USED = { usage: responsesUsage(1_000, 20_000) };
const USED_USD = 0.041;

interface Shared {
  readonly name: string;
  /** The same store for every gateway of one test. */
  open(): GatewayConfig['store'];
}

function onEach(shared: Shared): void {
  describe(`a background response, kept in ${shared.name}`, () => {
    let up: WorkUpstream;
    let store: GatewayConfig['store'];
    const gateway = () => up.gateway({ budgets: TEAM_BUDGETS, store });

    beforeEach(async () => {
      up = await WorkUpstream.start();
      store = shared.open();
    });

    it('keeps its hold while anybody polls, who pays nothing', async () => {
      const search = gateway().for({ team: 'search' });
      const response = await ask(search);
      const { spent, reserved } = await counterOf(search, 'search');
      expect(spent).toEqual({ usd: 0, tokens: 0, requests: 0 });
      expect(reserved.tokens).toBeGreaterThan(30_000);
      expect(reserved.usd).toBeGreaterThan(0.06);
      const reader = gateway().for({ team: 'reader' });
      up.end(response.id, { status: 'in_progress' });
      for (let poll = 0; poll < 75; poll++) await reader.responses.retrieve(response.id);
      expect(await counterOf(search, 'search')).toEqual({ spent, reserved });
      expect(await counterOf(reader, 'reader')).toEqual({
        spent: { usd: 0, tokens: 0, requests: 75 },
        reserved: { usd: 0, tokens: 0, requests: 0 },
      });
    });

    it('is settled once, for who began it, by all that see its end at the same time', async () => {
      const search = gateway().for({ team: 'search' });
      const readers = [search, gateway().for({ team: 'reader' }), gateway().for({ team: 'other' })];
      const { id } = await ask(search);
      up.end(id, { status: 'completed', ...USED });
      await Promise.all(Array.from({ length: 30 }, (_, poll) => readers[poll % 3]?.responses.retrieve(id)));
      await Promise.all(readers.map((reader) => reader.responses.retrieve(id)));
      const settled = { usd: USED_USD, tokens: 21_000, requests: 12 };
      expect(await counterOf(search, 'search')).toEqual({ spent: settled, reserved: { usd: 0, tokens: 0, requests: 0 } });
      // By their own processes: what is taken of slices is told to others in batches.
      for (const [place, team] of ['reader', 'other'].entries())
        expect((await counterOf(readers[place + 1] as Gateway, team)).spent).toEqual({ usd: 0, tokens: 0, requests: 11 });
      const rows = await search.control.usage({ by: ['team', 'model'] });
      expect(rows.filter(({ costUsd }) => costUsd > 0)).toEqual([
        expect.objectContaining({
          team: 'search',
          model: 'm',
          requests: 1,
          inputTokens: 1_000,
          outputTokens: 20_000,
          costUsd: USED_USD,
        }),
      ]);
    });

    it('is not settled again by a look long after', async () => {
      const search = gateway().for({ team: 'search' });
      const { id } = await ask(search);
      up.end(id, { status: 'completed', ...USED });
      await search.responses.retrieve(id);
      for (const hours of [2, 20, 30]) {
        up.clock.advance(hours * 3_600_000);
        await gateway().responses.retrieve(id);
      }
      expect((await counterOf(search, 'search')).spent).toEqual({ usd: USED_USD, tokens: 21_000, requests: 2 });
    });

    it('is settled after a restart of the process that began it', async () => {
      const first = gateway();
      const { id } = await ask(first.for({ team: 'search' }));
      await first.close({ deadlineMs: 0 });
      up.end(id, { status: 'completed', ...USED });
      const second = gateway();
      expect((await counterOf(second, 'search')).reserved.tokens).toBeGreaterThan(30_000);
      await second.responses.retrieve(id);
      expect(await counterOf(second, 'search')).toEqual({
        spent: { usd: USED_USD, tokens: 21_000, requests: 1 },
        reserved: { usd: 0, tokens: 0, requests: 0 },
      });
    });

    it('charges all that it held when nobody has looked for a day, until somebody does', async () => {
      const search = gateway().for({ team: 'search' });
      const { id } = await ask(search);
      const { reserved: held } = await counterOf(search, 'search');
      up.clock.advance(86_400_000 - 1);
      expect((await counterOf(search, 'search')).reserved).toEqual(held);
      up.clock.advance(1);
      expect(await counterOf(search, 'search')).toEqual({ spent: held, reserved: { usd: 0, tokens: 0, requests: 0 } });
      up.clock.advance(3_600_000);
      up.end(id, { status: 'completed', ...USED });
      await gateway().responses.retrieve(id);
      expect((await counterOf(search, 'search')).spent).toEqual({ usd: USED_USD, tokens: 21_000, requests: 1 });
    });
  });
}

onEach({ name: 'memory', open: () => new MemoryStore() });

describe('on a disk', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
  let files = 0;
  afterAll(() => rmSync(directory, { recursive: true }));
  onEach({
    name: 'an SQLite file',
    open: () => {
      files += 1;
      return { type: 'sqlite', path: join(directory, `${files}.db`) };
    },
  });
});

describe.runIf(redisIsHere)('on a server', () => {
  let server: RedisServer;
  let client: Redis;
  let prefixes = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis(server.url);
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  it('charges work that goes on although the counters are lost meanwhile', async () => {
    const up = await WorkUpstream.start();
    const gateway = up.gateway({ budgets: TEAM_BUDGETS, store: { type: 'redis', client, prefix: 'wiped' } });
    const { id } = await ask(gateway.for({ team: 'search' }));
    await client.flushdb();
    up.end(id, { status: 'completed', ...USED });
    await failureOf(gateway.for({ team: 'reader' }).responses.retrieve(id));
    const spent = async () => {
      up.clock.advance(1_000);
      await gateway
        .for({ team: 'reader' })
        .responses.retrieve(id)
        .catch(() => undefined);
      return (await counterOf(gateway, 'search').catch(() => undefined))?.spent;
    };
    await expect.poll(spent, { timeout: 15_000, interval: 20 }).toEqual({ usd: USED_USD, tokens: 21_000, requests: 1 });
    expect(await spent()).toEqual({ usd: USED_USD, tokens: 21_000, requests: 1 });
  });

  onEach({
    name: 'Redis',
    open: () => {
      prefixes += 1;
      return { type: 'redis', client, prefix: `work${prefixes}` };
    },
  });
});

describe('a strict limit', () => {
  it('is not passed by any number of background calls, whatever their answers say at first', async () => {
    const up = await WorkUpstream.start();
    const gateway = up.gateway({ budgets: [{ name: 'all', limit: { usd: 0.2 }, window: 'lifetime' }] });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => ask(gateway)));
    const refused = outcomes
      .filter(({ status }) => status === 'rejected')
      .map((outcome) => (outcome as PromiseRejectedResult).reason);
    expect(refused).toHaveLength(17);
    for (const error of refused) expect(error).toBeInstanceOf(BudgetExceededError);
    for (const id of up.works.keys()) up.end(id, { status: 'completed', usage: responsesUsage(20, 30_000) });
    for (const id of up.works.keys()) await gateway.responses.retrieve(id);
    const [balance] = await gateway.control.budgets();
    expect(balance).toMatchObject({ spent: { usd: 3 * 0.060_02 }, reserved: { usd: 0 } });
    const last = await failureOf(ask(gateway));
    expect(last).toBeInstanceOf(BudgetExceededError);
    expect(routeOf(last)?.attempts).toEqual([]);
  });
});
