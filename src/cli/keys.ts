import { writeFileSync } from 'node:fs';
import { createVirtualKey } from '../access/virtual-keys.ts';
import { systemReason } from '../core/system-reason.ts';
import { readArguments, suggestion } from './arguments.ts';
import { callerOfText } from './caller-of-text.ts';
import type { Command } from './command.ts';
import { CommandError } from './command-error.ts';
import { instant, stillToCome } from './instant.ts';

const HELP = `Usage: tollgate keys new [--id <id>] [--caller team=a,user=b] [--expires 2027-01-31] [--out <file>] [--json]

Makes a virtual key. The key is printed once and kept nowhere, or written to a file: give it to its user. The entry below it goes into
access.keys of the configuration and holds only the key's SHA-256 digest.

  --id <id>          name of the entry, safe to print; default: key
  --caller <caller>  who calls with the key, as in team=search,app=bot
  --expires <time>   when it ends, a date or time of ISO 8601; default: never
  --out <file>       writes the key to a new file that only you can read (mode 600), and prints the entry alone
  --json             prints { key, entry } as JSON; with --out { entry }
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
      out: { type: 'string' },
      json: { type: 'boolean' },
    });
    const [action, ...further] = positionals;
    if (action === undefined) throw new CommandError('say what to do, as in: tollgate keys new --id shop');
    if (action !== 'new') throw new CommandError(`unknown action '${action}' of keys${suggestion(action, ['new'])}`);
    if (further.length > 0) throw new CommandError(`unknown argument '${further[0]}': a key is named by --id`);
    const { key, hash } = createVirtualKey();
    const entry = {
      id: idOf(values.id ?? 'key'),
      hash,
      caller: values.caller === undefined ? {} : callerOfText(values.caller),
      ...(values.expires !== undefined && { expiresAt: expiryOf(values.expires) }),
    };
    if (values.out !== undefined) writeKey(values.out, key);
    const shown = values.out === undefined ? key : undefined;
    return { text: values.json ? `${JSON.stringify({ key: shown, entry }, null, 2)}\n` : toText(shown, entry), exitCode: 0 };
  },
};

function idOf(id: string): string {
  if (/^(?!\s)[^\p{Cc}]{1,256}(?<!\s)$/u.test(id)) return id;
  throw new CommandError('expected an id of 1 to 256 characters without control characters or spaces at its ends');
}

function expiryOf(written: string): string {
  return new Date(stillToCome(instant(written, '--expires'), written, '--expires')).toISOString();
}

/** A file that is there is left as it is: it may hold a key that is in use. */
function writeKey(path: string, key: string): void {
  try {
    writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${systemReason(error)}`);
  }
}

/** JSON is YAML too, so that the entry fits into either form of file. */
function toText(key: string | undefined, entry: object): string {
  const fields = Object.entries(entry).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const head = key === undefined ? '' : `${key}\n\nIt is not shown again. For the configuration:\n\n`;
  return `${head}access:\n  keys:\n    - ${fields.join('\n      ')}\n`;
}
