import { configJsonSchema } from '../config/by-schema.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { CommandError } from './command-error.ts';

const HELP = `Usage: tollgate schema [--json]

Prints the JSON Schema (draft 2020-12) of configuration files, for editors and validators. The package exports the same
as tollgate/schema.json.

  --json  is what it prints anyway
  --help  prints this

Ends with 0.
`;

/** The JSON Schema of configurations. */
export const schema: Command = {
  help: HELP,
  async run(args) {
    const { positionals } = readArguments(args, { json: { type: 'boolean' } });
    if (positionals.length > 0) throw new CommandError(`expected no arguments, got ${positionals.length}`);
    return { text: `${JSON.stringify(configJsonSchema(), null, 2)}\n`, exitCode: 0 };
  },
};
