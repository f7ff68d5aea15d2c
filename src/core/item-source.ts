/**
 * Items that are pulled one at a time: nothing is read ahead beyond what one read of the socket brought.
 * An item that is already there is returned at once, so that a consumer pays for a promise only when it waits.
 */
export interface ItemSource<T> {
  /** The next item; undefined at the regular end, again and again. Throws or rejects on a failure. */
  next(): T | undefined | Promise<T | undefined>;
  /** Stops reading and closes what is behind; idempotent, and nothing is thrown or rejected after it. */
  cancel(): void;
}
