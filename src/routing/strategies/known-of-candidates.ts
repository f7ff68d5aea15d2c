import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import { Standing } from '../standing.ts';
import type { RankedHealth } from './staged-strategy.ts';

/** What is compared of candidates, at their places among them. */
export type StandingOfCandidates = Pick<Standing, 'latencyMs' | 'lastUsedMs' | 'inFlight'>;

/** What is kept of the model's whole list serves for those of it that are left; others are asked for one by one. */
export function standingOf(candidates: readonly Deployment[], health: RankedHealth, call: Call): StandingOfCandidates {
  const { deployments } = call.modelPlan;
  if (candidates === deployments) return health.standingOf?.(deployments) ?? new Standing(candidates, health);
  const places = placesIn(deployments, candidates);
  const whole = places && health.standingOf?.(deployments);
  if (places === undefined || whole === undefined) return new Standing(candidates, health);
  const { latencyMs, lastUsedMs, inFlight } = whole;
  return { latencyMs: at(places, latencyMs), lastUsedMs: at(places, lastUsedMs), inFlight: at(places, inFlight) };
}

/** Shares of rpm and tpm that are left, in the same way. */
export function headroomOf(candidates: readonly Deployment[], health: RankedHealth, call: Call): Float64Array {
  const { deployments } = call.modelPlan;
  const places = candidates === deployments ? undefined : placesIn(deployments, candidates);
  const whole = candidates === deployments || places ? health.headroomOf?.(deployments) : undefined;
  if (whole === undefined) return Float64Array.from(candidates, ({ id }) => health.headroom(id));
  return places === undefined ? whole : at(places, whole);
}

/** The places of candidates in a list; undefined if they are not all in it, or in another order. */
function placesIn(deployments: readonly Deployment[], candidates: readonly Deployment[]): Uint32Array | undefined {
  const places = new Uint32Array(candidates.length);
  let found = 0;
  for (let place = 0; place < deployments.length; place += 1) {
    if (deployments[place] !== candidates[found]) continue;
    places[found] = place;
    found += 1;
    if (found === candidates.length) return places;
  }
  return undefined;
}

function at(places: Uint32Array, values: Float64Array): Float64Array {
  const chosen = new Float64Array(places.length);
  for (let index = 0; index < places.length; index += 1) chosen[index] = values[places[index] ?? 0] ?? 0;
  return chosen;
}
