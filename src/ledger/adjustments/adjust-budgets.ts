import type { Budget, BudgetUnit } from '../../core/budget.ts';
import type { BudgetAdjustment, BudgetHand, BudgetRaise, RaisedBudget, ResetBudget } from '../../core/budget-adjustment.ts';
import type { Clock } from '../../core/clock.ts';
import type { Plan } from '../../core/plan.ts';
import type { Emitter } from '../../events/emitter.ts';
import { outsideCalls } from '../../events/event-base.ts';
import type { Store } from '../../stores/store.ts';
import type { BudgetBook } from '../bound-budgets.ts';
import { keyOfValues } from '../bound-limit.ts';
import { inUnit } from '../charges.ts';
import type { StorePort } from '../store-port.ts';
import { amountsOf, budgetNamed, checkRaise, checkReset, endOf, valuesOf, wordsOf } from './adjustment-input.ts';
import { FOREVER_MS, keepRaise, keepReset, markKey, raisedLimit } from './adjustment-notes.ts';
import type { Adjustments } from './adjustments.ts';

interface Parts {
  readonly port: StorePort;
  readonly clock: Clock;
  readonly events: Emitter;
  readonly book: BudgetBook;
  readonly adjustments: Adjustments;
  /** Tells the store what this process has used until now. */
  readonly flush: () => Promise<void>;
}

/** Raises and resets budgets: written to the store first, so that every process finds it, then in force here. */
export class AdjustBudgets implements BudgetHand {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async raise(plan: Plan, name: string, raise: BudgetRaise): Promise<RaisedBudget> {
    const { clock, events } = this.#parts;
    const budget = budgetNamed(plan.budgets, name);
    checkRaise(raise);
    const values = valuesOf(budget, raise.values);
    const words = wordsOf(raise);
    const now = clock.now();
    const note = { ...amountsOf(budget, raise), until: endOf(budget, raise, now), at: now, ...words };
    await this.#keep(budget, (store) => keepRaise(store, budget, values, note, now));
    const limit: Record<string, number> = {};
    for (const [unit, configured] of unitsOf(budget)) {
      limit[unit] = inUnit(unit, raisedLimit(configured, unit, note));
      await this.#look(budget, unit, values, now);
    }
    const raised = { budget: name, values, limit, until: note.until, reason: words.reason, actor: words.actor };
    events.emit('budget.raise', () => ({ type: 'budget.raise', ...outsideCalls(now), ...raised }));
    return raised;
  }

  async reset(plan: Plan, name: string, reset: BudgetAdjustment): Promise<ResetBudget> {
    const { clock, events, flush, port } = this.#parts;
    const budget = budgetNamed(plan.budgets, name);
    if (budget.window.kind === 'rolling') {
      throw new RangeError(`The budget '${name}' has a rolling window, which has no end to reset it for: raise it until a time`);
    }
    checkReset(reset);
    const values = valuesOf(budget, reset.values);
    const words = wordsOf(reset);
    await flush();
    const now = clock.now();
    const forgiven: Record<string, number> = {};
    let until: number | null = null;
    for (const [unit] of unitsOf(budget)) {
      const { counter, endsAt } = this.#counter(budget, unit, values, now);
      until = endsAt;
      const [found] = await port.read('balances', (store) => store.balances({ counters: [counter] }, now));
      const spent = found?.spent ?? 0;
      await this.#keep(budget, (store) => keepReset(store, counter, { spent, at: now, ...words }, endsAt ?? FOREVER_MS, now));
      forgiven[unit] = inUnit(unit, spent);
      await this.#look(budget, unit, values, now);
    }
    const done = { budget: name, values, spent: forgiven, until, reason: words.reason, actor: words.actor };
    events.emit('budget.reset', () => ({ type: 'budget.reset', ...outsideCalls(now), ...done }));
    return done;
  }

  /** The mark comes first: a note that nobody looks for would do nothing. */
  async #keep(budget: Budget, keep: (store: Store) => unknown): Promise<void> {
    await this.#parts.port.read('keepNote', async (store) => {
      if (store.keepNote === undefined || store.readNote === undefined) {
        throw new TypeError('The store keeps no notes (keepNote and readNote), so that no budget can be raised or reset by hand');
      }
      await store.keepNote(markKey(budget), '1', FOREVER_MS, this.#parts.clock.now());
      await keep(store);
    });
  }

  async #look(budget: Budget, unit: BudgetUnit, values: Readonly<Record<string, string>>, now: number): Promise<void> {
    const { counter } = this.#counter(budget, unit, values, now);
    await this.#parts.adjustments.look({ budget, unit, values, counter });
  }

  #counter(budget: Budget, unit: BudgetUnit, values: Readonly<Record<string, string>>, now: number) {
    const { prefix, endsAt } = this.#parts.book.span(budget, unit, now);
    return { counter: prefix + keyOfValues(new Map(Object.entries(values))), endsAt: endsAt ?? null };
  }
}

function unitsOf({ limit }: Budget): [BudgetUnit, number][] {
  return Object.entries(limit) as [BudgetUnit, number][];
}
