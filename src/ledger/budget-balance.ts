/** What somebody changed of a counter by hand. */
export interface BalanceAdjustment {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
}

/** What one counter of a budget has, in the budget's own units. */
export interface BudgetBalance {
  name: string;
  values: Record<string, string>;
  /** Whose calls the budget counts, as configured: globs by dimension. Absent if it counts everybody's. */
  match?: Readonly<Record<string, readonly string[]>>;
  /** Keyed by the units of `limit`; `usd` in dollars. */
  spent: Record<string, number>;
  reserved: Record<string, number>;
  /** Lent to processes ahead of need, this one's open calls left out; can be called back. Of stores that lend slices. */
  sliced?: Record<string, number>;
  /** Neither spent nor reserved. */
  remaining: Record<string, number>;
  /** With a raise that is in force. */
  limit: Record<string, number>;
  /** By whom and why the limit is higher than configured. */
  raise?: BalanceAdjustment;
  /** By whom and why what was spent before does not count. */
  reset?: BalanceAdjustment;
  window: string;
  resetAt: number | null;
}
