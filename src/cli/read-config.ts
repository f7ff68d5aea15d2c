import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isContainer } from '../config/containers.ts';
import type { Environment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { redact } from '../core/redact.ts';
import { CommandError } from './command-error.ts';
import { requireFile } from './require-file.ts';

const FILES: ReadonlySet<string> = new Set(['.json', '.yaml', '.yml']);
const MODULES: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']);

/**
 * Reads a configuration as a gateway does, or runs the module that exports it as its default or as `config`. Throws
 * `ConfigurationError` for a file that cannot be read or parsed, `CommandError` for a module without a configuration.
 */
export async function readConfig(path: string, environment: Environment): Promise<unknown> {
  const ending = extname(path).toLowerCase();
  if (FILES.has(ending)) return loadConfig(path, environment);
  if (MODULES.has(ending)) return exportOf(path);
  throw new CommandError(`expected a file that ends in ${[...FILES, ...MODULES].join(', ')}: ${path}`);
}

async function exportOf(path: string): Promise<unknown> {
  requireFile(path);
  const exported = await run(path);
  const config = exported.default ?? exported.config;
  if (isContainer(config)) return config;
  throw new CommandError(`${path} exports no configuration: a plain object, as its default or as 'config'`);
}

async function run(path: string): Promise<{ readonly default?: unknown; readonly config?: unknown }> {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot run ${path}: ${redact(reason.split('\n', 1)[0] ?? '')}`);
  }
}
