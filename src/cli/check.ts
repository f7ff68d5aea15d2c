import { readArguments } from './arguments.ts';
import type { Finding } from './check/finding.ts';
import { findingsOfFile } from './check/findings-of-file.ts';
import type { Command } from './command.ts';
import { oneFile } from './one-file.ts';
import { table } from './table.ts';

const HELP = `Usage: tollgate check <config> [--json] [--allow-warnings] [--this-machine]

Says all that is wrong with a configuration: paths and names that no gateway starts with, and what would have no effect:
fallbacks that are not reached, access rules and budgets that never match, rules that others make pointless, models that
nobody may use, deployments without a price, providers without a model. <config> is a JSON or YAML file, or a module that
exports the configuration, or a function or promise of it; a module is run. Nothing is sent and no store is opened.

  --json            prints { ok, findings } as JSON
  --allow-warnings  ends with 1 for errors only
  --this-machine    the keys and variables that the configuration needs must be set here
  --help            prints this

Ends with 0 if nothing is wrong (notes do not count), 1 if something is, 2 if the file cannot be read.
`;

/** All that is wrong with a configuration, for people and for CI. */
export const check: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      json: { type: 'boolean' },
      'allow-warnings': { type: 'boolean' },
      'this-machine': { type: 'boolean' },
    });
    const path = oneFile(positionals, 'tollgate check gateway.yaml');
    const findings = await findingsOfFile(path, values['this-machine'] ? 'this' : 'any');
    const fails: ReadonlySet<string> = new Set(values['allow-warnings'] ? ['error'] : ['error', 'warning']);
    const ok = !findings.some(({ severity }) => fails.has(severity));
    return {
      text: values.json ? `${JSON.stringify({ ok, findings }, null, 2)}\n` : toText(findings),
      exitCode: ok ? 0 : 1,
    };
  },
};

const ORDER = ['error', 'warning', 'note'] as const;

function toText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing is wrong.\n';
  const sorted = ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  const rows = sorted.map(({ severity, path, message }) => [severity, path, message]);
  const counts = ORDER.map((severity) => counted(severity, findings.filter((finding) => finding.severity === severity).length));
  return `${table(rows, new Set())}\n${counts.join(', ')}.\n`;
}

function counted(severity: string, count: number): string {
  return `${count} ${severity}${count === 1 ? '' : 's'}`;
}
