/** A question that was answered, and how close it is. */
export interface Meant {
  /** The key that its answer is kept under. */
  readonly key: string;
  /** Cosine similarity. */
  readonly similarity: number;
}

interface Indexed {
  readonly context: string;
  readonly text: string;
  readonly vector: Float32Array;
  readonly key: string;
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

  add(context: string, text: string, vector: Float32Array, key: string, maxEntries: number): void {
    this.#remove(this.#byKey.get(key));
    const indexed: Indexed = { context, text, vector, key };
    this.#byKey.set(key, indexed);
    const others = this.#byContext.get(context);
    if (others === undefined) this.#byContext.set(context, new Set([indexed]));
    else others.add(indexed);
    for (const oldest of this.#byKey.values()) {
      if (this.#byKey.size <= maxEntries) return;
      this.#remove(oldest);
    }
  }

  /** The closest of those at the threshold or above whose text is allowed. */
  nearest(context: string, vector: Float32Array, threshold: number, isAllowed: (text: string) => boolean): Meant | undefined {
    let best: Meant | undefined;
    for (const indexed of this.#byContext.get(context) ?? []) {
      const similarity = cosine(vector, indexed.vector);
      if (similarity < threshold || (best !== undefined && similarity <= best.similarity)) continue;
      if (isAllowed(indexed.text)) best = { key: indexed.key, similarity };
    }
    return best;
  }

  #remove(indexed: Indexed | undefined): void {
    if (indexed === undefined) return;
    this.#byKey.delete(indexed.key);
    const others = this.#byContext.get(indexed.context);
    others?.delete(indexed);
    if (others?.size === 0) this.#byContext.delete(indexed.context);
  }
}

/** Of vectors of length 1; 0 for those of different models. */
function cosine(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return 0;
  let sum = 0;
  for (let place = 0; place < one.length; place += 1) sum += (one[place] ?? 0) * (other[place] ?? 0);
  return Math.min(1, sum);
}
