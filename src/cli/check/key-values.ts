import { toGlob } from '../../core/glob.ts';
import type { Plan } from '../../core/plan.ts';

/** What the callers of all keys have in each dimension. */
export class KeyValues {
  readonly #byDimension = new Map<string, Set<string>>();

  constructor({ keys, callerFromParams }: Plan['access']) {
    for (const { caller } of keys.values()) {
      for (const [dimension, value] of Object.entries(caller)) this.#add(dimension, typeof value === 'string' ? [value] : value);
    }
    // What a call itself may bring can be anything.
    for (const { dimension } of callerFromParams) this.#byDimension.delete(dimension);
  }

  #add(dimension: string, values: readonly string[] = []): void {
    const known = this.#byDimension.get(dimension) ?? new Set();
    for (const value of values) known.add(value);
    this.#byDimension.set(dimension, known);
  }

  /** True as well if keys say nothing of the dimension. */
  mayHave(dimension: string, globs: readonly string[]): boolean {
    const values = this.#byDimension.get(dimension);
    if (values === undefined || values.size === 0) return true;
    return globs.some((glob) => values.has(glob) || (/[*?]/.test(glob) && values.values().some(toGlob(glob))));
  }
}
