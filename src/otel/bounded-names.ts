/** Stands for all names that found no place; the conventions' own word for such a rest. */
const OTHER = '_OTHER';

/**
 * Names that may be attributes of metrics. Callers choose the names of models, and each one is a series for ever: a name
 * gets a place when a provider was tried for it, as long as there are places.
 */
export class BoundedNames {
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The name, or what stands for it. `isReal`: a provider was tried for it. */
  of(name: string, isReal: boolean): string {
    if (this.#known.has(name)) return name;
    if (!isReal || this.#known.size >= this.#most) return OTHER;
    this.#known.add(name);
    return name;
  }
}
