import { bucketMsOf } from '../rolling-buckets.ts';
import type { Charge, ChargeWindow } from '../store.ts';

/** The charges of a reservation whose counters live in one home. */
export interface Part {
  readonly home: number;
  /** Where each stands among all charges of the reservation. */
  readonly places: readonly number[];
  readonly charges: readonly Charge[];
  /** How many charges the reservation has in all homes. */
  readonly total: number;
}

/** The home of a counter: the same for every process, whatever it runs on. */
export function homeOf(name: string, homes: number): number {
  if (homes === 1) return 0;
  // FNV-1a over UTF-16 units.
  let hash = 0x811c9dc5;
  for (let place = 0; place < name.length; place++) hash = Math.imul(hash ^ name.charCodeAt(place), 0x01000193);
  return (hash >>> 0) % homes;
}

/** In the order of their homes, which is the same for all calls: two calls over the same homes never refuse each other. */
export function partsOf(charges: readonly Charge[], homes: number): Part[] {
  if (homes === 1) return [{ home: 0, places: charges.map((_, place) => place), charges, total: charges.length }];
  const byHome = new Map<number, number[]>();
  for (const [place, { counter }] of charges.entries()) {
    const home = homeOf(counter, homes);
    const places = byHome.get(home);
    if (places === undefined) byHome.set(home, [place]);
    else places.push(place);
  }
  const inOrder = [...byHome].sort(([a], [b]) => a - b);
  return inOrder.map(([home, places]) => ({
    home,
    places,
    charges: places.flatMap((place) => charges[place] ?? []),
    total: charges.length,
  }));
}

/** Arguments of the reserve script for the charges of a part. `counted`: whatever the limit, as what was spent in truth. */
export function partArgs({ places, charges, total }: Part, limits: 'as they are' | 'counted'): string[] {
  const args = [String(total)];
  for (const [index, { counter, amount, limit, enforced, window }] of charges.entries()) {
    const holds = enforced && limits === 'as they are';
    args.push(String(places[index]), counter, String(amount), String(limit), holds ? '1' : '0', ...windowArgs(window));
  }
  return args;
}

/** Length of a rolling window, length of its buckets, end of a calendar window; empty if it has none. */
export function windowArgs(window: ChargeWindow): [string, string, string] {
  if (window.kind === 'rolling') return [String(window.lengthMs), String(bucketMsOf(window.lengthMs)), ''];
  return ['', '', window.endsAt === null ? '' : String(window.endsAt)];
}
