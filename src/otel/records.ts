import type { Attributes, Histogram } from '@opentelemetry/api';

/** As many as a few dozen calls leave. */
const MOST_KEPT = 256;

/**
 * Values that histograms are told together, when there are enough of them or somebody collects: an SDK makes a text of all
 * attributes at each one, and code that runs in a row takes half the time of code that runs now and then.
 */
export class Records {
  readonly #histograms: Histogram[] = [];
  readonly #values: number[] = [];
  readonly #attributes: Attributes[] = [];

  /** `attributes` may not change afterwards. */
  keep(histogram: Histogram, value: number, attributes: Attributes): void {
    this.#histograms.push(histogram);
    this.#values.push(value);
    if (this.#attributes.push(attributes) >= MOST_KEPT) this.flush();
  }

  flush(): void {
    const count = this.#values.length;
    for (let index = 0; index < count; index += 1) {
      this.#histograms[index]?.record(this.#values[index] ?? 0, this.#attributes[index]);
    }
    this.#histograms.length = 0;
    this.#values.length = 0;
    this.#attributes.length = 0;
  }
}
