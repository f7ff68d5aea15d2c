import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { HealthView, RoutingStrategy } from '../../core/strategy.ts';
import type { Standing } from '../standing.ts';

/** The state as the built-in strategies see it. */
export interface RankedHealth extends HealthView {
  /** What is compared of a model's whole list, kept up to date; left out: it is read of each. */
  standingOf?(deployments: readonly Deployment[]): Standing;
  /** Shares of rpm and tpm left of a model's whole list; undefined or left out: they are asked of each. */
  headroomOf?(deployments: readonly Deployment[]): Float64Array | undefined;
  /** Those among which the cheapest for the call is, in their order; left out: it may be any. */
  cheapestOf?(candidates: readonly Deployment[]): readonly Deployment[];
}

/**
 * A strategy that finds its first place without ordering the others, as most calls need no second one. `first` and the
 * `rest` are what `order` comes to; the rest is ordered by what is known when it is asked for.
 */
export interface StagedStrategy extends RoutingStrategy {
  /** `candidates`: not empty. */
  first(candidates: readonly Deployment[], health: RankedHealth, call: Call): Deployment | undefined;
  rest(first: Deployment, candidates: readonly Deployment[], health: HealthView, call: Call): readonly Deployment[];
}

/** Whether its first place is found apart; a strategy may have no more than `order`. */
export function isStaged(strategy: RoutingStrategy): strategy is StagedStrategy {
  return 'first' in strategy;
}

/** The others, in their order. */
export function without(first: Deployment, candidates: readonly Deployment[]): readonly Deployment[] {
  return candidates.filter((deployment) => deployment !== first);
}

/** What is told of candidates by their configuration alone: once for a model's whole list, else as it is asked for. */
export function ofList<Fact extends object>(
  tell: (candidates: readonly Deployment[]) => Fact,
): (candidates: readonly Deployment[], call: Call) => Fact {
  const known = new WeakMap<readonly Deployment[], Fact>();
  return (candidates, call) => {
    if (candidates !== call.modelPlan.deployments) return tell(candidates);
    let fact = known.get(candidates);
    if (fact === undefined) {
      fact = tell(candidates);
      known.set(candidates, fact);
    }
    return fact;
  };
}
