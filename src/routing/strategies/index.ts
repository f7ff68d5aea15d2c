// Written by `npm run generate` from the files beside it.
import type { RoutingStrategy } from '../../core/strategy.ts';
import { leastBusy } from './least-busy.ts';
import { lowestCost } from './lowest-cost.ts';
import { lowestLatency } from './lowest-latency.ts';
import { mostHeadroom } from './most-headroom.ts';
import { priority } from './priority.ts';
import { roundRobin } from './round-robin.ts';
import { weighted } from './weighted.ts';

/** What `strategy` of a model can name. */
export const STRATEGY_NAMES = [
  'least-busy',
  'lowest-cost',
  'lowest-latency',
  'most-headroom',
  'priority',
  'round-robin',
  'weighted',
] as const;

const STRATEGIES: readonly RoutingStrategy[] = [
  leastBusy,
  lowestCost,
  lowestLatency,
  mostHeadroom,
  priority,
  roundRobin,
  weighted,
];

/** The built-in strategies by name. */
export const routingStrategies: ReadonlyMap<string, RoutingStrategy> = new Map(STRATEGIES.map((each) => [each.name, each]));
