import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Random } from '../core/random.ts';
import type { HealthView } from '../core/strategy.ts';
import type { Health } from './health.ts';
import type { Standing } from './standing.ts';

/** Estimated cost of a call in nano-dollars by the deployment's id; undefined if no price is known. */
export interface CallCosts {
  costAt(deploymentId: string): number | undefined;
  /** Those among which the cheapest is, in their order. */
  cheapestOf?(deployments: readonly Deployment[]): readonly Deployment[];
}

/** The health of all deployments as one call's strategy sees it: with the costs that the call's estimate has. */
export class CallHealth implements HealthView {
  readonly #health: Health;
  readonly #costs: CallCosts;

  constructor(health: Health, costs: CallCosts) {
    this.#health = health;
    this.#costs = costs;
  }

  get random(): Random {
    return this.#health.random;
  }

  inFlight(deploymentId: string): number {
    return this.#health.inFlight(deploymentId);
  }

  firstTokenMs(deploymentId: string): number | undefined {
    return this.#health.firstTokenMs(deploymentId);
  }

  lastUsedMs(deploymentId: string): number | undefined {
    return this.#health.lastUsedMs(deploymentId);
  }

  nowMs(): number {
    return this.#health.nowMs();
  }

  headroom(deploymentId: string): number {
    return this.#health.headroom(deploymentId);
  }

  headroomOf(deployments: readonly Deployment[]): Float64Array | undefined {
    return this.#health.headroomOf(deployments);
  }

  costNanoUsd(deploymentId: string, _call: Call): number | undefined {
    return this.#costs.costAt(deploymentId);
  }

  standingOf(deployments: readonly Deployment[]): Standing {
    return this.#health.standingOf(deployments);
  }

  cheapestOf(deployments: readonly Deployment[]): readonly Deployment[] {
    return this.#costs.cheapestOf?.(deployments) ?? deployments;
  }

  turn(model: string): number {
    return this.#health.turn(model);
  }
}
