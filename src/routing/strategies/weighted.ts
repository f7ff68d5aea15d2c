import type { Deployment } from '../../core/deployment.ts';
import type { RoutingStrategy } from '../../core/strategy.ts';

/**
 * Each place is drawn among those left with a chance in proportion to `weight`. Weight 0 comes last.
 * Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006): order by -ln(u) / weight.
 */
export const weighted: RoutingStrategy = {
  name: 'weighted',
  order(candidates, health) {
    const order: Deployment[] = [];
    const keys: number[] = [];
    for (const deployment of candidates) {
      // 1 - u is in (0, 1], so that the logarithm is finite.
      const key = deployment.weight > 0 ? -Math.log(1 - health.random()) / deployment.weight : Number.POSITIVE_INFINITY;
      const place = keys.findIndex((other) => other > key);
      if (place < 0) {
        order.push(deployment);
        keys.push(key);
      } else {
        order.splice(place, 0, deployment);
        keys.splice(place, 0, key);
      }
    }
    return order;
  },
};
