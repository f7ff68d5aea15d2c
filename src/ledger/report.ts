import type { Budget, BudgetUnit } from '../core/budget.ts';
import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import type { Plan } from '../core/plan.ts';
import { raisedLimit } from './adjustments/adjustment-notes.ts';
import type { Adjusted, Adjustments } from './adjustments/adjustments.ts';
import type { BudgetBook } from './bound-budgets.ts';
import { valuesInKey } from './bound-limit.ts';
import type { BudgetBalance } from './budget-balance.ts';
import { chargesOf, denialOf, inUnit, unpriced } from './charges.ts';
import type { BudgetPreview, Denial, Estimate } from './ledger.ts';
import type { SliceBook } from './slices/slice-book.ts';
import type { StorePort } from './store-port.ts';

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
  const balances: BudgetBalance[] = [];
  for (const budget of plan.budgets) {
    if (caller !== undefined && !source.book.touches(budget, caller)) continue;
    balances.push(...(await balancesOfBudget(source, budget, caller, now)));
  }
  return balances;
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
    const { endsAt } = limit.counter(now);
    denial = denialOf(limit, charge.amount, remaining, typeof endsAt === 'number' ? endsAt - now : null, now);
  }
  return { denial, budgets: [...budgets.values()] };
}

async function balancesOfBudget(
  { port, book, slices, adjustments }: BalanceSource,
  budget: Budget,
  caller: Caller | undefined,
  now: number,
): Promise<BudgetBalance[]> {
  const byValues = new Map<string, BudgetBalance>();
  const isAdjusted = await adjustments.isMarked(budget);
  for (const [unit, configured] of Object.entries(budget.limit) as [BudgetUnit, number][]) {
    const { key: prefix, label, endsAt } = book.prefix(budget, unit, now);
    const resetAt = endsAt === undefined ? now + rollingMs(budget) : endsAt;
    const wanted = caller === undefined ? undefined : book.keyOf(budget, unit, caller, now);
    const query = wanted === undefined ? { prefix } : { counters: [wanted] };
    const found = await port.read('balances', (store) => store.balances(query, now));
    const shown =
      found.length > 0 || (wanted === undefined && budget.each.length > 0)
        ? found
        : [{ counter: wanted ?? prefix, spent: 0, reserved: 0 }];
    for (const { counter, spent: allSpent, reserved: single, sliced = 0 } of shown) {
      const inUse = Math.min(slices?.inUseOf(counter) ?? 0, sliced);
      const reserved = single + inUse;
      const suffix = counter.slice(prefix.length);
      let balance = byValues.get(suffix);
      if (balance === undefined) {
        const values = valuesInKey(budget, counter, prefix);
        if (caller !== undefined && !isOf(caller, values)) continue;
        balance = { name: budget.name, values, spent: {}, reserved: {}, remaining: {}, limit: {}, window: label, resetAt };
        if (slices !== undefined) balance.sliced = {};
        byValues.set(suffix, balance);
      }
      const { values } = balance;
      const adjusted = isAdjusted ? await adjustments.look({ budget, unit, values, counter }) : undefined;
      const limit = raisedLimit(configured, unit, adjusted?.raise);
      const spent = Math.max(allSpent - (adjusted?.reset?.spent ?? 0), 0);
      if (adjusted !== undefined) tellAdjusted(balance, adjusted);
      balance.spent[unit] = inUnit(unit, spent);
      balance.reserved[unit] = inUnit(unit, reserved);
      if (balance.sliced !== undefined) balance.sliced[unit] = inUnit(unit, sliced - inUse);
      balance.remaining[unit] = inUnit(unit, Math.max(limit - spent - reserved, 0));
      balance.limit[unit] = inUnit(unit, limit);
    }
  }
  return [...byValues.values()];
}

function tellAdjusted(balance: BudgetBalance, { raise, reset }: Adjusted): void {
  if (raise !== undefined) balance.raise = { at: raise.at, reason: raise.reason, actor: raise.actor };
  if (reset !== undefined) balance.reset = { at: reset.at, reason: reset.reason, actor: reset.actor };
}

/** Whether a counter's values are the caller's, as far as the caller has them. */
function isOf(caller: Caller, values: Readonly<Record<string, string>>): boolean {
  return Object.entries(values).every(([dimension, value]) => {
    const own = Object.hasOwn(caller, dimension) ? caller[dimension] : undefined;
    return own === undefined || (typeof own === 'string' ? own : own.join(',')) === value;
  });
}

function rollingMs(budget: Budget): number {
  return budget.window.kind === 'rolling' ? budget.window.lengthMs : 0;
}
