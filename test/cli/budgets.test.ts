import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { budgets } from '../../src/cli/budgets.ts';
import { CommandError } from '../../src/cli/command-error.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import { RedisServer, redisIsHere } from '../support/redis-server.ts';
import { file, tollgate } from './command-process.ts';

const BUDGETS = [
  { name: 'team', each: 'team', limit: { usd: 5, requests: 10 }, window: 'lifetime' },
  { name: 'all', limit: { requests: 100 }, window: 'lifetime' },
  { name: 'rate', limit: { requests: 60 }, window: { rolling: '1m' } },
];
const CONFIG = { providers: { openai: {} }, models: { fast: ['openai/gpt-5-mini'] }, budgets: BUDGETS };

/** A configuration whose store has 2 requests and 1 dollar of the team `search`. */
async function filled(name: string): Promise<string> {
  const path = join(dirname(file(`${name}.txt`, '')), `${name}.db`);
  const store = new SqliteStore(path);
  const window = { kind: 'calendar', endsAt: null } as const;
  const charges = [
    { counter: 'team|requests|lifetime|search', amount: 2, limit: 10, enforced: true, window },
    { counter: 'team|usd|lifetime|search', amount: 1e9, limit: 5e9, enforced: true, window },
  ];
  store.reserve('call', charges, 1_000, Date.now());
  store.settle('call', [2, 1e9], Date.now());
  store.close();
  return file(`${name}.json`, JSON.stringify({ ...CONFIG, store: { type: 'sqlite', path } }));
}

async function emptyStore(): Promise<string> {
  const path = join(dirname(file('empty.txt', '')), 'empty.db');
  new SqliteStore(path).close();
  return `sqlite:${path}`;
}

const run = async (...args: string[]) => (await budgets.run(args)).text;
const listed = async (config: string, ...args: string[]) =>
  JSON.parse(await run('list', ...args, '--config', config, '--json')) as object[];

describe('tollgate budgets', () => {
  it('shows what each counter has left, as a table of a process without keys', async () => {
    const { code, stdout, stderr } = await tollgate(['budgets', 'list', '--config', await filled('list')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^team +team=search +usd +1 +0 +0 +4 +5 +never$/m);
    expect(stdout).toMatch(/^team +team=search +requests +2 +0 +0 +8 +10 +never$/m);
    expect(stdout).toMatch(/^all +- +requests +0 +0 +0 +100 +100 +never$/m);
  });

  it('shows one budget, and what applies to a caller', async () => {
    const config = await filled('one');
    expect(await listed(config, 'team')).toMatchObject([{ name: 'team', values: { team: 'search' } }]);
    expect(await listed(config, 'team', '--caller', 'team=shop')).toMatchObject([
      { values: { team: 'shop' }, spent: { usd: 0 } },
    ]);
  });

  it('shows a counter that was raised and has counted nothing to whom names its caller, and says so to others', async () => {
    const config = await filled('fresh');
    const raised = await run('raise', 'team', '--config', config, '--values', 'team=shop', '--by', 'usd=1');
    expect(raised).toMatch(/^To see it, .*: tollgate budgets list team --caller team=shop$/m);
    expect(await listed(config, 'team', '--caller', 'team=shop')).toMatchObject([{ limit: { usd: 6 }, spent: { usd: 0 } }]);
    const other = file('nothing.json', JSON.stringify({ ...CONFIG, budgets: [BUDGETS[0]], store: 'memory' }));
    expect(await run('list', 'team', '--config', other, '--store', await emptyStore())).toMatch(
      /^Nothing has been counted there\. .*--caller/,
    );
  });

  it('raises a counter for a while, with reason and actor, and takes it back', async () => {
    const config = await filled('raise');
    const change = ['--config', config, '--values', 'team=search'];
    const text = await run('raise', 'team', ...change, '--by', 'usd=2.5,requests=5', '--until', '2099-01-31', '--actor', 'ada');
    expect(text.split('\n')[0]).toBe("'team' of team=search has 15 requests, $7.5 until 2099-02-01T00:00Z.");
    const why = 'the launch\u001b[31m';
    const json = await run('raise', 'team', ...change, '--limit', 'usd=9', '--windows', '2', '--reason', why, '--json');
    expect(JSON.parse(json)).toMatchObject({ limit: { usd: 9, requests: 10 }, until: null, reason: why });
    expect(await listed(config, 'team')).toMatchObject([{ limit: { usd: 9 }, remaining: { usd: 8 }, raise: { reason: why } }]);
    expect(await run('list', 'team', '--config', config)).toMatch(/ usd .* raised \(the launch \[31m\)$/m);
    await run('raise', 'team', ...change, '--by', 'usd=0');
    expect(await listed(config, 'team')).toMatchObject([{ limit: { usd: 5 } }]);
  });

  it('lets what was spent count no longer', async () => {
    const config = await filled('reset');
    const text = await run('reset', 'team', '--config', config, '--values', 'team=search', '--actor', 'ada');
    expect(text).toBe("'team' of team=search starts again: 2 requests, $1 no longer count in this window.\n");
    expect(await listed(config, 'team')).toMatchObject([{ spent: { usd: 0 }, remaining: { usd: 5 }, reset: { actor: 'ada' } }]);
    expect(await run('list', 'team', '--config', config)).toContain('reset by ada');
  });

  it.runIf(redisIsHere)('changes budgets in the Redis that is named, whatever store the configuration has', async () => {
    const server = await RedisServer.start();
    const place = ['--config', file('redis.json', JSON.stringify(CONFIG)), '--store', server.url, '--prefix', 'own'];
    expect(await run('raise', 'all', ...place, '--by', 'requests=1')).toBe("'all' has 101 requests for good.\n");
    expect(JSON.parse(await run('list', 'all', ...place, '--json'))).toMatchObject([{ limit: { requests: 101 } }]);
    await server.stop();
  });

  it.each([
    [[], 'say what to do, as in: tollgate budgets list'],
    [['rise', 'team'], "unknown action 'rise' of budgets; did you mean 'raise'?"],
    [['list', 'team', '--values', 'team=shop'], '--values is for raise and reset, list takes --caller team=shop'],
    [['raise', '--by', 'usd=1'], 'name a budget, as in: tollgate budgets raise team'],
    [['raise', 'team'], 'give --by or --limit'],
    [['raise', 'team', '--by', 'usd=1', '--limit', 'usd=1'], 'give --by or --limit'],
    [['raise', 'team', '--by', '5'], "--by: expected usd=50, got '5'"],
    [['raise', 'team', '--by', 'usd=-5'], "--by: usd: expected a number of 0 or more, got '-5'"],
    [['raise', 'team', '--by', 'usd=1,usd=2'], '--by has the same name twice'],
    [['raise', 'team', '--by', 'usd=1', '--windows', '1', '--until', '2099-01-01'], 'give --windows or --until, not both'],
    [['raise', 'team', '--by', 'usd=1', '--until', 'soon'], '--until: expected a date or time'],
    [['reset', 'team', 'all'], 'expected one budget, got 2'],
    [['raise', 'all', '--by', 'requests=1'], 'name the configuration with the budgets'],
  ])('refuses %j before anything is opened', async (args, message) => {
    await expect(budgets.run(args)).rejects.toThrow(message);
    await expect(budgets.run(args)).rejects.toBeInstanceOf(CommandError);
  });

  it.each([
    [['list', 'taem'], "there is no budget 'taem'; did you mean 'team'?"],
    [['raise', 'taem', '--by', 'usd=1'], "There is no budget 'taem'; there are: 'team', 'all', 'rate'"],
    [['raise', 'team', '--by', 'usd=1'], "--values: expected team=…: whose counter of 'team' is meant"],
    [['raise', 'team', '--values', 'user=ann', '--by', 'usd=1'], "--values.user: the budget 'team' has no such dimension"],
    [['raise', 'all', '--by', 'usd=1'], "--by.usd: the budget 'all' limits requests"],
    [['raise', 'all', '--by', 'requests=1', '--until', '2020-01-01'], "--until: '2020-01-01' is over"],
    [['reset', 'rate'], "The budget 'rate' has a rolling window"],
  ])('says what is wrong with %j, in one line', async (args, message) => {
    const config = await filled('wrong');
    await expect(budgets.run([...args, '--config', config])).rejects.toThrow(message);
    await expect(budgets.run([...args, '--config', config])).rejects.toBeInstanceOf(CommandError);
  });

  it('ends with 2 over counters in memory, which no other process can change', async () => {
    const { code, stderr } = await tollgate(['budgets', 'reset', 'all', '--config', file('none.json', JSON.stringify(CONFIG))]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tollgate: .* keeps its budgets in memory, .*\n$/);
  });
});
