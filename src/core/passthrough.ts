/** A request that is handed through, as it came. */
export interface Passthrough {
  readonly method: string;
  /** Below the base URL. */
  readonly path: string;
  /** Without a question mark; empty for none. */
  readonly query: string;
  /** Where its body names the model that it goes to; undefined if it goes to a provider, whatever it names. */
  readonly modelAt?: 'body' | 'session' | undefined;
  /** Its body as plain data; undefined if it has none, or one that is no JSON. */
  readonly json?: unknown;
}
