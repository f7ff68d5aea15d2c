import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { TransportError } from '../../core/transport-error.ts';
import { UpstreamError, type UpstreamErrorReason } from '../upstream-error.ts';

/** An OpenAI client's error as the gateway's own; what is none of the client's stays as it is. */
export function toOwnError(error: unknown, reason: UpstreamErrorReason): unknown {
  if (error instanceof APIConnectionTimeoutError) {
    return new TransportError('first-byte-timeout', 'the client timed out', { cause: error });
  }
  if (error instanceof APIConnectionError) return fromConnection(error);
  if (error instanceof APIError && error.status !== undefined) {
    return new UpstreamError(reason, error.status, headersOf(error), { error: error.error });
  }
  // Inside a stream the client throws an error without a status.
  if (error instanceof APIError && error.error !== undefined) {
    return new UpstreamError('error-in-stream', 200, headersOf(error), { error: error.error });
  }
  return error;
}

function headersOf({ headers }: APIError): Record<string, string> {
  return headers === undefined ? {} : Object.fromEntries(headers);
}

function fromConnection(error: APIConnectionError): TransportError {
  const code = codeIn(error.cause);
  const refused = code === 'ECONNREFUSED';
  const unknownHost = code === 'ENOTFOUND' || code === 'EAI_AGAIN';
  const fault = refused ? 'connect-refused' : unknownHost ? 'dns' : 'closed-before-answer';
  return new TransportError(fault, `${DESCRIPTIONS[fault]} (by the configured client)`, {
    ...(code !== undefined && { code }),
    neverSent: refused || unknownHost,
    cause: error,
  });
}

const DESCRIPTIONS = {
  'connect-refused': 'no connection could be made',
  dns: 'the host name could not be resolved',
  'closed-before-answer': 'the connection failed before an answer came',
} as const;

/** The system's code, which fetch hides one or two causes deep. */
function codeIn(cause: unknown, depth = 0): string | undefined {
  if (typeof cause !== 'object' || cause === null || depth > 4) return undefined;
  if ('code' in cause && typeof cause.code === 'string' && cause.code !== '') return cause.code;
  return 'cause' in cause ? codeIn(cause.cause, depth + 1) : undefined;
}
