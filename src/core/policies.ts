/** How often and when attempts of a call are repeated. */
export interface RetryPolicy {
  /** `spread` (default) tries every deployment once before any twice; `insist` uses up one before the next. */
  readonly order: 'spread' | 'insist';
  /** Attempts at one deployment, 1 to 100; default 2. */
  readonly attemptsPerDeployment: number;
  /** Attempts of one call over all deployments, 1 to 100; default 5. */
  readonly maxAttempts: number;
  /** First backoff in milliseconds, doubled each time, with full jitter; default 500. */
  readonly minDelayMs: number;
  /** Longest backoff in milliseconds; default 8000. */
  readonly maxDelayMs: number;
  /** Longest Retry-After that is waited for, in milliseconds; default 60 000. */
  readonly retryAfterCapMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  order: 'spread',
  attemptsPerDeployment: 2,
  maxAttempts: 5,
  minDelayMs: 500,
  maxDelayMs: 8_000,
  retryAfterCapMs: 60_000,
};

/** When a second attempt starts beside the first: after a time, or at a percentile of the times to first token. */
export type Hedge =
  | { readonly kind: 'after'; readonly afterMs: number }
  | { readonly kind: 'percentile'; readonly percentile: number };

/** What becomes of a stream that breaks after its first content. */
export interface StreamPolicy {
  readonly onInterrupt: 'error' | 'continue' | 'restart';
}
