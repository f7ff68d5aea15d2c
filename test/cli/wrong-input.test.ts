import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { budgets } from '../../src/cli/budgets.ts';
import { check } from '../../src/cli/check.ts';
import type { Command } from '../../src/cli/command.ts';
import { importConfig } from '../../src/cli/import.ts';
import { keys } from '../../src/cli/keys.ts';
import { plan } from '../../src/cli/plan.ts';
import { prices } from '../../src/cli/prices.ts';
import { schema } from '../../src/cli/schema.ts';
import { usage } from '../../src/cli/usage.ts';
import { file, tollgate } from './command-process.ts';

const good = file('good.yaml', 'providers: { openai: {} }\nmodels: { fast: [openai/gpt-5-mini] }\n');
const here = dirname(good);
const missing = join(here, 'missing.yaml');
const directory = join(here, 'directory.yaml');
const below = join(good, 'below.yaml');
mkdirSync(directory);
const bad = file('bad.yaml', 'providers:\n  a: [1\n b: {');
const short = file('short.json', '{"providers":');
const list = file('list.yaml', '- 1\n');
const noModels = file('no-models.yaml', 'model_list: 3\n');
const text = file('text.db', 'no database, though it is long enough to have a header of SQLite, and then some more');

/** Every command that reads a file, with the arguments in front of it and behind. */
const READERS: readonly [name: string, command: Command, args: (path: string) => string[]][] = [
  ['check', check, (path) => [path]],
  ['prices', prices, (path) => [path, '--json']],
  ['plan', plan, (path) => [path, '--model', 'fast', '--json']],
  ['usage', usage, (path) => ['--config', path, '--json']],
  ['budgets list', budgets, (path) => ['list', '--config', path, '--json']],
  ['budgets raise', budgets, (path) => ['raise', 'team', '--config', path, '--by', 'usd=1']],
  ['budgets reset', budgets, (path) => ['reset', 'team', '--config', path]],
  ['import', importConfig, (path) => ['litellm', path]],
];

function refusal(command: Command, args: readonly string[]): Promise<string> {
  return command.run(args).then(
    ({ text }) => `printed ${text}`,
    (error: unknown) => `${error instanceof Error ? `${error.name}: ${error.message}` : error}`,
  );
}

describe.each(READERS)('%s', (_name, command, args) => {
  it.each([
    ['is missing', missing, `cannot read ${missing}: there is no such file or directory`],
    ['is a directory', directory, `cannot read ${directory}: it is a directory`],
    ['has a file for a directory', below, `cannot read ${below}: a part of the path is a file and no directory`],
    ['is no YAML', bad, `${bad} is not valid YAML: `],
  ])('says in one sentence that its file %s', async (_what, path, sentence) => {
    const told = await refusal(command, args(path));
    expect(told.startsWith(`CommandError: ${sentence}`), told).toBe(true);
    expect(told).not.toMatch(/\n|[A-Z]{2,}_[A-Z]|\bE[A-Z]{4,}\b/);
  });
});

describe('a command', () => {
  it.each<[string, Command, string[], string]>([
    ['JSON that ends too early', prices, [short], `${short} is not valid JSON: it ends too early`],
    ['a file without an object', prices, [list], `${list} is no valid configuration: expected a configuration: `],
    ['no file', prices, [], 'name a file, as in: tollgate prices gateway.yaml'],
    ['two files', prices, [good, good], 'expected one file, got 2'],
    ['params in a file that is missing', plan, [good, '--params', missing], `--params: cannot read ${missing}: there is no such`],
    ['an option without its value', plan, [good, '--model'], 'expected a value behind --model'],
    ['an option before another', plan, [good, '--model', '--json'], 'expected a value behind --model'],
    ['a value for a switch', check, [good, '--json=1'], '--json takes no value'],
    ['a database without a path', usage, ['--store', 'sqlite:'], '--store: expected sqlite:<path> or redis://host:port'],
    ['a database that is missing', usage, ['--store', `sqlite:${missing}`], `cannot read ${missing}: there is no such file`],
    ['a directory for a database', usage, ['--store', `sqlite:${here}`], `cannot read ${here}: it is a directory`],
    ['a text for a database', usage, ['--store', `sqlite:${text}`], `SQLite could not open ${text}: file is not a database`],
    [
      'a Redis that is away',
      usage,
      ['--store', 'redis://u:pw@127.0.0.1:1'],
      'cannot reach Redis at 127.0.0.1:1: nothing answers',
    ],
    [
      'an unknown dimension',
      usage,
      ['--store', `sqlite:${text}`, '--by', 'x'],
      "--by: unknown dimension 'x', expected any of team",
    ],
    ['a key over a file', keys, ['new', '--out', good], `cannot write ${good}: there is something of that name already`],
    [
      'a key into no directory',
      keys,
      ['new', '--out', join(missing, 'k')],
      `cannot write ${join(missing, 'k')}: there is no such`,
    ],
    ['an argument that is none', keys, ['new', 'shop'], "unknown argument 'shop': a key is named by --id"],
    ['a day that its month has not', keys, ['new', '--expires', '2027-02-30'], '--expires: expected a date or time'],
    ['params that are a list', plan, [good, '--params', '[]'], '--params: expected a JSON object'],
    ['an amount below 0', budgets, ['raise', 'team', '--by', 'usd=-5'], "--by: usd: expected a number of 0 or more, got '-5'"],
    ['two ways to raise', budgets, ['raise', 'a', '--by', 'usd=1', '--limit', 'usd=1'], 'give --by or --limit, not both'],
    ['models that are no list', importConfig, ['litellm', noModels], `${noModels}: model_list: expected a list of models`],
    ['a directory without an ending', check, [here], `cannot read ${here}: it is a directory`],
  ])('given %s says what is wrong', async (_what, command, args, sentence) => {
    const told = await refusal(command, args);
    expect(told.startsWith(`CommandError: ${sentence}`) || told.startsWith(`StoreError: ${sentence}`), told).toBe(true);
  });

  it('prints its schema with --json as without', async () => {
    expect(await schema.run(['--json'])).toEqual(await schema.run([]));
  });

  it('as a process writes the sentence as one line to standard error, nothing else, and no colour', async () => {
    const stderr = `tollgate: cannot read ${missing}: there is no such file or directory\n`;
    expect(await tollgate(['prices', missing], { FORCE_COLOR: '1' })).toEqual({ code: 2, stdout: '', stderr });
  });
});
