import type { Usage } from './usage.ts';

/** What a failed attempt means; the kind says what to do next (see `failover/table.ts`). */
export type FailureKind =
  | 'transient'
  | 'timeout'
  | 'overloaded'
  | 'rate-limited'
  | 'quota-exhausted'
  | 'credential-rejected'
  | 'model-unavailable'
  | 'context-too-long'
  | 'content-refused'
  | 'request-invalid'
  | 'invalid-response'
  | 'aborted';

/** An attempt's error as data. Holds no key, no prompt and no output. */
export interface Failure {
  readonly kind: FailureKind;
  /** For people; redacted. */
  readonly message: string;
  /** The provider's code, else the transport's, else the kind; never empty. */
  readonly code: string;
  /** HTTP status of the upstream's answer, where there was one. */
  readonly status?: number | undefined;
  /** The provider's error type and offending parameter, where it names them. */
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  /** How long the provider asks to wait, in milliseconds from the moment of the failure. */
  readonly retryAfterMs?: number | undefined;
  /** The provider's own word on trying again (`x-should-retry`). */
  readonly shouldRetry?: boolean | undefined;
  /** False where the request provably never reached the provider. */
  readonly reachedProvider: boolean;
  /** True where a reused socket closed before any byte of the answer came: sent again once, uncounted. */
  readonly staleSocket?: boolean | undefined;
  /** Usage that the provider reported in spite of the failure. */
  readonly usage?: Usage | undefined;
  /** Response headers that matter to a client (request id, rate limits, retry hints). */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}
