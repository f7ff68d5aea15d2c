import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../src/cli/command-error.ts';
import { keys } from '../../src/cli/keys.ts';
import { plan } from '../../src/cli/plan.ts';
import { schema } from '../../src/cli/schema.ts';
import { usage } from '../../src/cli/usage.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { redisForSuite } from '../support/redis-for-suite.ts';
import { redisIsHere } from '../support/redis-server.ts';
import { file, tollgate } from './command-process.ts';

const CONFIG = {
  providers: { openai: {}, lab: { type: 'openai-compatible', baseURL: 'http://127.0.0.1:1/v1' } },
  models: { fast: ['openai/gpt-5-mini', 'lab/own'], own: ['lab/own'] },
  budgets: [{ name: 'team', each: 'team', limit: { requests: 5 }, window: 'day' }],
  access: { rules: [{ match: { team: 'shop' }, allow: 'fast' }] },
};

describe('tollgate plan', () => {
  const path = file('plan.json', JSON.stringify(CONFIG));

  it('shows the order, the cost and the budgets of a call, without a key and without sending', async () => {
    const { code, stdout, stderr } = await tollgate(['plan', path, '--model', 'fast', '--caller', 'team=shop,user=ann']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^The call would be made\.\nAt most \d+ tokens in, \d+ out/);
    expect(stdout).toMatch(/^ +1 {2}openai\/gpt-5-mini +\$0\.0\d+$/m);
    expect(stdout).toMatch(/^ +2 {2}lab\/own +no known price$/m);
    expect(stdout).toMatch(/^team +requests +1 +5$/m);
  });

  it('ends with 1 where the call would be refused, and says why', async () => {
    const { text, exitCode } = await plan.run([path, '--model', 'own', '--caller', 'team=shop']);
    expect(exitCode).toBe(1);
    expect(text).toMatch(/^The call would be refused: /);
  });

  it('takes params from a file or as JSON, and prints JSON', async () => {
    const params = JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 7 });
    const byText = await plan.run([path, '--params', params, '--json']);
    const byFile = await plan.run([path, '--params', file('params.json', params), '--json']);
    expect(JSON.parse(byText.text)).toMatchObject({ verdict: 'allow', estimate: { outputTokens: 7 } });
    expect(byFile).toEqual(byText);
  });

  it.each([
    [[path], /name a model/],
    [[path, '--model', 'fast', '--caller', 'team'], /expected a caller as in team=search/],
    [[path, '--model', 'fast', '--params', '{"messages": secret'], /^--params: expected a JSON object, or the path/],
    [[path, '--model', 'fast', '--caller', 'team=a,team=b'], /twice/],
    [[path, '--model', 'fast', '--caller', 'team=a', '--caller', 'user=b'], /--caller may stand once only/],
  ])('refuses %j', async (args, message) => {
    await expect(plan.run(args)).rejects.toThrow(message);
    await expect(plan.run(args)).rejects.toBeInstanceOf(CommandError);
  });
});

describe('tollgate keys new', () => {
  it('prints a key once, with an entry that holds its digest only', async () => {
    const { text } = await keys.run([
      'new',
      '--id',
      'shop',
      '--caller',
      'team=shop,tags=eu,tags=prod',
      '--expires',
      '2099-01-31',
      '--json',
    ]);
    const { key, entry } = JSON.parse(text) as { key: string; entry: { hash: string } };
    expect(entry).toEqual({
      id: 'shop',
      hash: `sha256:${createHash('sha256').update(key).digest('hex')}`,
      caller: { team: 'shop', tags: ['eu', 'prod'] },
      expiresAt: '2099-01-31T00:00:00.000Z',
    });
    expect(key).toMatch(/^tg-[\w-]{43}$/);
  });

  it('refuses what it does not know', async () => {
    await expect(keys.run([])).rejects.toThrow('tollgate keys new');
    await expect(keys.run(['nwe'])).rejects.toThrow("did you mean 'new'?");
    await expect(keys.run(['new', '--expires', 'soon'])).rejects.toThrow(
      "--expires: expected a date or time as in 2027-01-31, got 'soon'",
    );
  });
});

const NONE = { failures: 0, inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };

async function filledStore(name: string): Promise<string> {
  const path = join(dirname(file(`${name}.txt`, '')), `${name}.db`);
  const store = new SqliteStore(path);
  await fill(store);
  await store.close();
  return path;
}

async function fill(store: Store): Promise<void> {
  const row = {
    app: '',
    user: '',
    key: '',
    model: 'fast',
    deployment: 'openai/x',
    provider: 'openai',
    ...NONE,
    unpricedRequests: 0,
  };
  const day = Date.parse('2026-03-01T10:00:00Z');
  await store.record(
    'one',
    [{ ...row, hourStartsAt: day, team: 'a', requests: 2, costNanoUsd: 100_000_000, inputTokens: 10 }],
    day,
  );
  await store.record('two', [{ ...row, hourStartsAt: day + 86_400_000, team: '=b', requests: 1, costNanoUsd: 200_000_000 }], day);
}

describe('tollgate keys new --out', () => {
  it('writes the key to a file that its owner alone can read, prints none, and leaves a file that is there', async () => {
    const path = file('beside.txt', '').replace('beside.txt', 'new.key');
    const { text } = await keys.run(['new', '--out', path]);
    const written = readFileSync(path, 'utf8');
    expect(written).toMatch(/^tg-[\w-]{43}\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(text).not.toContain('tg-');
    expect(text).toMatch(/^access:\n {2}keys:\n/);
    await expect(keys.run(['new', '--out', path])).rejects.toThrow(
      `cannot write ${path}: there is something of that name already`,
    );
    expect(readFileSync(path, 'utf8')).toBe(written);
  });

  it('reads a time without an offset as UTC, wherever it runs', async () => {
    const { stdout } = await tollgate(['keys', 'new', '--expires', '2999-07-01T10:00', '--json'], { TZ: 'America/New_York' });
    expect(JSON.parse(stdout)).toMatchObject({ entry: { expiresAt: '2999-07-01T10:00:00.000Z' } });
  });

  it('refuses a key that is over before it begins', async () => {
    await expect(keys.run(['new', '--expires', '2020-01-01'])).rejects.toThrow("--expires: '2020-01-01' is over");
  });
});

describe('tollgate usage', () => {
  it('tells why Redis cannot be reached, without its password', async () => {
    const { code, stderr } = await tollgate(['usage', '--store', 'redis://ann:hidden-password@127.0.0.1:1']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'tollgate: cannot reach Redis at 127.0.0.1:1: nothing answers there\n' });
  });

  it('prints a table with a total, from a SQLite file', async () => {
    const { code, stdout, stderr } = await tollgate([
      'usage',
      '--store',
      `sqlite:${await filledStore('table')}`,
      '--by',
      'team,day',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.trim().split(/ +/))).toEqual([
      ['TEAM', 'DAY', 'REQUESTS', 'FAILURES', 'INPUT', 'OUTPUT', 'USD'],
      ['a', '2026-03-01', '2', '0', '10', '0', '0.1'],
      ['=b', '2026-03-02', '1', '0', '0', '0', '0.2'],
      ['total', '3', '0', '10', '0', '0.3'],
      [''],
    ]);
  });

  it('prints CSV that no spreadsheet takes for a formula, and JSON', async () => {
    const path = await filledStore('csv');
    const csv = (await usage.run(['--store', `sqlite:${path}`, '--by', 'team', '--csv'])).text;
    expect(csv.split('\r\n')[0]).toMatch(/^team,requests,/);
    expect(csv).toContain("\r\n'=b,1,");
    const json = JSON.parse((await usage.run(['--store', `sqlite:${path}`, '--json'])).text) as object[];
    expect(json).toEqual([expect.objectContaining({ requests: 3, costUsd: 0.3 })]);
  });

  it('prints the header of CSV, with the same columns, if nothing was used', async () => {
    const path = await filledStore('header');
    const asked = ['--store', `sqlite:${path}`, '--by', 'team,day', '--csv'];
    const [header] = (await usage.run(asked)).text.split('\r\n');
    expect((await usage.run([...asked, '--since', '2031-01-01'])).text).toBe(`${header}\r\n`);
    expect(header).toMatch(/^team,day,requests,.*,durationMs\.p50,/);
  });

  it('takes a range of days, the last one included, and the store of a configuration', async () => {
    const store = { type: 'sqlite', path: await filledStore('range') };
    const config = file('usage.json', JSON.stringify({ ...CONFIG, store }));
    const rows = async (...range: string[]) =>
      JSON.parse((await usage.run(['--config', config, '--json', ...range])).text) as object[];
    expect(await rows('--until', '2026-03-01')).toMatchObject([{ requests: 2 }]);
    expect(await rows('--since', '2026-03-02')).toMatchObject([{ requests: 1 }]);
    expect(await rows('--since', '2027-01-01')).toEqual([]);
  });

  it.each([
    [[], 'name one store'],
    [['--store', 'sqlite:/nowhere/usage.db'], 'cannot read /nowhere/usage.db: there is no such file or directory'],
    [['--store', 'mongo:x'], '--store: expected sqlite:<path> or redis://host:port'],
    [['--store', 'redis://127.0.0.1:1'], 'cannot reach Redis'],
    [['--store', 'sqlite:x', '--by', 'taem'], "--by: unknown dimension 'taem'; did you mean 'team'?"],
    [['--config', file('memory.json', JSON.stringify(CONFIG))], 'keeps its usage in memory'],
  ])('refuses %j', async (args, message) => {
    await expect(usage.run(args)).rejects.toThrow(message);
  });
});

describe('tollgate schema', () => {
  it('prints what the package exports as schema.json', async () => {
    expect(JSON.parse((await schema.run([])).text)).toEqual(configJsonSchema());
  });
});

describe.runIf(redisIsHere)('tollgate usage over Redis', () => {
  const redis = redisForSuite();

  it('says the same as of a file, with the prefix of its gateway', async () => {
    const store = redisStore({ client: redis.client, prefix: 'own' });
    await fill(store);
    const asked = ['--by', 'team,day'];
    const { text } = await usage.run(['--store', redis.server.url, '--prefix', 'own', ...asked]);
    expect(text).toBe((await usage.run(['--store', `sqlite:${await filledStore('redis')}`, ...asked])).text);
    expect((await usage.run(['--store', redis.server.url])).text).toBe('Nothing was used in that time.\n');
    await store.close();
  });
});
