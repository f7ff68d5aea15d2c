import type { Call } from '../core/call.ts';
import type { CandidateOrder } from '../core/candidate-order.ts';
import type { Deployment } from '../core/deployment.ts';
import type { RankedHealth, StagedStrategy } from './strategies/staged-strategy.ts';

/** The order of a built-in strategy: its first place is found at once, the others when they are asked for. */
export class StagedOrder implements CandidateOrder {
  readonly first: Deployment | undefined;
  readonly count: number;
  readonly #strategy: StagedStrategy;
  readonly #candidates: readonly Deployment[];
  readonly #health: RankedHealth;
  readonly #call: Call;
  #order: readonly Deployment[] | undefined;

  constructor(strategy: StagedStrategy, candidates: readonly Deployment[], health: RankedHealth, call: Call) {
    this.#strategy = strategy;
    this.#candidates = candidates;
    this.#health = health;
    this.#call = call;
    this.count = candidates.length;
    this.first = strategy.first(candidates, health, call);
  }

  get order(): readonly Deployment[] {
    this.#order ??= this.first === undefined ? [] : this.#from(this.first);
    return this.#order;
  }

  #from(first: Deployment): readonly Deployment[] {
    return [first, ...this.#strategy.rest(first, this.#candidates, this.#health, this.#call)];
  }
}
