/** Leave to send one attempt. */
export interface Permit {
  readonly granted: true;
  /** Gives the place back; only the first call counts. */
  release(): void;
}

/** The queue is full, or the call waited as long as it may. */
export interface Refusal {
  readonly granted: false;
  readonly reason: 'queue-full' | 'waited-too-long';
  /** Expected time until a place is free, in milliseconds. */
  readonly retryAfterMs: number;
}
