import { meaningOfFinish } from './meaning-of-finish.ts';
import { UpstreamError, type UpstreamErrorReason } from './upstream-error.ts';
import type { WireExchange } from './wire.ts';

/** Throws if the maker's own word for a finish says that the answer broke off: that is a fault, and no answer. */
export function refuseBroken(
  native: string | null | undefined,
  reason: Extract<UpstreamErrorReason, 'error-in-answer' | 'error-in-stream'>,
  body: unknown,
  { status, headers }: WireExchange,
): void {
  if (typeof native !== 'string' || meaningOfFinish(native) !== 'error') return;
  throw new UpstreamError(reason, status, headers, body, `the answer broke off: ${native.slice(0, LONGEST_WORD)}`);
}

const LONGEST_WORD = 64;
