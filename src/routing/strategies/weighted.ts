import type { RoutingStrategy } from '../../core/strategy.ts';

/**
 * Each place is drawn among those left with a chance in proportion to `weight`. Weight 0 comes last.
 * Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006): order by -ln(u) / weight.
 */
export const weighted: RoutingStrategy = {
  name: 'weighted',
  order(candidates, health) {
    const drawn = candidates.map((deployment) => ({
      deployment,
      // 1 - u is in (0, 1], so that the logarithm is finite.
      key: deployment.weight > 0 ? -Math.log(1 - health.random()) / deployment.weight : Number.POSITIVE_INFINITY,
    }));
    return drawn.sort(byKey).map(({ deployment }) => deployment);
  },
};

// Infinity minus Infinity is not a number, which sort would take for 'equal' only by luck.
function byKey(a: { readonly key: number }, b: { readonly key: number }): number {
  return a.key === b.key ? 0 : a.key - b.key;
}
