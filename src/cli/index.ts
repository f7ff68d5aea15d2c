#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { assertPlatform } from '../core/platform.ts';
import { systemReason } from '../core/system-reason.ts';
import { suggestion } from './arguments.ts';
import type { Command } from './command.ts';
import { CommandError } from './command-error.ts';

/** Every subcommand; its module is loaded when it is asked for. */
const COMMANDS: ReadonlyMap<string, { readonly summary: string; load(): Promise<Command> }> = new Map([
  [
    'check',
    {
      summary: 'all that is wrong with a configuration, and what in it has no effect',
      load: async () => (await import('./check.ts')).check,
    },
  ],
  [
    'plan',
    {
      summary: 'how a call would go: verdict, estimate, deployments in order, budgets; sends nothing',
      load: async () => (await import('./plan.ts')).plan,
    },
  ],
  [
    'prices',
    {
      summary: 'what each deployment of a configuration costs, and which have no known price',
      load: async () => (await import('./prices.ts')).prices,
    },
  ],
  [
    'usage',
    {
      summary: 'requests, tokens and dollars from a store, by team, model, day and more',
      load: async () => (await import('./usage.ts')).usage,
    },
  ],
  [
    'budgets',
    {
      summary: 'what budgets have left; raises one for a while, or lets what was spent count no longer',
      load: async () => (await import('./budgets.ts')).budgets,
    },
  ],
  [
    'keys',
    {
      summary: 'makes a virtual key: the key for its user, the hash for the configuration',
      load: async () => (await import('./keys.ts')).keys,
    },
  ],
  [
    'import',
    {
      summary: "turns a configuration of LiteLLM or Portkey into one of Tollgate's",
      load: async () => (await import('./import.ts')).importConfig,
    },
  ],
  [
    'schema',
    {
      summary: 'prints the JSON Schema of configurations',
      load: async () => (await import('./schema.ts')).schema,
    },
  ],
]);

const HELP_OPTIONS: ReadonlySet<string | undefined> = new Set(['--help', '-h', 'help']);

interface Ending {
  readonly stream: NodeJS.WriteStream;
  readonly text: string;
  readonly exitCode: 0 | 1 | 2;
}

// Standard error is one line, or an object: what Node warns of stands nowhere.
process.removeAllListeners('warning');
// Nothing is left that could go on: a module of the user's awaits what never comes.
process.once('beforeExit', () => end(toEnding(new CommandError('a module waits for something that never comes'))));
answer(process.argv.slice(2)).catch(toEnding).then(end);

/** Whatever a module of the user's left open does not keep the process. */
function end({ stream, text, exitCode }: Ending): void {
  // Every error of the stream is told to the callback of what was written.
  stream.on('error', () => {});
  stream.write(text, (error: (Error & { code?: string }) | null | undefined) => {
    // A reader that has seen enough, as `head` has, is no failure.
    if (error === null || error === undefined || error.code === 'EPIPE' || stream === process.stderr) process.exit(exitCode);
    const ending = toEnding(new CommandError(`cannot write to standard output: ${systemReason(error)}`));
    process.stderr.write(ending.text, () => process.exit(ending.exitCode));
  });
}

async function answer([name, ...args]: readonly string[]): Promise<Ending> {
  if (name === undefined) return { stream: process.stderr, text: help(), exitCode: 2 };
  if (name === 'help' && args[0] !== undefined) return answer([args[0], '--help']);
  if (HELP_OPTIONS.has(name)) return { stream: process.stdout, text: help(), exitCode: 0 };
  if (name === '--version' || name === '-v') return { stream: process.stdout, text: `${version()}\n`, exitCode: 0 };
  const found = COMMANDS.get(name);
  if (found === undefined) throw new CommandError(unknown(name));
  assertPlatform();
  const command = await found.load();
  if (asks(args, ['--help', '-h'])) return { stream: process.stdout, text: command.help, exitCode: 0 };
  return { stream: process.stdout, ...(await command.run(args)) };
}

function unknown(name: string): string {
  if (!name.startsWith('-')) return `unknown command '${name}'${suggestion(name, COMMANDS.keys())}`;
  return `unknown option '${name}'${suggestion(name, ['--help', '--version'])}`;
}

function asks(args: readonly string[], options: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => options.includes(arg));
}

/** An error is one line, whatever it says; with `--json` that line is an object. */
function toEnding(error: unknown): Ending {
  const written = error instanceof Error ? error.message : String(error);
  // A client's errors begin with the status that a server would have given.
  const status = error instanceof Error ? Reflect.get(error, 'status') : undefined;
  const start = typeof status === 'number' ? `${status} ` : '';
  const told = written.startsWith(start) ? written.slice(start.length) : written;
  const reason = told.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const text = asks(process.argv.slice(2), ['--json']) ? JSON.stringify({ error: { message: reason } }) : `tollgate: ${reason}`;
  return { stream: process.stderr, text: `${text}\n`, exitCode: 2 };
}

function help(): string {
  const width = Math.max(...[...COMMANDS.keys()].map((name) => name.length));
  const commands = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`).join('');
  return `Usage: tollgate <command> [options]\n\n${commands}\n  tollgate <command> --help tells of one; --version prints the version.\n`;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
