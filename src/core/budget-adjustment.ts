import type { Plan } from './plan.ts';

/** What somebody changes of a budget by hand, for whom and why. */
export interface BudgetAdjustment {
  /** Of a budget with `each`: whose counter, a value for each dimension. */
  readonly values?: Readonly<Record<string, string>> | undefined;
  /** In words, kept with the change; at most 500 characters. */
  readonly reason?: string | undefined;
  /** Who asked for it, kept with the change; at most 200 characters. */
  readonly actor?: string | undefined;
}

/** A raise of a budget for a time. `by` or `limit`, in the units of the budget's limit, `usd` in dollars. */
export interface BudgetRaise extends BudgetAdjustment {
  /** How much more. 0 ends an earlier raise. */
  readonly by?: Readonly<Record<string, number>> | undefined;
  /** The limit in place of the configured one; one that is lower changes nothing. */
  readonly limit?: Readonly<Record<string, number>> | undefined;
  /** How many windows it holds, the current one included. Default 1, if `until` is not given; of `lifetime`, for ever. */
  readonly windows?: number | undefined;
  /** When it ends, milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** A raise as it stands. */
export interface RaisedBudget {
  readonly budget: string;
  readonly values: Readonly<Record<string, string>>;
  /** The limits until then, by unit; `usd` in dollars. */
  readonly limit: Readonly<Record<string, number>>;
  /** Milliseconds since the epoch; null: for ever. */
  readonly until: number | null;
  readonly reason: string | undefined;
  readonly actor: string | undefined;
}

/** A reset as it stands. */
export interface ResetBudget {
  readonly budget: string;
  readonly values: Readonly<Record<string, string>>;
  /** What was spent by then and no longer counts, by unit; `usd` in dollars. */
  readonly spent: Readonly<Record<string, number>>;
  /** The end of the window, milliseconds since the epoch; null: of `lifetime`. */
  readonly until: number | null;
  readonly reason: string | undefined;
  readonly actor: string | undefined;
}

/** Changes of budgets by hand, kept in the store. Wrong input is a `TypeError` or `RangeError` that names the field. */
export interface BudgetHand {
  raise(plan: Plan, name: string, raise: BudgetRaise): Promise<RaisedBudget>;
  reset(plan: Plan, name: string, reset: BudgetAdjustment): Promise<ResetBudget>;
}
