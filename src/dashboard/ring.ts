/** The newest of a kind; the oldest give way. */
export class Ring<T> {
  readonly #items: T[] = [];
  readonly #size: number;
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(item: T): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#size;
  }

  /** Newest first. */
  *newest(): Generator<T> {
    const { length } = this.#items;
    for (let back = 1; back <= length; back += 1) {
      const item = this.#items[(this.#next - back + this.#size) % this.#size];
      if (item !== undefined) yield item;
    }
  }

  first(count: number): T[] {
    return this.newest().take(count).toArray();
  }
}
