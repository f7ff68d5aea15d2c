import type { RoutingStrategy } from '../../core/strategy.ts';

/** Lower `priority` first; equal ones as listed. */
export const priority: RoutingStrategy = {
  name: 'priority',
  order: (candidates) => candidates.toSorted((a, b) => a.priority - b.priority),
};
