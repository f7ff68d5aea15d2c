import type { RoutingStrategy } from '../../core/strategy.ts';

/** The listed order, begun one further at each call of the model. */
export const roundRobin: RoutingStrategy = {
  name: 'round-robin',
  order(candidates, health, call) {
    const first = health.turn(call.model) % candidates.length;
    return [...candidates.slice(first), ...candidates.slice(0, first)];
  },
};
