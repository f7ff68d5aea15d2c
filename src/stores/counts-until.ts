/** How long a counter is kept after its window is over and after it was last asked for, in milliseconds. */
export const KEPT_AFTER_END_MS = 3_600_000;

/**
 * Until when a counter of a calendar window counts that is asked for now; null: for ever. A process whose clock is behind, or
 * was set back, goes on in a window that is over by the store's time, and its limit holds for it all the same.
 */
export function countsUntil(endsAt: number | null, now: number): number | null {
  return isBehind(endsAt, now) ? now + KEPT_AFTER_END_MS : endsAt;
}

/** Whether a window that is asked for is over by the store's time. */
export function isBehind(endsAt: number | null, now: number): boolean {
  return endsAt !== null && endsAt <= now;
}
