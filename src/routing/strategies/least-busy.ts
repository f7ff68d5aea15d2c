import type { RoutingStrategy } from '../../core/strategy.ts';

/** Fewest attempts under way first, in proportion to `maxConcurrent` where all have one; equal ones as listed. */
export const leastBusy: RoutingStrategy = {
  name: 'least-busy',
  order(candidates, health) {
    const relative = candidates.every(({ maxConcurrent }) => maxConcurrent !== undefined);
    const loads = candidates.map((deployment) => ({
      deployment,
      load: health.inFlight(deployment.id) / (relative ? (deployment.maxConcurrent ?? 1) : 1),
    }));
    return loads.sort((a, b) => a.load - b.load).map(({ deployment }) => deployment);
  },
};
