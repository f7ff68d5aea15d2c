import { bucketMsOf } from './rolling-buckets.ts';

const windows = new Map<number, RollingWindow>();
/** Configured lengths are few; more are not kept. */
const MOST_WINDOWS = 256;

/** The window of a length, shared by all counters of it. */
export function rollingWindow(lengthMs: number): RollingWindow {
  let window = windows.get(lengthMs);
  if (window === undefined) {
    window = new RollingWindow(lengthMs);
    if (windows.size < MOST_WINDOWS) windows.set(lengthMs, window);
  }
  return window;
}

/** Which buckets overlap a rolling window at a time. What was worked out last holds until a bucket begins or leaves. */
export class RollingWindow {
  readonly lengthMs: number;
  newest = 0;
  oldest = 0;
  readonly #bucketMs: number;
  #fromMs = 0;
  #untilMs = 0;

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
    this.#bucketMs = bucketMsOf(lengthMs);
  }

  moveTo(now: number): void {
    if (now >= this.#fromMs && now < this.#untilMs) return;
    const bucketMs = this.#bucketMs;
    this.newest = Math.floor(now / bucketMs);
    this.oldest = Math.max(Math.floor((now - this.lengthMs) / bucketMs), 0);
    this.#fromMs = now;
    this.#untilMs = Math.min((this.newest + 1) * bucketMs, (this.oldest + 1) * bucketMs + this.lengthMs);
  }

  bucketAt(time: number): number {
    return Math.floor(time / this.#bucketMs);
  }

  /** Milliseconds until a bucket has left the window for good. */
  leavesAfterMs(bucket: number, now: number): number {
    return Math.max((bucket + 1) * this.#bucketMs + this.lengthMs - now, 0);
  }
}
