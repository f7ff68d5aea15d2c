type Part = string | undefined;

/** Values at lists of names, as many in each. A text made of the names would have to be built and hashed at each look. */
export class Tree<Value> {
  readonly #root = new Map<Part, unknown>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(path: readonly Part[]): Value | undefined {
    let node: unknown = this.#root;
    for (const part of path) {
      if (node === undefined) return undefined;
      node = (node as Map<Part, unknown>).get(part);
    }
    return node as Value | undefined;
  }

  /** `path` has no value yet. */
  add(path: readonly Part[], value: Value): void {
    let node = this.#root;
    for (const part of path.slice(0, -1)) {
      const next = node.get(part) ?? new Map();
      node.set(part, next);
      node = next as Map<Part, unknown>;
    }
    node.set(path.at(-1), value);
    this.#size += 1;
  }

  clear(): void {
    this.#root.clear();
    this.#size = 0;
  }
}
