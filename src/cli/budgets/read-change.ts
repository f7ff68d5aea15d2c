import type { BudgetAdjustment, BudgetRaise } from '../../core/budget-adjustment.ts';
import { CommandError } from '../command-error.ts';
import { endOf, stillToCome } from '../instant.ts';

/** The options of a change, as they were written. */
interface WrittenChange {
  readonly values?: string | undefined;
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
}

interface WrittenRaise extends WrittenChange {
  readonly by?: string | undefined;
  readonly limit?: string | undefined;
  readonly windows?: string | undefined;
  readonly until?: string | undefined;
}

/** Whose counter, why and by whom. Throws `CommandError` for what cannot be read. */
export function adjustmentOf({ values, reason, actor }: WrittenChange): BudgetAdjustment {
  return { values: values === undefined ? undefined : pairsOf('values', values, 'team=search'), reason, actor };
}

/** The same with how much more, and for how long. */
export function raiseOf(written: WrittenRaise): BudgetRaise {
  const { by, limit, windows, until } = written;
  if (by === undefined && limit === undefined) throw new CommandError('give --by or --limit, as in: --by usd=50');
  if (by !== undefined && limit !== undefined) throw new CommandError('give --by or --limit, not both');
  if (windows !== undefined && until !== undefined) throw new CommandError('give --windows or --until, not both');
  return {
    ...adjustmentOf(written),
    by: by === undefined ? undefined : amountsOf('by', by),
    limit: limit === undefined ? undefined : amountsOf('limit', limit),
    windows: windows === undefined ? undefined : numberOf('windows', windows),
    until: until === undefined ? undefined : stillToCome(endOf(until, '--until'), until, '--until'),
  };
}

function amountsOf(option: string, text: string): Record<string, number> {
  const pairs = Object.entries(pairsOf(option, text, 'usd=50'));
  return Object.fromEntries(pairs.map(([unit, amount]) => [unit, numberOf(`${option}: ${unit}`, amount)]));
}

function numberOf(option: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new CommandError(`--${option}: expected a number of 0 or more, got '${text}'`);
  return Number(text);
}

/** A comma belongs to the value, unless another name follows it. */
function pairsOf(option: string, text: string, example: string): Record<string, string> {
  const pairs = text.split(/,(?=[^,=]+=)/).map((part): [string, string] => {
    const at = part.indexOf('=');
    if (at <= 0) throw new CommandError(`--${option}: expected ${example}, got '${part}'`);
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  const named = new Map(pairs);
  if (named.size < pairs.length) throw new CommandError(`--${option} has the same name twice`);
  return Object.fromEntries(named);
}
