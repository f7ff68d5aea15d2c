import type { Deployment } from '../../core/deployment.ts';
import type { StagedStrategy } from './staged-strategy.ts';

/** The listed order, begun one further at each call of the model. */
export const roundRobin: StagedStrategy = {
  name: 'round-robin',
  order(candidates, health, call) {
    return from(health.turn(call.model) % candidates.length, candidates);
  },
  first: (candidates, health, call) => candidates[health.turn(call.model) % candidates.length],
  rest: (first, candidates) => from(candidates.indexOf(first), candidates).slice(1),
};

function from(place: number, candidates: readonly Deployment[]): readonly Deployment[] {
  return [...candidates.slice(place), ...candidates.slice(0, place)];
}
