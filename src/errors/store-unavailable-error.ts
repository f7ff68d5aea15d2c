import { APIError } from 'openai';

/** The ledger's store is away and the budget's `whenStoreFails` is `deny`. */
export class StoreUnavailableError extends APIError<503> {
  override readonly name = 'StoreUnavailableError';
  override readonly code = 'store_unavailable';
  readonly budget: string;

  constructor(budget: string, cause: unknown) {
    const message = `the store of budget '${budget}' cannot be reached`;
    super(
      503,
      { message, type: 'store_unavailable', code: 'store_unavailable' },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
    this.budget = budget;
    this.cause = cause;
  }
}
