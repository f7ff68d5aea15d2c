import { readFileSync } from 'node:fs';
import { isContainer } from '../config/containers.ts';
import { systemReason } from '../core/system-reason.ts';
import { controlOf, type PlanReport } from '../gateway/control.ts';
import { readArguments } from './arguments.ts';
import { callerOfText } from './caller-of-text.ts';
import type { Command } from './command.ts';
import { CommandError } from './command-error.ts';
import { coreOfFile } from './core-of-file.ts';
import { oneFile } from './one-file.ts';
import { table } from './table.ts';

const HELP = `Usage: tollgate plan <config> --model <model> [--caller team=a,user=b] [--params <file or JSON>] [--store] [--json]

Says how a call would go: whether it is allowed, what it may cost, which deployments are tried in which order, and what
the budgets would be charged. It is what control.plan of a gateway says. Nothing is sent and nothing is charged.

  --model <model>    the model to ask for; may stand in the params instead
  --caller <caller>  who calls, as in team=search,user=ann; default: nobody in particular
  --params <params>  the call's params, a JSON file or JSON itself; default: one short message
  --store            opens the store that the configuration names, so that budgets show what is left; a SQLite file or the
                     clients of a module. Default: budgets as they are before the first call
  --json             prints the report as JSON
  --help             prints this

Ends with 0 if the call would be made, 1 if it would be refused, 2 if that cannot be said.
`;

/** How a call would go. */
export const plan: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      model: { type: 'string' },
      caller: { type: 'string' },
      params: { type: 'string' },
      store: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    const path = oneFile(positionals, 'tollgate plan gateway.yaml --model fast');
    const params = paramsOf(values.params, values.model);
    const caller = values.caller === undefined ? undefined : callerOfText(values.caller);
    const core = await coreOfFile(path, values.store ? 'configured' : 'memory');
    try {
      const report = await controlOf(core, caller).plan(params);
      return {
        text: values.json ? `${JSON.stringify(report, null, 2)}\n` : toText(report),
        exitCode: report.verdict === 'allow' ? 0 : 1,
      };
    } finally {
      await core.composition.close(0);
    }
  },
};

const SHORT_MESSAGE = { messages: [{ role: 'user', content: 'Hello' }] };

function paramsOf(text: string | undefined, model: string | undefined): object {
  const given = text === undefined ? SHORT_MESSAGE : parsed(text);
  const params = model === undefined ? given : { ...given, model };
  if ('model' in params && typeof params.model === 'string') return params;
  throw new CommandError('name a model, as in: tollgate plan gateway.yaml --model fast');
}

function parsed(text: string): object {
  const source = /^\s*[{["]/.test(text) ? text : contentOf(text);
  try {
    const value: unknown = JSON.parse(source);
    if (isContainer(value) && !Array.isArray(value)) return value;
  } catch {
    // Told below; the parser's own message would quote the prompt.
  }
  throw new CommandError('--params: expected a JSON object, or the path of a file with one');
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`--params: cannot read ${path}: ${systemReason(error)}`);
  }
}

function toText({ verdict, reason, estimate, budgets, deployments }: PlanReport): string {
  const lines = [
    reason === undefined
      ? `The call would be made.\n`
      : `The call would be ${verdict === 'deny' ? 'refused' : 'made'}: ${reason}\n`,
    `At most ${estimate.inputTokens} tokens in, ${estimate.outputTokens} out, ${usd(estimate.costUsd)}.\n`,
  ];
  const rows = deployments.map((deployment) => [
    'place' in deployment ? String(deployment.place) : '-',
    deployment.id,
    usd(deployment.costUsd),
    'skipped' in deployment ? `skipped: ${deployment.skipped}` : '',
  ]);
  const charges = budgets.flatMap(({ name, remaining, wouldCharge }) =>
    Object.entries(wouldCharge).map(([unit, charge]) => [name, unit, String(charge), String(remaining[unit] ?? '-')]),
  );
  const tables = [
    ...(rows.length === 0 ? [] : [table([['PLACE', 'DEPLOYMENT', 'AT MOST', ''], ...rows], new Set([0, 2]))]),
    ...(charges.length === 0 ? [] : [table([['BUDGET', 'UNIT', 'CHARGE', 'LEFT'], ...charges], new Set([2, 3]))]),
  ];
  return [lines.join(''), ...tables].join('\n');
}

function usd(amount: number | undefined): string {
  return amount === undefined ? 'no known price' : `$${amount}`;
}
