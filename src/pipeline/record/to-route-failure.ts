import type { Failure } from '../../core/failure.ts';
import type { RouteFailure } from '../../core/route.ts';

/** A failure without its cause and headers, as the caller sees it. */
export function toRouteFailure(failure: Failure): RouteFailure {
  const { kind, code, message, status, retryAfterMs } = failure;
  return { kind, code, message, status, retryAfterMs };
}
