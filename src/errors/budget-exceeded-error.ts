import { APIError } from 'openai';

/** A money or token budget of a window over 60 seconds refuses the call. Nothing was sent. */
export class BudgetExceededError extends APIError<402> {
  override readonly name = 'BudgetExceededError';
  override readonly code = 'budget_exceeded';
  readonly budget: string;
  /** Caller's dimension values of the counter that refused. */
  readonly values: Readonly<Record<string, string>>;
  /** What is left, in the unit of the limit; dollars for money. */
  readonly remaining: number;
  /** When the window ends, milliseconds since the epoch; null for `lifetime`. */
  readonly resetAt: number | null;

  constructor(facts: {
    budget: string;
    unit: string;
    values: Readonly<Record<string, string>>;
    limit: number;
    remaining: number;
    resetAt: number | null;
  }) {
    const message = `budget '${facts.budget}' is used up: ${facts.remaining} of ${facts.limit} ${facts.unit} left, less than the call may need`;
    super(
      402,
      { message, type: 'budget_exceeded', code: 'budget_exceeded' },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
    this.budget = facts.budget;
    this.values = facts.values;
    this.remaining = facts.remaining;
    this.resetAt = facts.resetAt;
  }
}
