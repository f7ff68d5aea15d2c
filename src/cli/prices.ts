import { systemClock } from '../core/clock.ts';
import type { AppliedPrice } from '../core/price.ts';
import { type PricedModel, type PriceState, pricesOfPlan } from '../ledger/plan-prices.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { oneFile } from './one-file.ts';
import { planOfFile } from './plan-of-file.ts';
import { table } from './table.ts';

const HELP = `Usage: tollgate prices <config> [--json] [--check]

Prints what each deployment of a configuration costs now, where its price is from, and which have no known price.
<config> is a JSON or YAML file as \`new Gateway(path)\` takes it, or a module (.js, .mjs, .cjs, .ts, .mts, .cts) that
exports the configuration as its default or as \`config\`. A module is run. Nothing is sent, no store is opened, and no
key of a provider is needed; variables that are not set matter only if they name models or prices.

  --json   prints the same as JSON
  --check  ends with 1 if a deployment has no known price
  --help   prints this

Ends with 0; with 2 if the configuration cannot be read or is invalid.
`;

/** What each deployment of a configuration costs, and which have no known price. */
export const prices: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readArguments(args, { json: { type: 'boolean' }, check: { type: 'boolean' } });
    const path = oneFile(positionals, 'tollgate prices gateway.yaml');
    const models = pricesOfPlan(await planOfFile(path), systemClock.now());
    const unpriced = unpricedOf(models);
    return {
      text: values.json ? toJson(models, unpriced) : toText(models, unpriced),
      exitCode: values.check && unpriced.length > 0 ? 1 : 0,
    };
  },
};

interface Place {
  readonly model: string;
  readonly deployment: string;
}

function unpricedOf(models: readonly PricedModel[]): Place[] {
  return models.flatMap(({ model, deployments }) =>
    deployments
      .filter(({ state }) => state.status === 'unpriced')
      .map(({ deployment }) => ({ model, deployment: deployment.id })),
  );
}

function toJson(models: readonly PricedModel[], unpriced: readonly Place[]): string {
  const shown = models.map(({ model, deployments }) => ({
    model,
    deployments: deployments.map(({ deployment: { id, provider, upstreamModel }, state }) => ({
      deployment: id,
      provider,
      upstreamModel,
      ...state,
    })),
  }));
  return `${JSON.stringify({ models: shown, unpriced }, null, 2)}\n`;
}

function toText(models: readonly PricedModel[], unpriced: readonly Place[]): string {
  if (models.length === 0) return 'The configuration declares no models.\n';
  const rows = models.flatMap(({ model, deployments }) =>
    deployments.map(({ deployment, state }, place) => [place === 0 ? model : '', deployment.id, ...cellsOf(state)]),
  );
  const columns = table([['MODEL', 'DEPLOYMENT', 'INPUT', 'OUTPUT', 'FROM'], ...rows], NUMERIC);
  return `${columns}\nDollars per million tokens. ${summaryOf(rows.length, unpriced)}\n`;
}

/** Columns of numbers: input and output. */
const NUMERIC: ReadonlySet<number> = new Set([2, 3]);

function cellsOf(state: PriceState): [input: string, output: string, from: string] {
  switch (state.status) {
    case 'priced': {
      const starts = state.tiers.map(({ aboveInputTokens }) => aboveInputTokens.toLocaleString('en-US'));
      const { from: origin, asOf } = state.price;
      const source = asOf === undefined ? origin : `${origin}, as of ${asOf}`;
      const above = starts.length === 0 ? source : `${source}; other prices above ${starts.join(' and ')} input tokens`;
      const units = unitsOf(state.price);
      const from = [above, ...units].join('; ');
      const hasTokens = units.length === 0 || state.price.input > 0 || state.price.output > 0;
      return hasTokens ? [toDecimal(state.price.input), toDecimal(state.price.output), from] : ['-', '-', from];
    }
    case 'unpriced':
      return ['-', '-', 'no price'];
    case 'by-name':
      return ['-', '-', 'by the name asked for'];
  }
}

function unitsOf({ request, image, minute, character, session }: AppliedPrice): string[] {
  const units = { request, image, minute, character, session };
  return Object.entries(units).flatMap(([unit, usd]) => (usd === undefined ? [] : [`$${usd} for each ${unit}`]));
}

/** The finest price is a millionth of a dollar. */
function toDecimal(usd: number): string {
  return String(Number(usd.toFixed(6)));
}

function summaryOf(deployments: number, unpriced: readonly Place[]): string {
  if (unpriced.length === 0) return 'None is without a price.';
  const places = unpriced.map(({ model, deployment }) => `${deployment} of ${model}`);
  return `${unpriced.length} of ${deployments} without a price: ${places.join(', ')}.`;
}
