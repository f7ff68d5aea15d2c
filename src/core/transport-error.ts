import type { Usage } from './usage.ts';

/** What went wrong below HTTP, as the transport saw it. */
export type TransportFault =
  | 'connect-refused'
  | 'connect-timeout'
  | 'dns'
  | 'dns-temporary'
  | 'tls'
  | 'proxy'
  /** The socket closed before any byte of the answer. */
  | 'closed-before-answer'
  /** The socket closed inside the answer. */
  | 'closed-in-answer'
  | 'first-byte-timeout'
  | 'idle-timeout'
  | 'malformed-answer'
  | 'too-large'
  | 'redirect'
  | 'invalid-request';

/** A fault of the transport. Its message names the host, never a header's value. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly fault: TransportFault;
  /** The system's or the HTTP client's code (`ECONNRESET`, `UND_ERR_SOCKET`), else the fault. */
  readonly code: string;
  /** True if the request provably never reached the server. */
  readonly neverSent: boolean;
  /** True if a reused keep-alive socket closed before any byte of the answer. */
  readonly staleSocket: boolean;
  /** Usage that the answer had reported before it broke. */
  declare usage?: Usage | undefined;

  constructor(
    fault: TransportFault,
    message: string,
    details: { code?: string; neverSent?: boolean; staleSocket?: boolean; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.fault = fault;
    this.code = details.code ?? fault;
    this.neverSent = details.neverSent ?? false;
    this.staleSocket = details.staleSocket ?? false;
  }
}
