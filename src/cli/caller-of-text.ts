import { normaliseCaller } from '../access/caller.ts';
import type { Caller } from '../core/caller.ts';
import { CommandError } from './command-error.ts';

/** A caller as in `team=search,user=ann`; several `tags=` make a list. Throws `CommandError` for another form. */
export function callerOfText(text: string): Caller {
  const caller: Record<string, string | string[]> = {};
  const tags: string[] = [];
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const [name, value] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (at <= 0 || value === '') throw new CommandError(`expected a caller as in team=search,user=ann, got '${part}'`);
    if (name === 'tags') tags.push(value);
    else if (Object.hasOwn(caller, name)) throw new CommandError(`the caller has '${name}' twice`);
    else Object.defineProperty(caller, name, { value, enumerable: true });
  }
  if (tags.length > 0) caller.tags = tags;
  try {
    return normaliseCaller(caller);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}
