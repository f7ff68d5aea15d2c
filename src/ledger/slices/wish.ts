/** Demand is what was asked for within about this time, and a slice is to last as long. */
export const DEMAND_MS = 1_000;
const TRIPS = 4;
/** A first slice is for so many calls. */
const FIRST_CALLS = 4;

/** What a report asks for. */
export interface Wish {
  /** To hold beyond the open calls. */
  readonly unused: number;
  /** Of that, what may be handed out until the next report. */
  readonly usable: number;
}

export const NO_WISH: Wish = { unused: 0, usable: 0 };

/**
 * About a second's demand, and what is handed out while two answers of the store are under way, as far as the process's share
 * of what is free goes. Half of it, or the largest call, may be handed out until the next report.
 */
export function wishOf(demand: number, largest: number, share: number, tripMs: number): Wish {
  const wanted = Math.max(Math.ceil(demand * (1 + (TRIPS * tripMs) / DEMAND_MS)), largest * FIRST_CALLS);
  const unused = Math.min(wanted, share);
  return { unused, usable: Math.min(unused, Math.max(Math.ceil(unused / 2), largest)) };
}
