/**
 * Where answers are kept outside of the process. An instance of `keyv` is one, with any of its adapters. A store may be slow,
 * fail, forget or lie: the cache waits no longer than its limit, takes failures for misses, and checks what it is given.
 */
export interface CacheStore {
  /** What was set under the key; undefined or null if there is nothing. */
  get(key: string): unknown;
  /** Keeps a value of JSON for a time in milliseconds, which is positive. */
  set(key: string, value: unknown, ttlMs: number): unknown;
  /** An emitter of `error`, as keyv is: failures that nobody listens to would end the process. */
  on?(event: 'error', listener: (error: unknown) => void): unknown;
}
