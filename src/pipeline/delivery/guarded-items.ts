import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { PartialAnswer } from '../../errors/stream-interrupted-error.ts';
import type { StreamGuard, StreamStep } from '../../guards/stream/stream-guard.ts';
import type { StreamTally } from '../reading/stream-tally.ts';

/** What the guards leave of a stream, in the order in which the caller gets it: items, and after them a refusal. */
export class GuardedItems {
  readonly #guard: StreamGuard;
  /** Counts what was handed out, which is not what came. */
  readonly #handedOut: StreamTally;
  #ready: readonly unknown[] = [];
  #next = 0;
  #refusal: Error | undefined;
  #ended = false;

  constructor(guard: StreamGuard, handedOut: StreamTally) {
    this.#guard = guard;
    this.#handedOut = handedOut;
  }

  /** What of an item may leave now, or of what was ready before it; undefined if all is held back. Throws the refusal. */
  pass(item: unknown): unknown {
    this.#take(this.#guard.push(item));
    return this.next();
  }

  /** The next item that is ready. Throws the refusal, which comes after all of them. */
  next(): unknown {
    if (this.#next < this.#ready.length) {
      const item = this.#ready[this.#next];
      this.#next += 1;
      this.#handedOut.add(item);
      return item;
    }
    if (this.#refusal !== undefined) throw this.#refusal;
    return undefined;
  }

  /** Makes ready what was held back to the end; undefined if that has been done. */
  end(): MaybePromise<true> | undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    const step = this.#guard.end();
    if (!(step instanceof Promise)) return this.#take(step);
    return step.then((known) => this.#take(known));
  }

  /** What the caller has been given so far. */
  partial(): PartialAnswer {
    return this.#handedOut.partial();
  }

  #take(step: StreamStep): true {
    this.#ready = this.#next < this.#ready.length ? [...this.#ready.slice(this.#next), ...step.items] : step.items;
    this.#next = 0;
    if (step.action === 'block') this.#refusal = step.error;
    return true;
  }
}
