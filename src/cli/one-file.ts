import { CommandError } from './command-error.ts';

/** The only argument, which names a file. Throws `CommandError` if there is none or another one; `example`: how it is said. */
export function oneFile([path, ...further]: readonly string[], example: string): string {
  if (path === undefined) throw new CommandError(`name a file, as in: ${example}`);
  if (further.length > 0) throw new CommandError(`expected one file, got ${further.length + 1}`);
  return path;
}
