import type { Deployment } from '../core/deployment.ts';
import type { KnownOfList } from '../core/deployment-lists.ts';
import type { HealthView } from '../core/strategy.ts';

type Seen = Pick<HealthView, 'inFlight' | 'firstTokenMs' | 'lastUsedMs'>;

/**
 * What strategies compare of the deployments of a list, at their places in it: the numbers lie side by side, so that a
 * thousand are looked through in microseconds.
 */
export class Standing implements KnownOfList {
  /** Infinite if nothing is known. */
  readonly latencyMs: Float64Array;
  /** Minus infinite if it was never used. */
  readonly lastUsedMs: Float64Array;
  readonly inFlight: Float64Array;
  readonly #health: Seen;

  constructor(deployments: readonly Deployment[], health: Seen) {
    this.latencyMs = new Float64Array(deployments.length);
    this.lastUsedMs = new Float64Array(deployments.length);
    this.inFlight = new Float64Array(deployments.length);
    this.#health = health;
    for (const [place, { id }] of deployments.entries()) this.see(place, id);
  }

  see(place: number, deploymentId: string): void {
    this.latencyMs[place] = this.#health.firstTokenMs(deploymentId) ?? Number.POSITIVE_INFINITY;
    this.lastUsedMs[place] = this.#health.lastUsedMs(deploymentId) ?? Number.NEGATIVE_INFINITY;
    this.inFlight[place] = this.#health.inFlight(deploymentId);
  }
}
