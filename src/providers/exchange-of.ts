import type { HttpReply } from '../core/transport.ts';
import type { AttemptContext, UpstreamRequest } from './provider.ts';
import type { WireExchange } from './wire.ts';

/** What a translation may need to know of an exchange that came to `head`. */
export function exchangeOf(
  { status, headers }: Pick<HttpReply, 'status' | 'headers'>,
  request: UpstreamRequest,
  { requestId, clock }: AttemptContext,
): WireExchange {
  return { request, requestId, status, headers, createdSeconds: Math.floor(clock.now() / 1000), clock };
}
