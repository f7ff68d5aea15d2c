import type { RoutingStrategy } from '../../core/strategy.ts';

/** Largest share of rpm and tpm left first; equal ones by fewest attempts under way, then as listed. */
export const mostHeadroom: RoutingStrategy = {
  name: 'most-headroom',
  order(candidates, health) {
    const shares = candidates.map((deployment) => ({
      deployment,
      headroom: health.headroom(deployment.id),
      inFlight: health.inFlight(deployment.id),
    }));
    return shares.sort((a, b) => b.headroom - a.headroom || a.inFlight - b.inFlight).map(({ deployment }) => deployment);
  },
};
