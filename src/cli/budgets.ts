import { type Control, controlOf } from '../gateway/control.ts';
import { readArguments, suggestion } from './arguments.ts';
import { adjustmentOf, raiseOf } from './budgets/read-change.ts';
import { balancesText, raisedText, resetText } from './budgets/to-text.ts';
import { callerOfText } from './caller-of-text.ts';
import type { Command } from './command.ts';
import { CommandError } from './command-error.ts';
import { coreOfFile } from './core-of-file.ts';
import { openNamedStore, openStoreOf } from './open-store.ts';

const HELP = `Usage: tollgate budgets list [name] --config <config> [--caller team=a,user=b] [--json]
       tollgate budgets raise <name> --config <config> (--by usd=50 | --limit usd=500) [--windows 2 | --until <time>] [...]
       tollgate budgets reset <name> --config <config> [...]

Shows what budgets have left, raises one for a while, or lets what was spent in this window count no longer. Changes are kept in
the store, with reason and actor; every process that uses it follows within seconds.

  --config <config>   the configuration with the budgets; its store is used: a SQLite file, or the client of a module
  --store <store>     another store: sqlite:<path>, or redis://host:port (with ioredis or redis installed beside tollgate)
  --prefix <prefix>   of the keys in Redis, with --store, if the gateway has one
  --caller <caller>   lists what applies to a caller, as in team=search,user=ann
  --by <amounts>      how much more, in the units of the budget's limit: usd=50 or usd=50,requests=100; 0 ends a raise
  --limit <amounts>   the limit in place of the configured one
  --windows <count>   for how many windows, this one included; default: 1
  --until <time>      until then, a date or time of ISO 8601, UTC without an offset; a date includes its day
  --values <values>   whose counter, if the budget has 'each': team=search
  --reason <words>    why, kept with the change
  --actor <who>       who asks for it, kept with the change
  --json              prints JSON; times are milliseconds since the epoch
  --help              prints this

Ends with 0; with 2 if the change cannot be made, or the store cannot be read.
`;

const ACTIONS = ['list', 'raise', 'reset'] as const;
type Action = (typeof ACTIONS)[number];

const PLACE = {
  config: { type: 'string' },
  store: { type: 'string' },
  prefix: { type: 'string' },
  json: { type: 'boolean' },
} as const;
const CHANGE = { values: { type: 'string' }, reason: { type: 'string' }, actor: { type: 'string' } } as const;
const AMOUNTS = {
  by: { type: 'string' },
  limit: { type: 'string' },
  windows: { type: 'string' },
  until: { type: 'string' },
} as const;

/** Shows budgets and changes them by hand. */
export const budgets: Command = {
  help: HELP,
  async run([action, ...args]) {
    switch (actionOf(action)) {
      case 'list':
        return { text: await list(args), exitCode: 0 };
      case 'raise':
        return { text: await raise(args), exitCode: 0 };
      case 'reset':
        return { text: await reset(args), exitCode: 0 };
    }
  },
};

function actionOf(text: string | undefined): Action {
  const action = ACTIONS.find((known) => known === text);
  if (action !== undefined) return action;
  if (text === undefined) throw new CommandError('say what to do, as in: tollgate budgets list --config gateway.yaml');
  throw new CommandError(`unknown action '${text}' of budgets${suggestion(text, ACTIONS)}`);
}

async function list(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments(args, { ...PLACE, caller: { type: 'string' }, values: { type: 'string' } });
  if (values.values !== undefined)
    throw new CommandError(`--values is for raise and reset, list takes --caller ${values.values}`);
  const [name, ...further] = positionals;
  if (further.length > 0) throw new CommandError(`expected one budget, got ${positionals.length}`);
  const caller = values.caller === undefined ? undefined : callerOfText(values.caller);
  const shown = await withControl(values, async (control, names) => {
    if (name !== undefined && !names.includes(name))
      throw new CommandError(`there is no budget '${name}'${suggestion(name, names)}`);
    return (await control.budgets(caller)).filter((balance) => name === undefined || balance.name === name);
  });
  return values.json ? toJson(shown) : balancesText(shown);
}

async function raise(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments(args, { ...PLACE, ...CHANGE, ...AMOUNTS });
  const [name, change] = [
    oneBudget(positionals, 'tollgate budgets raise team --config gateway.yaml --by usd=50'),
    raiseOf(values),
  ];
  const raised = await withControl(values, (control) => control.raiseBudget(name, change));
  return values.json ? toJson(raised) : raisedText(raised);
}

async function reset(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments(args, { ...PLACE, ...CHANGE });
  const [name, change] = [oneBudget(positionals, 'tollgate budgets reset team --config gateway.yaml'), adjustmentOf(values)];
  const done = await withControl(values, (control) => control.resetBudget(name, change));
  return values.json ? toJson(done) : resetText(done);
}

function oneBudget([name, ...further]: readonly string[], example: string): string {
  if (name === undefined) throw new CommandError(`name a budget, as in: ${example}`);
  if (further.length > 0) throw new CommandError(`expected one budget, got ${further.length + 1}`);
  return name;
}

interface Place {
  readonly config?: string | undefined;
  readonly store?: string | undefined;
  readonly prefix?: string | undefined;
}

type Ask<T> = (control: Control, names: readonly string[]) => Promise<T>;

/** Asks the control of a gateway over the store that is named. What it says of a field is said of the option. */
async function withControl<T>({ config, store, prefix }: Place, ask: Ask<T>): Promise<T> {
  if (config === undefined) throw new CommandError('name the configuration with the budgets, as in: --config gateway.yaml');
  const opened = store === undefined ? await openStoreOf(config, 'budgets') : await openNamedStore(store, prefix);
  try {
    const core = await coreOfFile(config, opened.store);
    try {
      return await ask(
        controlOf(core, undefined),
        core.snapshot.plan.budgets.map(({ name }) => name),
      );
    } finally {
      await core.composition.close(0);
    }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new CommandError(optionsOf(error.message));
  } finally {
    await opened.close();
  }
}

/** Fields of a change are options here: `values.team` is a pair of `--values`. */
function optionsOf(message: string): string {
  return message
    .replace(/^(?=(values|by|limit|windows|until|reason|actor)\b)/, '--')
    .replace(/^--values\.(\S+) must be a string/, '--values: expected $1=…');
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
