import { nanoToUsd, usdToNano } from '../core/money.ts';
import type { UsageDimension, UsageRow } from '../ledger/ledger.ts';
import { USAGE_DIMENSIONS } from '../ledger/usage-query.ts';
import { toUsageRows } from '../ledger/usage-rows.ts';
import { usageToCsv } from '../ledger/usage-to-csv.ts';
import { readArguments, suggestion } from './arguments.ts';
import type { Command } from './command.ts';
import { CommandError } from './command-error.ts';
import { endOf, instant } from './instant.ts';
import { type OpenedStore, openNamedStore, openStoreOf } from './open-store.ts';
import { table } from './table.ts';

const HELP = `Usage: tollgate usage (--config <config> | --store <store>) [--by team,day] [--since <time>] [--until <time>] [--csv | --json]

Prints what was used: requests, failures, tokens and dollars, summed by what --by names. It only reads.

  --config <config>  a configuration whose store is asked: a SQLite file, or the client of a module
  --store <store>    sqlite:<path>, or redis://host:port (with ioredis or redis installed beside tollgate)
  --prefix <prefix>  of the keys in Redis, if the gateway has one
  --by <dimensions>  any of team, app, user, key, model, deployment, provider, day, with commas; default: the sum
  --since <time>     from then on, a date or time of ISO 8601, UTC without an offset. The report counts by the hour
  --until <time>     up to then; a date includes its day
  --csv              prints CSV
  --json             prints JSON
  --help             prints this

Ends with 0; with 2 if the store cannot be read.
`;

/** What was used, from a store. */
export const usage: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      config: { type: 'string' },
      store: { type: 'string' },
      prefix: { type: 'string' },
      by: { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      csv: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    if (positionals.length > 0) throw new CommandError(`expected options only, got '${positionals[0]}'`);
    if (values.csv && values.json) throw new CommandError('give --csv or --json, not both');
    const by = dimensionsOf(values.by);
    const since = values.since === undefined ? undefined : instant(values.since, '--since');
    const until = values.until === undefined ? undefined : endOf(values.until, '--until');
    const opened = await openStore(values);
    try {
      const rows = sorted(toUsageRows(await opened.store.usage({ since, until }), { by }), by);
      return { text: textOf(rows, by, values), exitCode: 0 };
    } finally {
      await opened.close();
    }
  },
};

interface Place {
  readonly config?: string | undefined;
  readonly store?: string | undefined;
  readonly prefix?: string | undefined;
}

async function openStore({ config, store, prefix }: Place): Promise<OpenedStore> {
  if (config !== undefined && store === undefined) return openStoreOf(config, 'usage');
  if (store !== undefined && config === undefined) return openNamedStore(store, prefix);
  throw new CommandError('name one store, as in: tollgate usage --store sqlite:usage.db, or --config gateway.yaml');
}

function dimensionsOf(text: string | undefined): UsageDimension[] {
  const names = text?.split(',').map((name) => name.trim()) ?? [];
  return names.map((name) => {
    const known = USAGE_DIMENSIONS.find((dimension) => dimension === name);
    if (known !== undefined) return known;
    const hint = suggestion(name, USAGE_DIMENSIONS) || `, expected any of ${USAGE_DIMENSIONS.join(', ')}`;
    throw new CommandError(`--by: unknown dimension '${name}'${hint}`);
  });
}

/** By day if days are asked for, else the dearest first. */
function sorted(rows: readonly UsageRow[], by: readonly UsageDimension[]): UsageRow[] {
  const dearest = (a: UsageRow, b: UsageRow) => b.costUsd - a.costUsd || b.requests - a.requests;
  if (!by.includes('day')) return [...rows].sort(dearest);
  return [...rows].sort((a, b) => (a.day ?? '').localeCompare(b.day ?? '') || dearest(a, b));
}

function textOf(
  rows: readonly UsageRow[],
  by: readonly UsageDimension[],
  { csv, json }: { readonly csv?: boolean | undefined; readonly json?: boolean | undefined },
): string {
  if (json) return `${JSON.stringify(rows, null, 2)}\n`;
  if (csv) return usageToCsv(rows, by);
  if (rows.length === 0) return 'Nothing was used in that time.\n';
  const head = [...by.map((dimension) => dimension.toUpperCase()), 'REQUESTS', 'FAILURES', 'INPUT', 'OUTPUT', 'USD'];
  const lines = rows.map((row) => [...by.map((dimension) => row[dimension] ?? '-'), ...cellsOf(row)]);
  const total = rows.length < 2 || by.length === 0 ? [] : [['total', ...by.slice(1).map(() => ''), ...cellsOf(sumOf(rows))]];
  const numeric = new Set(head.keys().drop(by.length));
  const unpriced = rows.reduce((sum, row) => sum + row.unpricedRequests, 0);
  const missing = unpriced === 0 ? '' : `\nThe cost of ${unpriced} attempts is not known and is missing.\n`;
  return table([head, ...lines, ...total], numeric) + missing;
}

type Sums = Pick<UsageRow, 'requests' | 'failures' | 'inputTokens' | 'outputTokens' | 'costUsd'>;

function cellsOf({ requests, failures, inputTokens, outputTokens, costUsd }: Sums): string[] {
  return [requests, failures, inputTokens, outputTokens, costUsd].map(String);
}

/** Dollars are added as nano-dollars, so that the sum has no rounding of its own. */
function sumOf(rows: readonly UsageRow[]): Sums {
  const add = (measure: keyof Sums) => rows.reduce((sum, row) => sum + row[measure], 0);
  const costNanoUsd = rows.reduce((sum, row) => sum + usdToNano(row.costUsd), 0);
  return {
    requests: add('requests'),
    failures: add('failures'),
    inputTokens: add('inputTokens'),
    outputTokens: add('outputTokens'),
    costUsd: nanoToUsd(costNanoUsd),
  };
}
