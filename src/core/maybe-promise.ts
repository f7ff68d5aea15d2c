/** A value that is there already, or one that is waited for. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * The next step of a value: at once if it is there, else when it has come. What the step needs beside it travels as
 * `context`, so that a step that waits for nothing makes neither a promise nor a closure.
 */
export function chain<T, C, R>(
  value: MaybePromise<T>,
  next: (value: T, context: C) => MaybePromise<R>,
  context: C,
): MaybePromise<R> {
  return value instanceof Promise ? value.then((known) => next(known, context)) : next(value, context);
}
