import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fieldOf, hasFunctions, isContainer } from '../config/containers.ts';
import type { Environment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { redact } from '../core/redact.ts';
import { CommandError } from './command-error.ts';
import { requireFile } from './require-file.ts';

const FILES: ReadonlySet<string> = new Set(['.json', '.yaml', '.yml']);
const MODULES: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']);

/**
 * Reads a configuration as a gateway does, or runs the module that exports it, or a function or promise of it, as its default
 * or as `config`. Throws `ConfigurationError` for a file that cannot be read or parsed, `CommandError` for a module without a
 * configuration.
 */
export async function readConfig(path: string, environment: Environment): Promise<unknown> {
  const ending = extname(path).toLowerCase();
  if (FILES.has(ending)) return loadConfig(path, environment);
  requireFile(path);
  if (MODULES.has(ending)) return exportOf(path);
  throw new CommandError(`expected a file that ends in ${[...FILES, ...MODULES].join(', ')}: ${path}`);
}

async function exportOf(path: string): Promise<unknown> {
  const exported = await run(path);
  const found = chosen(exported);
  const config = await settled(path, typeof found === 'function' ? () => found() : () => found);
  if (isGateway(config))
    throw new CommandError(
      `${path} exports a gateway: export the configuration that it is made of, as its default or as 'config'`,
    );
  if (isContainer(config)) return config;
  throw new CommandError(
    `${path} exports no configuration as its default or as 'config': an object, or a function or promise of one`,
  );
}

/** All exports of a CommonJS module are its default: a `config` among them, which no configuration has, is what is meant. */
function chosen({ default: main, config }: { readonly default?: unknown; readonly config?: unknown }): unknown {
  const own = isGateway(main) ? undefined : (fieldOf(main, 'config') ?? main);
  return own ?? config ?? main;
}

function isGateway(value: unknown): boolean {
  return hasFunctions(value, ['for', 'handler']);
}

async function run(path: string): Promise<{ readonly default?: unknown; readonly config?: unknown }> {
  return settled(path, () => import(pathToFileURL(resolve(path)).href));
}

/** What code of the user's gives. Throws `CommandError` if it throws. */
async function settled<T>(path: string, run: () => T): Promise<Awaited<T>> {
  try {
    return await run();
  } catch (error) {
    throw new CommandError(`cannot run ${path}: ${redact(reasonOf(error))}`);
  }
}

/** Node's first line; what it means if a file of ES modules is taken for CommonJS, it says in a warning only. */
function reasonOf(error: unknown): string {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  const isModule = error instanceof SyntaxError && /^(?:Cannot use import statement|Unexpected token 'export')/.test(reason);
  return isModule ? `${reason}: end its name in .mjs or .mts, or set "type": "module" in package.json` : reason;
}
