import type { Deployment } from './deployment.ts';

/** What is known of the deployments of one list, at their places in it. */
export interface KnownOfList {
  /** Takes up what has changed at a place. */
  see(place: number, deploymentId: string): void;
}

/** Lists of one configuration; more are begun anew. */
const MOST_LISTS = 256;

interface Kept<Known> {
  readonly known: Known;
  readonly places: ReadonlyMap<string, number>;
}

/** What is known of models' lists of deployments, kept up to date with every change at one of them. */
export class DeploymentLists<Known extends KnownOfList> {
  readonly #begin: (deployments: readonly Deployment[]) => Known;
  readonly #lists = new Map<readonly Deployment[], Kept<Known>>();

  constructor(begin: (deployments: readonly Deployment[]) => Known) {
    this.#begin = begin;
  }

  of(deployments: readonly Deployment[]): Known {
    const kept = this.#lists.get(deployments);
    if (kept !== undefined) return kept.known;
    if (this.#lists.size >= MOST_LISTS) this.#lists.clear();
    const known = this.#begin(deployments);
    this.#lists.set(deployments, { known, places: new Map(deployments.map(({ id }, place) => [id, place])) });
    return known;
  }

  changed(deploymentId: string): void {
    if (this.#lists.size === 0) return;
    for (const { known, places } of this.#lists.values()) {
      const place = places.get(deploymentId);
      if (place !== undefined) known.see(place, deploymentId);
    }
  }

  clear(): void {
    this.#lists.clear();
  }
}
