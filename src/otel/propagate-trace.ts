import { context, propagation, trace } from '@opentelemetry/api';
import type { ProviderMiddleware } from '../index.ts';
import { currentSpan, expectQuestions } from './attempt-spans.ts';

/**
 * Middleware for a provider's `middleware`: the span of the attempt is active while it is sent, so that spans of other
 * instrumentations stand under it, and goes upstream as the headers of the propagator (`traceparent`). Does nothing for
 * a gateway that is not instrumented.
 */
export function propagateTrace(): ProviderMiddleware {
  expectQuestions();
  return (request, attempt, next) => {
    const span = currentSpan();
    if (span === undefined) return next(request, attempt);
    const within = trace.setSpan(context.active(), span);
    const headers: Record<string, string> = { ...request.headers };
    propagation.inject(within, headers);
    return context.with(within, () => next({ ...request, headers }, attempt));
  };
}
