/** A request that is handed through, as it came. */
export interface Passthrough {
  readonly method: string;
  /** Below the base URL. */
  readonly path: string;
  /** Without a question mark; empty for none. */
  readonly query: string;
  /** Its body as plain data; undefined if it has none, or one that is no JSON. */
  readonly json?: unknown;
}
