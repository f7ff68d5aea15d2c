import { UpstreamError } from './upstream-error.ts';
import type { WireExchange } from './wire.ts';

/**
 * What a translation threw: an event, or a whole body, whose form is none of the wire's makes it stumble, which is the
 * upstream's fault. Any other error is as it is.
 */
export function orMalformed(error: unknown, { status, headers }: WireExchange, body?: unknown): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return error;
  const what = body === undefined ? 'an event of the stream' : 'the answer';
  const malformed = new UpstreamError('not-an-answer', status, headers, body, `${what} is malformed`);
  return Object.assign(malformed, { cause: error });
}
