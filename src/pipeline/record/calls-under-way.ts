import type { Call } from '../../core/call.ts';
import { DeadlineExceeded } from '../../core/cancellation-reasons.ts';
import type { Clock, Timer } from '../../core/clock.ts';

/**
 * The calls that have begun and not ended, in numbered places; cancels those whose deadline has come. Not a `Set`: the engine
 * keeps what has left one alive with the tables that it has outgrown, until a full collection, and every call enters and
 * leaves. One timer is for all of them, so that a call among others that ends in time costs none.
 */
export class CallsUnderWay {
  readonly #clock: Clock;
  readonly #places: (Call | undefined)[] = [];
  readonly #free: number[] = [];
  #onIdle: (() => void) | undefined;
  #timer: Timer | undefined;
  #firesAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The call's place until it leaves. */
  enter(call: Call): number {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = call;
    if (call.deadlineMs < this.#firesAtMs) this.#arm(call.deadlineMs, call.startedMonotonicMs);
    return place;
  }

  leave(place: number): void {
    this.#places[place] = undefined;
    this.#free.push(place);
    if (!this.#isIdle) return;
    this.#disarm();
    this.#onIdle?.();
  }

  cancelAll(reason: unknown): void {
    for (const call of this.#places) call?.cancellation.cancel(reason);
  }

  /** Resolves when no call is under way, at the latest after `deadlineMs`. */
  async idle(deadlineMs: number): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(resolve, deadlineMs);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  get #isIdle(): boolean {
    return this.#free.length === this.#places.length;
  }

  #arm(atMs: number, nowMs: number): void {
    this.#disarm();
    this.#firesAtMs = atMs;
    this.#timer = this.#clock.setTimeout(() => this.#cancelLate(), Math.max(0, Math.ceil(atMs - nowMs)));
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#firesAtMs = Number.POSITIVE_INFINITY;
  }

  #cancelLate(): void {
    const nowMs = this.#clock.monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    this.#disarm();
    for (const call of this.#places.slice()) {
      if (call === undefined || call.cancellation.cancelled) continue;
      if (call.deadlineMs > nowMs) next = Math.min(next, call.deadlineMs);
      else call.cancellation.cancel(new DeadlineExceeded(call.deadlineMs - call.startedMonotonicMs));
    }
    // A call that entered meanwhile may have set an earlier one.
    if (next < this.#firesAtMs) this.#arm(next, nowMs);
  }
}
