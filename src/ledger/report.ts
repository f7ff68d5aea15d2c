import type { Budget, BudgetUnit } from '../core/budget.ts';
import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import { inGroups } from '../core/in-groups.ts';
import type { Plan } from '../core/plan.ts';
import type { Balance } from '../stores/store.ts';
import { raisedLimit } from './adjustments/adjustment-notes.ts';
import type { Adjusted, Adjustments } from './adjustments/adjustments.ts';
import type { BudgetBook } from './bound-budgets.ts';
import { keyOfValues, valueOfEach, valuesInKey } from './bound-limit.ts';
import type { BudgetBalance } from './budget-balance.ts';
import { chargesOf, denialOf, inUnit, unpriced } from './charges.ts';
import type { BudgetPreview, Denial, Estimate } from './ledger.ts';
import type { SliceBook } from './slices/slice-book.ts';
import type { StorePort } from './store-port.ts';

/** So much is asked of the store at once, so that a report of many counters is no burst before the calls. */
const BUDGETS_AT_ONCE = 8;
const LOOKS_AT_ONCE = 32;

/** Where balances come from. */
export interface BalanceSource {
  readonly port: StorePort;
  readonly book: BudgetBook;
  /** What this process holds for its open calls is shown as reserved. Undefined: nothing is lent. */
  readonly slices: SliceBook | undefined;
  readonly adjustments: Adjustments;
}

/** Every budget's counters; with a caller those that apply to it, whatever model and provider it asks for. */
export async function balancesOf(
  source: BalanceSource,
  plan: Plan,
  caller: Caller | undefined,
  now: number,
): Promise<BudgetBalance[]> {
  const budgets = caller === undefined ? plan.budgets : plan.budgets.filter((budget) => source.book.touches(budget, caller));
  const balances = await inGroups(budgets, BUDGETS_AT_ONCE, (budget) => balancesOfBudget(source, budget, caller, now));
  return balances.flat();
}

/** Which budgets a call would be charged to, their room, and the denial that the first without room gives. */
export async function previewOf(
  { port, book, adjustments }: BalanceSource,
  call: Call,
  estimate: Estimate,
  now: number,
): Promise<BudgetPreview> {
  const bound = book.ofCall(call.plan, call.caller, call.model);
  const configured = chargesOf(bound.limits, estimate, undefined, now);
  await Promise.all(bound.limits.map((limit, place) => configured[place] && adjustments.finds(limit, configured[place])));
  const charges = adjustments.applied(bound.limits, configured);
  const counters = charges.map(({ counter }) => counter);
  const found = await port.read('balances', (store) => store.balances({ counters }, now));
  const used = new Map(found.map((balance) => [balance.counter, balance.spent + balance.reserved]));
  const budgets = new Map<string, BudgetPreview['budgets'][number]>();
  let denial: Denial | undefined = unpriced(bound, estimate, undefined);
  for (const [place, limit] of bound.limits.entries()) {
    const charge = charges[place];
    if (charge === undefined) continue;
    const { name } = limit.budget;
    const remaining = Math.max(charge.limit - (used.get(charge.counter) ?? 0), 0);
    const preview = budgets.get(name) ?? { name, remaining: {}, wouldCharge: {} };
    preview.remaining[limit.unit] = inUnit(limit.unit, remaining);
    preview.wouldCharge[limit.unit] = inUnit(limit.unit, charge.amount);
    budgets.set(name, preview);
    if (denial !== undefined || !limit.enforced || charge.amount <= remaining) continue;
    const { endsAt } = limit.span(now);
    const standing = { limit: adjustments.limitNow(limit, charge.counter), needed: charge.amount, remaining };
    denial = denialOf(limit, standing, typeof endsAt === 'number' ? endsAt - now : null, now);
  }
  return { denial, budgets: [...budgets.values()] };
}

/** One counter as it is shown. */
interface ShownCounter {
  readonly unit: BudgetUnit;
  readonly configured: number;
  readonly label: string;
  readonly resetAt: number | null;
  readonly values: Readonly<Record<string, string>>;
  readonly balance: Balance;
}

async function balancesOfBudget(
  source: BalanceSource,
  budget: Budget,
  caller: Caller | undefined,
  now: number,
): Promise<BudgetBalance[]> {
  const units = Object.entries(budget.limit) as [BudgetUnit, number][];
  const [isAdjusted, ...found] = await Promise.all([
    source.adjustments.isMarked(budget),
    ...units.map(([unit, configured]) => countersOf(source, budget, unit, configured, caller, now)),
  ]);
  const counters = found.flat();
  const adjusted = isAdjusted ? await adjustedOf(source, budget, counters) : [];
  const byValues = new Map<string, BudgetBalance>();
  for (const [place, counter] of counters.entries()) {
    const { label, resetAt, values } = counter;
    const key = keyOfValues(new Map(Object.entries(values)));
    let shown = byValues.get(key);
    if (shown === undefined) {
      shown = { name: budget.name, values, spent: {}, reserved: {}, remaining: {}, limit: {}, window: label, resetAt };
      if (Object.keys(budget.match).length > 0) shown.match = budget.match;
      if (source.slices !== undefined) shown.sliced = {};
      byValues.set(key, shown);
    }
    addUnit(shown, counter, source.slices, adjusted[place]);
  }
  return [...byValues.values()];
}

/** The counters of one unit; one that nothing was charged to if no other is there. */
async function countersOf(
  { port, book }: BalanceSource,
  budget: Budget,
  unit: BudgetUnit,
  configured: number,
  caller: Caller | undefined,
  now: number,
): Promise<ShownCounter[]> {
  const { prefix, label, endsAt } = book.span(budget, unit, now);
  const resetAt = endsAt === undefined ? now + rollingMs(budget) : endsAt;
  const wanted = caller === undefined ? undefined : book.keyOf(budget, unit, caller, now);
  const query = wanted === undefined ? { prefix } : { counters: [wanted] };
  const found = await port.read('balances', (store) => store.balances(query, now));
  const isEmpty = found.length === 0 && (wanted !== undefined || budget.each.length === 0);
  const balances = isEmpty ? [{ counter: wanted ?? prefix, spent: 0, reserved: 0 }] : found;
  return balances
    .map((balance) => ({ unit, configured, label, resetAt, values: valuesInKey(budget, balance.counter, prefix), balance }))
    .filter(({ values }) => caller === undefined || isOf(caller, values));
}

function adjustedOf({ adjustments }: BalanceSource, budget: Budget, counters: readonly ShownCounter[]) {
  return inGroups(counters, LOOKS_AT_ONCE, ({ unit, values, balance: { counter } }) =>
    adjustments.look({ budget, unit, values, counter }),
  );
}

function addUnit(
  shown: BudgetBalance,
  { unit, configured, balance: { counter, spent: allSpent, reserved: single, sliced = 0 } }: ShownCounter,
  slices: SliceBook | undefined,
  adjusted: Adjusted | undefined,
): void {
  const inUse = Math.min(slices?.inUseOf(counter) ?? 0, sliced);
  const reserved = single + inUse;
  const limit = raisedLimit(configured, unit, adjusted?.raise);
  const spent = Math.max(allSpent - (adjusted?.reset?.spent ?? 0), 0);
  if (adjusted !== undefined) tellAdjusted(shown, adjusted);
  shown.spent[unit] = inUnit(unit, spent);
  shown.reserved[unit] = inUnit(unit, reserved);
  if (shown.sliced !== undefined) shown.sliced[unit] = inUnit(unit, sliced - inUse);
  shown.remaining[unit] = inUnit(unit, Math.max(limit - spent - reserved, 0));
  shown.limit[unit] = inUnit(unit, limit);
}

function tellAdjusted(balance: BudgetBalance, { raise, reset }: Adjusted): void {
  if (raise !== undefined) balance.raise = { at: raise.at, reason: raise.reason, actor: raise.actor };
  if (reset !== undefined) balance.reset = { at: reset.at, reason: reset.reason, actor: reset.actor };
}

/** Whether a counter's values are the caller's, as far as the caller has them. */
function isOf(caller: Caller, values: Readonly<Record<string, string>>): boolean {
  return Object.entries(values).every(([dimension, value]) => {
    const own = Object.hasOwn(caller, dimension) ? caller[dimension] : undefined;
    return own === undefined || valueOfEach(own) === value;
  });
}

function rollingMs(budget: Budget): number {
  return budget.window.kind === 'rolling' ? budget.window.lengthMs : 0;
}
