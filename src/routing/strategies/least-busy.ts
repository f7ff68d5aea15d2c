import type { Deployment } from '../../core/deployment.ts';
import type { HealthView } from '../../core/strategy.ts';
import { ofList, type StagedStrategy, without } from './staged-strategy.ts';

/** Fewest attempts under way first, in proportion to `maxConcurrent` if all have one; equal ones as listed. */
export const leastBusy: StagedStrategy = {
  name: 'least-busy',
  order(candidates, health) {
    const { relative } = tellLimits(candidates);
    const loads = candidates.map((deployment) => ({ deployment, load: loadOf(deployment, health, relative) }));
    return loads.sort((a, b) => a.load - b.load).map(({ deployment }) => deployment);
  },
  first(candidates, health, call) {
    const { relative } = limitsOf(candidates, call);
    let least = Number.POSITIVE_INFINITY;
    let [best] = candidates;
    for (const deployment of candidates) {
      const load = loadOf(deployment, health, relative);
      // None is less busy than one that is idle.
      if (load === 0) return deployment;
      if (load < least) {
        least = load;
        best = deployment;
      }
    }
    return best;
  },
  rest: (first, candidates, health, call) => leastBusy.order(without(first, candidates), health, call),
};

const limitsOf = ofList(tellLimits);

function tellLimits(candidates: readonly Deployment[]): { readonly relative: boolean } {
  return { relative: candidates.every(({ maxConcurrent }) => maxConcurrent !== undefined) };
}

function loadOf({ id, maxConcurrent }: Deployment, health: HealthView, relative: boolean): number {
  return health.inFlight(id) / (relative ? (maxConcurrent ?? 1) : 1);
}
