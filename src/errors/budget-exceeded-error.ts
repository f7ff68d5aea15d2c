import { APIError } from 'openai';

/** A money or token budget of a window over 60 seconds refuses the call. Nothing was sent. */
export class BudgetExceededError extends APIError<402> {
  override readonly name = 'BudgetExceededError';
  override readonly code = 'budget_exceeded';
  readonly budget: string;
  /** `used_up` if nothing is left; `too_little_left` if a call that needs less may still pass. */
  readonly reason: 'used_up' | 'too_little_left';
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
    /** What the call may need at most, by its estimate. */
    needed: number;
    resetAt: number | null;
  }) {
    const { unit, needed, remaining, limit, resetAt } = facts;
    const until = resetAt === null || !Number.isFinite(resetAt) ? '' : ` until ${new Date(resetAt).toISOString()}`;
    const state = remaining > 0 ? 'has too little left' : 'is used up';
    const room = `${amount(remaining, unit)} of ${amount(limit, unit)} is left${until}`;
    const message = `budget '${facts.budget}' ${state}: this call may need ${amount(needed, unit)}, and ${room}`;
    super(
      402,
      { message, type: 'budget_exceeded', code: 'budget_exceeded' },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
    this.budget = facts.budget;
    this.reason = remaining > 0 ? 'too_little_left' : 'used_up';
    this.values = facts.values;
    this.remaining = remaining;
    this.resetAt = resetAt;
  }
}

const WORDS: Readonly<Record<string, string>> = { inputTokens: 'input tokens', outputTokens: 'output tokens' };

function amount(value: number, unit: string): string {
  if (unit !== 'usd') return `${value} ${WORDS[unit] ?? unit}`;
  // To the nano-dollar, which is what budgets count in, with cents at least.
  return `$${value.toFixed(9).replace(/0{1,7}$/, '')}`;
}
