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
  first(candidates, health) {
    let most = Number.NEGATIVE_INFINITY;
    let fewest = Number.POSITIVE_INFINITY;
    let [best] = candidates;
    for (const deployment of candidates) {
      const headroom = health.headroom(deployment.id);
      if (headroom < most) continue;
      const inFlight = health.inFlight(deployment.id);
      if (headroom === most && inFlight >= fewest) continue;
      // Nothing has more left than one that is not used at all.
      if (headroom === 1 && inFlight === 0) return deployment;
      most = headroom;
      fewest = inFlight;
      best = deployment;
    }
    return best;
  },
  rest: (first, candidates, health, call) => mostHeadroom.order(without(first, candidates), health, call),
};
