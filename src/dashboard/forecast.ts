import type { Forecast } from './facts.ts';

export type Sample = readonly [at: number, left: number];

/** The speed is that of the last ten minutes. */
const LOOK_BACK_MS = 600_000;
/** Over less than this the first call alone would look like a flood. */
const SHORTEST_MS = 10_000;

/** The last time that a budget had too little for a call, and the model that it led the call to instead. */
export interface Refusal {
  readonly at: number;
  readonly leadsTo?: string | undefined;
}

/** A budget that refused a call is told to refuse for so long. */
const REFUSES_FOR_MS = 60_000;

/**
 * When a budget is used up at the speed at which its rest went down lately; money that is held counts as gone. One that has just
 * refused a call does not run out, however little of its rest goes: it is of no use to who was refused.
 */
export function forecast(
  history: readonly Sample[],
  left: number,
  resetAt: number | null,
  now: number,
  refusal?: Refusal,
): Forecast {
  const leadsTo = refusal?.leadsTo;
  const isLately = refusal !== undefined && now - refusal.at < REFUSES_FOR_MS;
  if (left <= 0) return isLately && leadsTo !== undefined ? { kind: 'refuses', leadsTo } : { kind: 'used-up' };
  if (isLately) return { kind: 'refuses', leadsTo };
  const first = history.find(([at]) => at >= now - LOOK_BACK_MS);
  const gone = first === undefined ? 0 : first[1] - left;
  const elapsedMs = first === undefined ? 0 : now - first[0];
  if (gone <= 0 || elapsedMs < SHORTEST_MS) return { kind: 'idle' };
  const at = now + Math.round((left * elapsedMs) / gone);
  return resetAt !== null && at >= resetAt ? { kind: 'lasts' } : { kind: 'runs-out', at };
}
