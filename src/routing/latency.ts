/** Measurements kept for percentiles. */
const RING_SIZE = 128;
/** The share a new measurement has at least, and the time in which an old average fades to 1/e. */
const SMALLEST_SHARE = 0.2;
const FADING_MS = 15_000;

/** Of the last 128 measurements, in milliseconds; null if there is none yet. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
}

/**
 * One kind of latency at one deployment: an exponentially weighted average that forgets by time, so that one new
 * measurement after a pause counts more than a stale average, and the last 128 measurements for percentiles.
 */
export class Latency {
  #ring: number[] = [];
  #next = 0;
  #average: number | undefined;
  #measuredAtMs = 0;

  /** Milliseconds. */
  get average(): number | undefined {
    return this.#average;
  }

  measure(latencyMs: number, nowMs: number): void {
    if (!(latencyMs >= 0)) return;
    this.#ring[this.#next] = latencyMs;
    this.#next = (this.#next + 1) % RING_SIZE;
    if (this.#average === undefined) {
      this.#average = latencyMs;
    } else {
      const share = Math.max(SMALLEST_SHARE, 1 - Math.exp((this.#measuredAtMs - nowMs) / FADING_MS));
      this.#average += share * (latencyMs - this.#average);
    }
    this.#measuredAtMs = nowMs;
  }

  /** The measurement that `percentile` (0 to 100) of the last ones do not exceed; undefined without any. */
  percentile(percentile: number): number | undefined {
    return at(percentile, this.#sorted());
  }

  percentiles(): Percentiles {
    if (this.#ring.length === 0) return NOTHING_MEASURED;
    const sorted = this.#sorted();
    return { p50: at(50, sorted) ?? null, p95: at(95, sorted) ?? null };
  }

  #sorted(): readonly number[] {
    return this.#ring.toSorted((a, b) => a - b);
  }
}

const NOTHING_MEASURED: Percentiles = Object.freeze({ p50: null, p95: null });

function at(percentile: number, sorted: readonly number[]): number | undefined {
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)];
}
