import type { MaybePromise } from '../../stores/store.ts';

/** One step after another; a promise only if one of them gives one. */
export function inTurn(steps: readonly (() => MaybePromise<unknown>)[], from = 0): MaybePromise<void> {
  for (let place = from; place < steps.length; place += 1) {
    const answer = steps[place]?.();
    if (answer instanceof Promise) return answer.then(() => inTurn(steps, place + 1));
  }
}

/** What follows from a value, at once or when it is there. */
export function following<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
