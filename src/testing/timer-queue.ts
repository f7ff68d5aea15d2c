export interface PendingTimer {
  readonly dueMs: number;
  /** Of two that are due at once, the one made first runs first. */
  readonly order: number;
  readonly callback: () => void;
}

/** Timers by their time: a binary heap, so that a simulation may have as many as it likes. */
export class TimerQueue {
  readonly #heap: PendingTimer[] = [];
  /** Cancelled ones stay in the heap until they come to its top, or are half of it. */
  readonly #waiting = new Set<PendingTimer>();

  get size(): number {
    return this.#waiting.size;
  }

  add(timer: PendingTimer): void {
    this.#waiting.add(timer);
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
  }

  cancel(timer: PendingTimer): void {
    this.#waiting.delete(timer);
    if (this.#heap.length < 64 || this.#heap.length < this.#waiting.size * 2) return;
    this.#heap.length = 0;
    for (const waiting of this.#waiting) {
      this.#heap.push(waiting);
      this.#rise(this.#heap.length - 1);
    }
  }

  /** Takes the next that is due by a time; undefined if there is none. */
  takeUntil(endMs: number): PendingTimer | undefined {
    for (let top = this.#heap[0]; top !== undefined && top.dueMs <= endMs; top = this.#heap[0]) {
      this.#dropTop();
      if (this.#waiting.delete(top)) return top;
    }
    return undefined;
  }

  #dropTop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let place = from; place > 0; ) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    for (let place = from; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      const least = this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(least, place)) return;
      this.#swap(place, least);
      place = least;
    }
  }

  /** A place beyond the end is before none. */
  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return a !== undefined;
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
