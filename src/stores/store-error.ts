/** Why a store could not answer. `store_reset`: it lost its counters; never taken for a fresh start. */
export type StoreErrorCode =
  | 'store_unavailable'
  | 'store_timeout'
  | 'store_busy'
  | 'store_full'
  | 'store_read_only'
  | 'store_corrupt'
  | 'store_version'
  | 'store_closed'
  | 'store_reset';

/** What each code means, for listeners: a store's own text may repeat what it was sent. */
export const STORE_WORDS: Readonly<Record<StoreErrorCode, string>> = {
  store_unavailable: 'the store cannot be reached, or refuses its commands',
  store_timeout: 'the store did not answer in time',
  store_busy: 'the store is busy',
  store_full: 'the store is full',
  store_read_only: 'the store takes no writes',
  store_corrupt: 'the store cannot be read',
  store_version: 'the store was written by a newer version',
  store_closed: 'the store is closed',
  store_reset: 'the store has lost its counters',
};

/** A store that could not answer; its message and causes hold no password. Whether the verb took effect is not known; asking again with its id is safe. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
