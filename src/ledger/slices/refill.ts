import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { StoreFailure } from '../store-port.ts';
import type { CounterSlices } from './counter-slices.ts';

/** Counters that calls wait for, until the report that asks for them is answered. */
export class Refill {
  readonly counters = new Set<CounterSlices>();
  #isOver = false;
  #failure: StoreFailure | undefined;
  #end: ((failure: StoreFailure | undefined) => void) | undefined;
  #promise: Promise<StoreFailure | undefined> | undefined;

  /** Why the store did not answer; undefined if it did. */
  get answer(): MaybePromise<StoreFailure | undefined> {
    if (this.#isOver) return this.#failure;
    this.#promise ??= new Promise((resolve) => {
      this.#end = resolve;
    });
    return this.#promise;
  }

  end(failure: StoreFailure | undefined): void {
    this.#isOver = true;
    this.#failure = failure;
    this.#end?.(failure);
  }
}
