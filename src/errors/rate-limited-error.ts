import { RateLimitError } from 'openai';

/** A budget of a window of at most 60 seconds, a deployment's rpm or tpm, or a full queue refuses the call. */
export class RateLimitedError extends RateLimitError {
  override readonly name = 'RateLimitedError';
  override readonly code = 'rate_limited';
  /** Milliseconds until a call may be admitted again. */
  readonly retryAfterMs: number;
  /** The budget, deployment or queue that refused. */
  readonly limitedBy: string;

  constructor(limitedBy: string, retryAfterMs: number) {
    const message = `rate limited by ${limitedBy}: try again in ${retryAfterMs} ms`;
    super(
      429,
      { message, type: 'rate_limited', code: 'rate_limited' },
      message,
      new Headers({
        'retry-after-ms': String(retryAfterMs),
        'retry-after': String(Math.ceil(retryAfterMs / 1000)),
        'x-should-retry': 'false',
      }),
    );
    this.limitedBy = limitedBy;
    this.retryAfterMs = retryAfterMs;
  }
}
