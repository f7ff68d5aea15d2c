import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closestNames } from '../core/closest-name.ts';
import { CommandError } from './command-error.ts';

/**
 * Reads a command's options and the arguments between them. Throws `CommandError` for an option that it has not, and for one
 * with a value that stands twice, as the first value would have no effect.
 */
export function readArguments<T extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: T) {
  const parsed = parsedArguments(args, options);
  const valued = parsed.tokens.flatMap((token) => (token.kind === 'option' && token.value !== undefined ? [token.name] : []));
  const twice = valued.find((name, place) => valued.indexOf(name) !== place);
  if (twice !== undefined) throw new CommandError(`--${twice} may stand once only`);
  return parsed;
}

function parsedArguments<T extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true });
  } catch (error) {
    throw new CommandError(reasonOf(error, Object.keys(options)));
  }
}

/** `; did you mean 'x'?` if a name is close to one of those that there are, else nothing. */
export function suggestion(name: string, known: Iterable<string>): string {
  const [closest] = closestNames(name, known, 1);
  return closest === undefined ? '' : `; did you mean '${closest}'?`;
}

/** Node's messages go on with advice behind their first sentence. */
function reasonOf(error: unknown, known: readonly string[]): string {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('. ', 1);
  const valueless = /^Option '(?:-\w, )?(--[\w-]+)(?: <value>)?' argument (?:is )?(?:missing|ambiguous)/.exec(reason)?.[1];
  if (valueless !== undefined) return `expected a value behind ${valueless}`;
  const switched = /^Option '(?:-\w, )?(--[\w-]+)' does not take an argument/.exec(reason)?.[1];
  if (switched !== undefined) return `${switched} takes no value`;
  const unknown = /^Unknown option '(-+[^']*)'/.exec(reason)?.[1];
  if (unknown === undefined) return reason;
  return `unknown option '${unknown}'${suggestion(
    unknown,
    known.map((name) => `--${name}`),
  )}`;
}
