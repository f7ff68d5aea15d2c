import { BudgetExceededError } from '../../errors/budget-exceeded-error.ts';
import { RateLimitedError } from '../../errors/rate-limited-error.ts';
import { RunLimitError } from '../../errors/run-limit-error.ts';
import { StoreUnavailableError } from '../../errors/store-unavailable-error.ts';
import { UnpricedModelError } from '../../errors/unpriced-model-error.ts';
import type { Denial } from '../../ledger/ledger.ts';

/** The error that a denial of the ledger becomes. */
export function denialError(denial: Denial): Error {
  if (denial.reason === 'unpriced') return new UnpricedModelError(denial.deployment, denial.budget, denial);
  if (denial.reason === 'run') {
    const { run, limit, max, spent, needed } = denial;
    return new RunLimitError({ run: run.atLimit(limit, spent), max, needed });
  }
  if (denial.reason === 'store') return new StoreUnavailableError(denial.budget, denial.cause);
  if (denial.rateLimit) return new RateLimitedError(`budget '${denial.budget}'`, denial.retryAfterMs);
  return new BudgetExceededError(denial);
}
