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

/** A store that could not answer. Whether the verb took effect is not known; asking again with its id is safe. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
