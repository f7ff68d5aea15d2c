import type { RaisedBudget, ResetBudget } from '../../core/budget-adjustment.ts';
import type { BalanceAdjustment, BudgetBalance } from '../../ledger/budget-balance.ts';
import { table } from '../table.ts';

const HEAD = ['BUDGET', 'OF', 'UNIT', 'SPENT', 'RESERVED', 'SLICED', 'LEFT', 'LIMIT', 'RESETS', 'BY HAND'];
const NUMERIC: ReadonlySet<number> = new Set([3, 4, 5, 6, 7]);

/** A line for each counter and unit. */
export function balancesText(balances: readonly BudgetBalance[]): string {
  if (balances.length === 0)
    return 'Nothing has been counted there. With --caller, a counter is shown that has counted nothing, too.\n';
  const rows = balances.flatMap((balance) =>
    Object.keys(balance.limit).map((unit) => [
      balance.name,
      valuesText(balance.values),
      unit,
      ...[balance.spent, balance.reserved, balance.sliced, balance.remaining, balance.limit].map((of) => String(of?.[unit] ?? 0)),
      balance.resetAt === null ? 'never' : timeText(balance.resetAt),
      [changeText('raised', balance.raise), changeText('reset', balance.reset)].filter((text) => text !== '').join('; '),
    ]),
  );
  return table([HEAD, ...rows], NUMERIC);
}

export function raisedText({ budget, values, limit, until }: RaisedBudget): string {
  const end = until === null ? 'for good' : `until ${timeText(until)}`;
  return `${nameText(budget, values)} has ${amountsText(limit)} ${end}.\n${whereToSee(budget, values)}`;
}

/** A counter that has counted nothing is listed only for its caller; one of a model or provider has none. */
function whereToSee(budget: string, values: Readonly<Record<string, string>>): string {
  const dimensions = Object.keys(values);
  if (dimensions.length === 0 || dimensions.some((dimension) => OF_CALLS.has(dimension))) return '';
  return `To see it, also before it has counted a call: tollgate budgets list ${budget} --caller ${valuesText(values)}\n`;
}

const OF_CALLS: ReadonlySet<string> = new Set(['model', 'provider', 'deployment']);

export function resetText({ budget, values, spent, until }: ResetBudget): string {
  const end = until === null ? '' : `, which ends at ${timeText(until)}`;
  return `${nameText(budget, values)} starts again: ${amountsText(spent)} no longer count in this window${end}.\n`;
}

function nameText(budget: string, values: Readonly<Record<string, string>>): string {
  const whose = valuesText(values);
  return whose === '-' ? `'${budget}'` : `'${budget}' of ${whose}`;
}

function amountsText(amounts: Readonly<Record<string, number>>): string {
  return Object.entries(amounts)
    .map(([unit, amount]) => (unit === 'usd' ? `$${amount}` : `${amount} ${unit}`))
    .join(', ');
}

function valuesText(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([dimension, value]) => `${dimension}=${value}`);
  return pairs.length === 0 ? '-' : plain(pairs.join(','));
}

function changeText(word: string, change: BalanceAdjustment | undefined): string {
  if (change === undefined) return '';
  const who = change.actor === undefined ? '' : ` by ${change.actor}`;
  const why = change.reason === undefined ? '' : ` (${change.reason})`;
  return plain(`${word}${who}${why}`);
}

/** What somebody wrote takes one line, and tells a terminal nothing. */
function plain(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ');
}

function timeText(at: number): string {
  return new Date(at).toISOString().replace(/:00\.000Z$/, 'Z');
}
