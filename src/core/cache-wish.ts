/** What one call asks of the cache, by its options or its headers. */
export type CacheWish =
  /** Neither answered from the cache nor kept. */
  | { readonly kind: 'off' }
  | {
      readonly kind: 'use';
      /** Asks anew, and keeps the new answer. */
      readonly refresh: boolean;
      /** How long the answer is kept, in milliseconds; undefined: as configured. */
      readonly ttlMs?: number | undefined;
      /** Oldest answer that will do, in milliseconds; undefined: any that is kept. */
      readonly maxAgeMs?: number | undefined;
    };
