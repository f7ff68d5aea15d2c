import type { Call } from '../core/call.ts';
import type { Clock } from '../core/clock.ts';

/**
 * The calls that have begun and not ended, in numbered places. Not a `Set`: the engine keeps what has left one alive with
 * the tables that it has outgrown, until a full collection, and every call enters and leaves.
 */
export class CallsUnderWay {
  readonly #places: (Call | undefined)[] = [];
  readonly #free: number[] = [];
  #onIdle: (() => void) | undefined;

  /** The call's place until it leaves. */
  enter(call: Call): number {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = call;
    return place;
  }

  leave(place: number): void {
    this.#places[place] = undefined;
    this.#free.push(place);
    if (this.#isIdle) this.#onIdle?.();
  }

  cancelAll(reason: unknown): void {
    for (const call of this.#places) call?.cancellation.cancel(reason);
  }

  /** Resolves when no call is under way, at the latest after `deadlineMs`. */
  async idle(deadlineMs: number, clock: Clock): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, deadlineMs);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  get #isIdle(): boolean {
    return this.#free.length === this.#places.length;
  }
}
