import { hasError, isFailed, saysError, statusIn } from '../error-body.ts';
import { UpstreamError, type UpstreamErrorReason } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';

/** How an error came: as a whole answer, or as an event of a stream. */
type Place = Extract<UpstreamErrorReason, 'error-in-answer' | 'error-in-stream'>;

interface MayBeError {
  error?: unknown;
  object?: unknown;
  base_resp?: unknown;
  x_groq?: { error?: unknown } | null;
}

/**
 * Throws if an object that should be an answer or a chunk is an error, whatever else it has: OpenAI's `error`, vLLM's
 * `object: 'error'`, MiniMax's `base_resp`, Groq's word in a stream that was stopped early.
 */
export function refuseError(body: MayBeError, place: Place, exchange: WireExchange): void {
  const { error, base_resp, x_groq } = body;
  const isError =
    hasError(error) || body.object === 'error' || (base_resp !== undefined && isFailed(base_resp)) || hasError(x_groq?.error);
  if (isError) throw upstreamError(place, body, exchange);
}

/** An error of the upstream inside a 200; its own status if the body names one (Groq, OpenRouter), else the answer's. */
export function upstreamError(reason: UpstreamErrorReason, body: unknown, exchange: WireExchange): UpstreamError {
  return new UpstreamError(reason, statusIn(body) ?? exchange.status, exchange.headers, body);
}

/** Of a body that lacks what an answer has: the error that it is, in whatever clothes, else none that anybody knows. */
export function noAnswer(body: unknown, place: Place, exchange: WireExchange): UpstreamError {
  return upstreamError(saysError(body) ? place : 'not-an-answer', body, exchange);
}
