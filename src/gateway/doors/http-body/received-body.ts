/** What a request brought. `discard` removes what an upload left on disk. */
export interface ReceivedBody {
  readonly value: unknown;
  /** How many bytes it had, if it is large. */
  readonly largeBytes?: number | undefined;
  readonly discard?: (() => Promise<void>) | undefined;
}

/** A body that was refused; what was not read of it still comes over the connection. */
export interface RefusedBody {
  readonly refusal: unknown;
  readonly isWhole: boolean;
}
