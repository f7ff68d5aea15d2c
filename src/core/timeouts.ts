/** Limits of one attempt and of the whole call, all in milliseconds. */
export interface Timeouts {
  /** Until a socket is connected. */
  readonly connectMs: number;
  /** Until the first content of a stream, or the first byte of a whole answer; for that a call's own `timeout` takes its place. */
  readonly firstTokenMs: number;
  /** Between two reads of bytes. */
  readonly idleMs: number;
  /** Between two items with content; pings do not reset it. */
  readonly contentIdleMs: number;
  /** Over the whole call with all its attempts. */
  readonly totalMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 5_000,
  firstTokenMs: 60_000,
  idleMs: 60_000,
  contentIdleMs: 180_000,
  totalMs: 600_000,
};
