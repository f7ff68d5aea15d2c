import { createVirtualKey } from '../access/virtual-keys.ts';
import { readArguments, suggestion } from './arguments.ts';
import { callerOfText } from './caller-of-text.ts';
import type { Command } from './command.ts';
import { CommandError } from './command-error.ts';
import { instant } from './instant.ts';

const HELP = `Usage: tollgate keys new [--id <id>] [--caller team=a,user=b] [--expires 2027-01-31] [--json]

Makes a virtual key. The key is printed once and kept nowhere: give it to its user. The entry below it goes into
access.keys of the configuration and holds only the key's SHA-256 digest.

  --id <id>          name of the entry, safe to print; default: key
  --caller <caller>  who calls with the key, as in team=search,app=bot
  --expires <time>   when it ends, a date or time of ISO 8601; default: never
  --json             prints { key, entry } as JSON
  --help             prints this

Ends with 0.
`;

/** Makes virtual keys. */
export const keys: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      id: { type: 'string' },
      caller: { type: 'string' },
      expires: { type: 'string' },
      json: { type: 'boolean' },
    });
    const [action, ...further] = positionals;
    if (action === undefined || further.length > 0) throw new CommandError('say what to do, as in: tollgate keys new --id shop');
    if (action !== 'new') throw new CommandError(`unknown action '${action}' of keys${suggestion(action, ['new'])}`);
    const { key, hash } = createVirtualKey();
    const entry = {
      id: idOf(values.id ?? 'key'),
      hash,
      caller: values.caller === undefined ? {} : callerOfText(values.caller),
      ...(values.expires !== undefined && { expiresAt: new Date(instant(values.expires, '--expires')).toISOString() }),
    };
    return { text: values.json ? `${JSON.stringify({ key, entry }, null, 2)}\n` : toText(key, entry), exitCode: 0 };
  },
};

function idOf(id: string): string {
  if (/^(?!\s)[^\p{Cc}]{1,256}(?<!\s)$/u.test(id)) return id;
  throw new CommandError('expected an id of 1 to 256 characters without control characters or spaces at its ends');
}

/** JSON is YAML too, so that the entry fits into either form of file. */
function toText(key: string, entry: object): string {
  const fields = Object.entries(entry).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `${key}\n\nIt is not shown again. For the configuration:\n\naccess:\n  keys:\n    - ${fields.join('\n      ')}\n`;
}
