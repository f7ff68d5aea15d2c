import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closestNames } from '../core/closest-name.ts';
import { CommandError } from './command-error.ts';

/** Reads a command's options and the arguments between them. Throws `CommandError` for an option that it has not. */
export function readArguments<T extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(reasonOf(error, Object.keys(options)));
  }
}

/** `; did you mean 'x'?` where a name is close to one of those that there are, else nothing. */
export function suggestion(name: string, known: Iterable<string>): string {
  const [closest] = closestNames(name, known, 1);
  return closest === undefined ? '' : `; did you mean '${closest}'?`;
}

/** Node's messages go on with advice behind their first sentence. */
function reasonOf(error: unknown, known: readonly string[]): string {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('. ', 1);
  const unknown = /^Unknown option '(-+[^']*)'/.exec(reason)?.[1];
  if (unknown === undefined) return reason;
  return `unknown option '${unknown}'${suggestion(
    unknown,
    known.map((name) => `--${name}`),
  )}`;
}
