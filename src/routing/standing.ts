import type { Deployment } from '../core/deployment.ts';
import type { HealthView } from '../core/strategy.ts';

type Seen = Pick<HealthView, 'inFlight' | 'firstTokenMs' | 'lastUsedMs'>;

/**
 * What `lowest-latency` compares of the deployments of a list, at their places in it: the numbers lie side by side, so that a
 * thousand are looked through in microseconds.
 */
export class Standing {
  /** Infinite where nothing is known. */
  readonly latencyMs: Float64Array;
  /** Minus infinite where it was never used. */
  readonly lastUsedMs: Float64Array;
  readonly inFlight: Uint32Array;

  constructor(deployments: readonly Deployment[], health: Seen) {
    this.latencyMs = new Float64Array(deployments.length);
    this.lastUsedMs = new Float64Array(deployments.length);
    this.inFlight = new Uint32Array(deployments.length);
    for (const [place, { id }] of deployments.entries()) this.see(place, id, health);
  }

  see(place: number, id: string, health: Seen): void {
    this.latencyMs[place] = health.firstTokenMs(id) ?? Number.POSITIVE_INFINITY;
    this.lastUsedMs[place] = health.lastUsedMs(id) ?? Number.NEGATIVE_INFINITY;
    this.inFlight[place] = health.inFlight(id);
  }
}

/** Lists of one configuration; more are begun anew. */
const MOST_LISTS = 256;

interface Kept {
  readonly standing: Standing;
  readonly places: ReadonlyMap<string, number>;
}

/** The standings of models' lists, kept up to date with every change at one of their deployments. */
export class Standings {
  readonly #lists = new Map<readonly Deployment[], Kept>();

  of(deployments: readonly Deployment[], health: Seen): Standing {
    const known = this.#lists.get(deployments);
    if (known !== undefined) return known.standing;
    if (this.#lists.size >= MOST_LISTS) this.#lists.clear();
    const standing = new Standing(deployments, health);
    this.#lists.set(deployments, { standing, places: new Map(deployments.map(({ id }, place) => [id, place])) });
    return standing;
  }

  changed(id: string, health: Seen): void {
    if (this.#lists.size === 0) return;
    for (const { standing, places } of this.#lists.values()) {
      const place = places.get(id);
      if (place !== undefined) standing.see(place, id, health);
    }
  }

  clear(): void {
    this.#lists.clear();
  }
}
