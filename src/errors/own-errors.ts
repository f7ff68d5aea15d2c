import type { APIError } from 'openai';
import { AccessDeniedError } from './access-denied-error.ts';
import { BudgetExceededError } from './budget-exceeded-error.ts';
import { ContentBlockedError } from './content-blocked-error.ts';
import { GatewayClosedError } from './gateway-closed-error.ts';
import { InvalidKeyError } from './invalid-key-error.ts';
import { InvalidParamsError } from './invalid-params-error.ts';
import { RateLimitedError } from './rate-limited-error.ts';
import { RunLimitError } from './run-limit-error.ts';
import { StoreUnavailableError } from './store-unavailable-error.ts';
import { UnknownModelError } from './unknown-model-error.ts';
import { UnpricedModelError } from './unpriced-model-error.ts';
import { UnsupportedOperationError } from './unsupported-operation-error.ts';

const OWN_ERRORS = [
  AccessDeniedError,
  BudgetExceededError,
  ContentBlockedError,
  GatewayClosedError,
  InvalidKeyError,
  InvalidParamsError,
  RateLimitedError,
  RunLimitError,
  StoreUnavailableError,
  UnknownModelError,
  UnpricedModelError,
  UnsupportedOperationError,
] as const;

/** Whether the gateway itself refused, so that the message is its own. */
export function isOwnError(error: unknown): error is APIError {
  return OWN_ERRORS.some((OwnError) => error instanceof OwnError);
}
