const BUCKET_MS = 1_000;
const BUCKETS = 30;

/** Successes and failures of the last 30 seconds, counted in buckets of one second. */
export class OutcomeWindow {
  readonly #seconds = new Array<number>(BUCKETS).fill(-1);
  readonly #successes = new Array<number>(BUCKETS).fill(0);
  readonly #failures = new Array<number>(BUCKETS).fill(0);

  add(outcome: 'success' | 'failure', nowMs: number): void {
    const second = Math.floor(nowMs / BUCKET_MS);
    const bucket = second % BUCKETS;
    if (this.#seconds[bucket] !== second) {
      this.#seconds[bucket] = second;
      this.#successes[bucket] = 0;
      this.#failures[bucket] = 0;
    }
    const counts = outcome === 'success' ? this.#successes : this.#failures;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }

  /** Outcomes in all, and the failures among them. */
  totals(nowMs: number): { outcomes: number; failures: number } {
    const oldest = Math.floor(nowMs / BUCKET_MS) - BUCKETS;
    let successes = 0;
    let failures = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      if ((this.#seconds[bucket] ?? -1) <= oldest) continue;
      successes += this.#successes[bucket] ?? 0;
      failures += this.#failures[bucket] ?? 0;
    }
    return { outcomes: successes + failures, failures };
  }

  clear(): void {
    this.#seconds.fill(-1);
  }
}
