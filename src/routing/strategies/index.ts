import { leastBusy } from './least-busy.ts';
import { lowestCost } from './lowest-cost.ts';
import { lowestLatency } from './lowest-latency.ts';
import { mostHeadroom } from './most-headroom.ts';
import { priority } from './priority.ts';
import { roundRobin } from './round-robin.ts';
import type { StagedStrategy } from './staged-strategy.ts';
import { weighted } from './weighted.ts';

/** The built-in strategies by the name that `strategy` of a model takes. */
export const routingStrategies: ReadonlyMap<string, StagedStrategy> = new Map(
  [priority, weighted, roundRobin, leastBusy, lowestLatency, lowestCost, mostHeadroom].map((strategy) => [
    strategy.name,
    strategy,
  ]),
);
