import type { EventBase } from './event-base.ts';

interface BudgetFields {
  /** Name of the budget. */
  readonly budget: string;
  /** Values of the dimensions in `each`, as `{ team: "search" }`; empty without `each`. */
  readonly values: Readonly<Record<string, string>>;
  /** Unit of the limit: `usd`, `tokens`, `requests`, …. */
  readonly unit: string;
  /** What is spent in this window, in that unit. */
  readonly spent: number;
  /** The limit that holds now, in that unit. */
  readonly limit: number;
  /** When the window ends, milliseconds since the epoch; null for `lifetime`. */
  readonly resetAt: number | null;
}

/** A share of a budget is spent. Once per threshold and window. */
export interface BudgetWarnEvent extends EventBase<'budget.warn'>, BudgetFields {
  /** Share of the limit that is spent, from `warnAt`. */
  readonly threshold: number;
}
/** A budget refused a call, or one that only reports was passed. `threshold` is 1. */
export interface BudgetExceedEvent extends EventBase<'budget.exceed'>, BudgetFields {
  readonly threshold: number;
}
/**
 * Calls against a budget are held in the shared store one by one from now on, because little of it is left (`start`), or
 * from this process's slice again (`end`). Of no one call: `requestId` and `model` are
 * empty, `operation` is `passthrough`.
 */
export interface BudgetExactEvent extends EventBase<'budget.exact'> {
  /** Name of the budget. */
  readonly budget: string;
  /** Values of the dimensions in `each`. */
  readonly values: Readonly<Record<string, string>>;
  /** Unit of the limit. */
  readonly unit: string;
  readonly state: 'start' | 'end';
}
/** Fields of what somebody changed by hand: of no one call, so that `requestId` and `model` are empty, `operation` is `passthrough`. */
interface AdjustmentFields {
  /** Name of the budget. */
  readonly budget: string;
  /** Values of the dimensions in `each`. */
  readonly values: Readonly<Record<string, string>>;
  /** When it ends, milliseconds since the epoch; null: never. */
  readonly until: number | null;
  /** Why, in the words of who asked. */
  readonly reason: string | undefined;
  /** Who asked. */
  readonly actor: string | undefined;
}
/** Somebody raised a budget for a time: `control.raiseBudget`. Told by the process that was asked. */
export interface BudgetRaiseEvent extends EventBase<'budget.raise'>, AdjustmentFields {
  /** The limits until then, by unit; `usd` in dollars. */
  readonly limit: Readonly<Record<string, number>>;
}
/** Somebody reset a budget for the rest of its window: `control.resetBudget`. Told by the process that was asked. */
export interface BudgetResetEvent extends EventBase<'budget.reset'>, AdjustmentFields {
  /** What was spent by then and no longer counts, by unit; `usd` in dollars. */
  readonly spent: Readonly<Record<string, number>>;
}
