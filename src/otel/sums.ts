import type { Attributes, Counter } from '@opentelemetry/api';

/** What a counter has not been told yet of one series. */
export interface Sum {
  value: number;
}

interface KeptSum extends Sum {
  readonly counter: Counter;
  readonly attributes: Attributes;
}

/**
 * Sums that counters are told when somebody collects: an SDK makes a text of all attributes at each record, which costs more
 * than the addition, and a call has several.
 */
export class Sums {
  readonly #sums: KeptSum[] = [];

  of(counter: Counter, attributes: Attributes): Sum {
    const sum = { value: 0, counter, attributes };
    this.#sums.push(sum);
    return sum;
  }

  flush(): void {
    for (const sum of this.#sums) {
      if (sum.value > 0) sum.counter.add(sum.value, sum.attributes);
      sum.value = 0;
    }
  }

  /** Forgets every series; those who hold a sum ask for a new one. */
  clear(): void {
    this.flush();
    this.#sums.length = 0;
  }
}
