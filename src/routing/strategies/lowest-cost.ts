import { type StagedStrategy, without } from './staged-strategy.ts';

/** Smallest estimated cost of this call first; equal ones as listed, those without a known price last. */
export const lowestCost: StagedStrategy = {
  name: 'lowest-cost',
  order(candidates, health, call) {
    const costs = candidates.map((deployment) => ({
      deployment,
      costNanoUsd: health.costNanoUsd(deployment.id, call) ?? Number.MAX_VALUE,
    }));
    return costs.sort((a, b) => a.costNanoUsd - b.costNanoUsd).map(({ deployment }) => deployment);
  },
  first(candidates, health, call) {
    let least = Number.POSITIVE_INFINITY;
    let [best] = candidates;
    for (const deployment of health.cheapestOf?.(candidates) ?? candidates) {
      const costNanoUsd = health.costNanoUsd(deployment.id, call) ?? Number.MAX_VALUE;
      if (costNanoUsd >= least) continue;
      least = costNanoUsd;
      best = deployment;
    }
    return best;
  },
  rest: (first, candidates, health, call) => lowestCost.order(without(first, candidates), health, call),
};
