/** What one counter of a budget has, in the budget's own units. */
export interface BudgetBalance {
  name: string;
  values: Record<string, string>;
  /** Keyed by the units of `limit`; `usd` in dollars. */
  spent: Record<string, number>;
  reserved: Record<string, number>;
  /** Lent to processes ahead of need, this one's open calls left out; can be called back. Of stores that lend slices. */
  sliced?: Record<string, number>;
  /** Neither spent nor reserved. */
  remaining: Record<string, number>;
  limit: Record<string, number>;
  window: string;
  resetAt: number | null;
}
