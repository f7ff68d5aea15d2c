import type { Forecast } from './facts.ts';

export type Sample = readonly [at: number, left: number];

/** The speed is that of the last ten minutes. */
const LOOK_BACK_MS = 600_000;
/** Over less than this the first call alone would look like a flood. */
const SHORTEST_MS = 10_000;

/** When a budget is used up at the speed at which its rest went down lately; money that is held counts as gone. */
export function forecast(history: readonly Sample[], left: number, resetAt: number | null, now: number): Forecast {
  if (left <= 0) return { kind: 'used-up' };
  const first = history.find(([at]) => at >= now - LOOK_BACK_MS);
  const gone = first === undefined ? 0 : first[1] - left;
  const elapsedMs = first === undefined ? 0 : now - first[0];
  if (gone <= 0 || elapsedMs < SHORTEST_MS) return { kind: 'idle' };
  const at = now + Math.round((left * elapsedMs) / gone);
  return resetAt !== null && at >= resetAt ? { kind: 'lasts' } : { kind: 'runs-out', at };
}
