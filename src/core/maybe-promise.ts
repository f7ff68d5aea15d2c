/** A value that is there, or one that comes. */
export type MaybePromise<T> = T | Promise<T>;
