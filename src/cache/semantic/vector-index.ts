import type { LearnedTrust } from './learned-trust.ts';

/** A question whose answer is kept. */
export interface Indexed {
  readonly context: string;
  readonly text: string;
  /** Of length 1. */
  readonly vector: Float32Array;
  /** The key that its answer is kept under. */
  readonly key: string;
  /** Undefined if a fixed threshold decides. */
  readonly trust: LearnedTrust | undefined;
}

/** A question that was answered, and how close it is. */
export interface Meant {
  readonly indexed: Indexed;
  /** Cosine similarity. */
  readonly similarity: number;
}

/** Vectors by context, compared one by one; the oldest goes when there are too many. */
export class VectorIndex {
  readonly #byContext = new Map<string, Set<Indexed>>();
  /** Oldest first, by the key of the answer. */
  readonly #byKey = new Map<string, Indexed>();

  get size(): number {
    return this.#byKey.size;
  }

  clear(): void {
    this.#byContext.clear();
    this.#byKey.clear();
  }

  at(key: string): Indexed | undefined {
    return this.#byKey.get(key);
  }

  add(indexed: Indexed, maxEntries: number): void {
    this.remove(this.#byKey.get(indexed.key));
    this.#byKey.set(indexed.key, indexed);
    const others = this.#byContext.get(indexed.context);
    if (others === undefined) this.#byContext.set(indexed.context, new Set([indexed]));
    else others.add(indexed);
    for (const oldest of this.#byKey.values()) {
      if (this.#byKey.size <= maxEntries) return;
      this.remove(oldest);
    }
  }

  remove(indexed: Indexed | undefined): void {
    if (indexed === undefined || this.#byKey.get(indexed.key) !== indexed) return;
    this.#byKey.delete(indexed.key);
    const others = this.#byContext.get(indexed.context);
    others?.delete(indexed);
    if (others?.size === 0) this.#byContext.delete(indexed.context);
  }

  /** The closest of those at the threshold or above whose text is allowed. */
  nearest(context: string, vector: Float32Array, threshold: number, isAllowed: (text: string) => boolean): Meant | undefined {
    let best: Meant | undefined;
    for (const indexed of this.#byContext.get(context) ?? []) {
      const similarity = cosine(vector, indexed.vector);
      if (similarity < threshold || (best !== undefined && similarity <= best.similarity)) continue;
      if (isAllowed(indexed.text)) best = { indexed, similarity };
    }
    return best;
  }
}

/** Of vectors of length 1; 0 for those of different models. */
function cosine(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return 0;
  let sum = 0;
  for (let place = 0; place < one.length; place += 1) sum += (one[place] ?? 0) * (other[place] ?? 0);
  return Math.min(1, sum);
}
