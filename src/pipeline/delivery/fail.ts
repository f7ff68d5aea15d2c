import { APIError } from 'openai';
import { DeadlineExceeded } from '../../core/cancellation-reasons.ts';
import { abortError, deadlineError } from '../../errors/final-error.ts';
import { RateLimitedError } from '../../errors/rate-limited-error.ts';
import type { ActiveCall } from '../active-call.ts';
import type { CallOutcome } from '../record/call-events.ts';
import { toEventError } from '../record/to-event-failure.ts';
import { toldError } from '../record/told-error.ts';

/** Ends a call that has no answer, and gives the error that its caller is to see. */
export function fail(error: unknown, { call, record }: ActiveCall): unknown {
  const { cancelled, reason } = call.cancellation;
  const final = cancelled ? (deadlineError(reason) ?? abortError(reason)) : error;
  const outcome: CallOutcome =
    cancelled && !(reason instanceof DeadlineExceeded) ? 'aborted' : isDenial(final) ? 'denied' : 'error';
  record.end(outcome, toEventError(final, call));
  return toldError(final, record);
}

const DENIALS = new Set([
  'access_denied',
  'budget_exceeded',
  'run_limit',
  'unknown_price',
  'store_unavailable',
  'invalid_key',
  'content_blocked',
]);

function isDenial(error: unknown): boolean {
  return error instanceof RateLimitedError || (error instanceof APIError && DENIALS.has(error.code ?? ''));
}
