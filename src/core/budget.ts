/** Units a budget can limit. Money is in nano-dollars inside. */
export type BudgetUnit = 'usd' | 'tokens' | 'inputTokens' | 'outputTokens' | 'requests';

/** From one turn of the calendar to the next, in the time zone of the budget; `lifetime` never ends. */
export type CalendarWindow = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year' | 'lifetime';

export type BudgetWindow =
  | { readonly kind: 'calendar'; readonly unit: CalendarWindow; readonly timezone: string }
  | { readonly kind: 'rolling'; readonly lengthMs: number };

/** One budget of the configuration, normalised. */
export interface Budget {
  readonly name: string;
  /** Dimensions of the caller; one counter for each combination of values. Empty: one counter in all. */
  readonly each: readonly string[];
  /** Globs over caller dimensions, `model` and `provider`; all must match. */
  readonly match: Readonly<Record<string, readonly string[]>>;
  /** Limits by unit, integers; `usd` in nano-dollars. */
  /** `deny` refuses a caller without a dimension of `each` or `match`; default: it is not counted. */
  readonly missing?: 'deny' | 'ignore' | undefined;
  readonly limit: Readonly<Partial<Record<BudgetUnit, number>>>;
  readonly window: BudgetWindow;
  /** Ascending fractions in (0, 1]. */
  readonly warnAt: readonly number[];
  readonly onExceed: OnExceed;
  readonly estimate: 'strict' | 'expected';
  readonly whenStoreFails: 'deny' | 'allow';
}

export type OnExceed =
  | { readonly action: 'block' }
  | { readonly action: 'clamp' }
  | { readonly action: 'downgrade'; readonly to: string }
  | { readonly action: 'shadow' };
