import { type Clock, systemClock } from '../core/clock.ts';
import type { ItemSource } from '../core/item-source.ts';

/** What an answer whose finish has come may still wait for: the wire's last marker, or its usage before that. */
export type Missing = 'marker' | 'usage';

// A sender that has a marker sends it at once.
const MARKER_GRACE_MS = 1_000;
// Usage is counted when the answer is written, which costs some hosts a moment.
const USAGE_GRACE_MS = 10_000;

/**
 * The time that is left to the events of an answer whose finish has come, from the first wait on. A body that stays open
 * beyond it is closed, and the answer ends as if the body had.
 */
export class Grace {
  readonly #clock: Clock;
  #sinceMs: number | undefined;
  /** True once a body was closed because nothing came. */
  isOver = false;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The event that is under way; undefined if it takes longer than what is missing is worth. */
  within<Event>(pending: Promise<Event | undefined>, events: ItemSource<Event>, missing: Missing): Promise<Event | undefined> {
    const nowMs = this.#clock.monotonicMs();
    this.#sinceMs ??= nowMs;
    const untilMs = this.#sinceMs + (missing === 'usage' ? USAGE_GRACE_MS : MARKER_GRACE_MS);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(
        () => {
          this.isOver = true;
          resolve(undefined);
          events.cancel();
        },
        Math.max(0, untilMs - nowMs),
      );
      pending.then(
        (event) => {
          timer.cancel();
          resolve(event);
        },
        (error: unknown) => {
          timer.cancel();
          reject(error);
        },
      );
    });
  }
}
