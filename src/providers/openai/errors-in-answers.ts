import { UpstreamError, type UpstreamErrorReason } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import { isRecord } from './wire-types.ts';

/** Throws where an object that should be an answer or a chunk is an error: OpenAI's `error`, or vLLM's `object: 'error'`. */
export function refuseError(
  body: { error?: unknown; object?: unknown },
  reason: UpstreamErrorReason,
  exchange: WireExchange,
): void {
  const { error } = body;
  if (error === undefined || error === null) {
    if (body.object !== 'error') return;
  } else if (error === '' || error === false) {
    return;
  }
  throw upstreamError(reason, body, exchange);
}

/** An error of the upstream inside a 200; its own status where the body names one (Groq, OpenRouter), else the answer's. */
export function upstreamError(reason: UpstreamErrorReason, body: unknown, exchange: WireExchange): UpstreamError {
  return new UpstreamError(reason, statusIn(body) ?? exchange.status, exchange.headers, body);
}

function statusIn(body: unknown): number | undefined {
  if (!isRecord(body)) return undefined;
  const error = isRecord(body.error) ? body.error : body;
  for (const value of [error.status_code, error.code, error.status]) {
    const status = typeof value === 'string' ? Number(value) : value;
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599) return status;
  }
  return undefined;
}
