import type { RoutingStrategy } from '../../core/strategy.ts';

/** Smallest estimated cost of this call first; equal ones as listed, those without a known price last. */
export const lowestCost: RoutingStrategy = {
  name: 'lowest-cost',
  order(candidates, health, call) {
    const costs = candidates.map((deployment) => ({
      deployment,
      costNanoUsd: health.costNanoUsd(deployment.id, call) ?? Number.MAX_VALUE,
    }));
    return costs.sort((a, b) => a.costNanoUsd - b.costNanoUsd).map(({ deployment }) => deployment);
  },
};
