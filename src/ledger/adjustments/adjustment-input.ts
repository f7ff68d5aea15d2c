import type { Budget, BudgetUnit } from '../../core/budget.ts';
import type { BudgetAdjustment, BudgetRaise } from '../../core/budget-adjustment.ts';
import { isLimitUsd, LARGEST_LIMIT_USD, SMALLEST_LIMIT_USD, usdToNano } from '../../core/money.ts';
import { calendarWindow } from '../windows.ts';

const LONGEST_REASON = 500;
const LONGEST_ACTOR = 200;
const MOST_WINDOWS = 1_000;

type Amounts = Partial<Record<BudgetUnit, number>>;

/** The budget of a name. Throws a `RangeError` that lists those that are there. */
export function budgetNamed(budgets: readonly Budget[], name: unknown): Budget {
  const found = budgets.find((budget) => budget.name === name);
  if (found === undefined) {
    const names = budgets.map((budget) => `'${budget.name}'`).join(', ') || 'none';
    throw new RangeError(`There is no budget '${String(name)}'; there are: ${names}`);
  }
  if (found.onExceed.action === 'shadow') {
    throw new RangeError(
      `The budget '${found.name}' refuses nothing (onExceed: 'shadow'): there is nothing to raise or to reset`,
    );
  }
  return found;
}

const OF_ADJUSTMENTS = ['values', 'reason', 'actor'];
const OF_RAISES = ['by', 'limit', 'windows', 'until', ...OF_ADJUSTMENTS];

/** Throws a `TypeError` that names a field that a raise has not: mistyped, it would leave the default in force. */
export function checkRaise(raise: unknown): void {
  checkFields('a raise', raise, OF_RAISES);
}

/** The same of a reset. */
export function checkReset(reset: unknown): void {
  checkFields('a reset', reset, OF_ADJUSTMENTS);
}

function checkFields(what: string, given: unknown, known: readonly string[]): void {
  const unknown = Object.keys(objectAt(what, given)).find((field) => !known.includes(field));
  if (unknown !== undefined) throw new TypeError(`${unknown} is no field of ${what}; there are: ${known.join(', ')}`);
}

/** Whose counter: a value for each dimension of the budget, in their order. Throws a `TypeError` for any other. */
export function valuesOf({ name, each }: Budget, values: unknown): Record<string, string> {
  const given = objectAt('values', values ?? {});
  for (const dimension of Object.keys(given)) {
    if (!each.includes(dimension)) throw new TypeError(`values.${dimension}: the budget '${name}' has no such dimension`);
  }
  return Object.fromEntries(
    each.map((dimension) => {
      const value = given[dimension];
      if (typeof value !== 'string')
        throw new TypeError(`values.${dimension} must be a string: whose counter of '${name}' is meant`);
      return [dimension, value];
    }),
  );
}

/** Reason and actor, as they are kept. */
export function wordsOf({ reason, actor }: BudgetAdjustment): Pick<BudgetAdjustment, 'reason' | 'actor'> {
  return { reason: textAt('reason', reason, LONGEST_REASON), actor: textAt('actor', actor, LONGEST_ACTOR) };
}

/** By how much or to what, in integers; `usd` in nano-dollars. */
export function amountsOf(budget: Budget, { by, limit }: BudgetRaise): { by: Amounts } | { limit: Amounts } {
  if ((by === undefined) === (limit === undefined)) throw new TypeError('A raise needs either by or limit');
  return by === undefined ? { limit: toAmounts(budget, 'limit', limit) } : { by: toAmounts(budget, 'by', by) };
}

/** When a raise ends, milliseconds since the epoch; null: never. */
export function endOf({ window }: Budget, { windows, until }: BudgetRaise, now: number): number | null {
  if (until !== undefined) {
    if (windows !== undefined) throw new TypeError('A raise needs either windows or until');
    if (!Number.isSafeInteger(until) || until <= now) {
      throw new RangeError('until must be a time to come, in milliseconds since the epoch');
    }
    return until;
  }
  const count = windows ?? 1;
  if (!Number.isSafeInteger(count) || count < 1 || count > MOST_WINDOWS) {
    throw new RangeError(`windows must be a whole number from 1 to ${MOST_WINDOWS}`);
  }
  if (window.kind === 'rolling') return now + count * window.lengthMs;
  let end = now;
  for (let left = count; left > 0; left--) {
    const { endsAt } = calendarWindow(window.unit, window.timezone, end);
    if (endsAt === null) return null;
    end = endsAt;
  }
  return end;
}

function toAmounts(budget: Budget, path: string, given: unknown): Amounts {
  const amounts: Amounts = {};
  for (const [unit, amount] of Object.entries(objectAt(path, given))) {
    if (!isUnitOf(budget, unit)) {
      throw new RangeError(`${path}.${unit}: the budget '${budget.name}' limits ${Object.keys(budget.limit).join(', ')}`);
    }
    amounts[unit] = toAmount(`${path}.${unit}`, unit, amount);
  }
  if (Object.keys(amounts).length === 0) throw new TypeError(`${path} must name an amount`);
  return amounts;
}

function toAmount(path: string, unit: BudgetUnit, amount: unknown): number {
  if (unit === 'usd') {
    if (typeof amount !== 'number' || !isLimitUsd(amount)) {
      throw new RangeError(`${path} must be dollars: 0, or from ${SMALLEST_LIMIT_USD} to ${LARGEST_LIMIT_USD}`);
    }
    return usdToNano(amount);
  }
  if (typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount < 0) {
    throw new RangeError(`${path} must be a whole number from 0 on`);
  }
  return amount;
}

function isUnitOf({ limit }: Budget, unit: string): unit is BudgetUnit {
  return Object.hasOwn(limit, unit);
}

function objectAt(path: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${path} must be an object`);
  return value as Record<string, unknown>;
}

function textAt(path: string, value: unknown, longest: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > longest) {
    throw new TypeError(`${path} must be a string of at most ${longest} characters`);
  }
  return value;
}
