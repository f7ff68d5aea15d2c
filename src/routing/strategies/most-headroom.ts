import { headroomOf, standingOf } from './known-of-candidates.ts';
import { type StagedStrategy, without } from './staged-strategy.ts';

/** Largest share of rpm and tpm left first; equal ones by fewest attempts under way, then as listed. */
export const mostHeadroom: StagedStrategy = {
  name: 'most-headroom',
  order(candidates, health) {
    const shares = candidates.map((deployment) => ({
      deployment,
      headroom: health.headroom(deployment.id),
      inFlight: health.inFlight(deployment.id),
    }));
    return shares.sort((a, b) => b.headroom - a.headroom || a.inFlight - b.inFlight).map(({ deployment }) => deployment);
  },
  first(candidates, health, call) {
    const headroom = headroomOf(candidates, health, call);
    return candidates[roomiest(headroom, standingOf(candidates, health, call).inFlight)];
  },
  rest: (first, candidates, health, call) => mostHeadroom.order(without(first, candidates), health, call),
};

/** The place of the first in the order. */
function roomiest(headroom: Float64Array, inFlight: Float64Array): number {
  let best = 0;
  for (let place = 1; place < headroom.length; place += 1) {
    const own = headroom[place] ?? 0;
    const most = headroom[best] ?? 0;
    if (own > most || (own === most && (inFlight[place] ?? 0) < (inFlight[best] ?? 0))) best = place;
  }
  return best;
}
