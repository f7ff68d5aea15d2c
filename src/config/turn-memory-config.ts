/** Bounds of what is remembered of answers with tool calls. */
export interface TurnMemoryConfig {
  /** Turns that are remembered; default 10 000. The least recently used goes first. */
  maxTurns?: number | undefined;
  /** Bytes that they may take; default 33 554 432 (32 MiB). */
  maxBytes?: number | undefined;
  /** How long a turn is remembered after it was last used, in milliseconds; default 3 600 000 (an hour). */
  ttlMs?: number | undefined;
}
