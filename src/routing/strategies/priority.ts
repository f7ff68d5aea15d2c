import type { Deployment } from '../../core/deployment.ts';
import { ofList, type StagedStrategy, without } from './staged-strategy.ts';

/** Lower `priority` first; equal ones as listed. The default. */
export const priority: StagedStrategy = {
  name: 'priority',
  order: byPriority,
  first: (candidates, _health, call) => orderOf(candidates, call)[0],
  rest: (first, candidates, _health, call) => without(first, orderOf(candidates, call)),
};

const orderOf = ofList(byPriority);

function byPriority(candidates: readonly Deployment[]): readonly Deployment[] {
  return candidates.toSorted((a, b) => a.priority - b.priority);
}
