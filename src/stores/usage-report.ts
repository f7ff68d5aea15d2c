import { USAGE_DIMENSIONS, USAGE_MEASURES, type UsageRange, type UsageTotals } from './store.ts';

const HOUR_MS = 3_600_000;
/** Rows kept in memory; beyond it the oldest hours are given up. */
const LARGEST_REPORT = 200_000;

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** A row that counts nothing yet. */
export const NO_MEASURES = {
  requests: 0,
  failures: 0,
  costNanoUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  unpricedRequests: 0,
};

export function hourOf(at: number): number {
  return at - (at % HOUR_MS);
}

/** First hour that overlaps a range, for stores that filter by the hour. */
export function firstHour(range: UsageRange): number {
  return range.since === undefined ? 0 : hourOf(Math.max(range.since, 0));
}

/** The usage report in memory: sums by hour and dimensions. */
export class UsageReport {
  readonly #hours = new Map<number, Map<string, Mutable<UsageTotals>>>();
  #rows = 0;

  add(rows: readonly UsageTotals[]): void {
    for (const row of rows) this.#add(row);
    while (this.#rows > LARGEST_REPORT && this.#hours.size > 1) this.#forgetOldestHour();
  }

  rows(range: UsageRange): UsageTotals[] {
    const since = firstHour(range);
    const until = range.until ?? Number.POSITIVE_INFINITY;
    const found: UsageTotals[] = [];
    for (const [hour, rows] of this.#hours) {
      if (hour >= since && hour < until) for (const row of rows.values()) found.push({ ...row });
    }
    return found;
  }

  #add(row: UsageTotals): void {
    let hour = this.#hours.get(row.hourStartsAt);
    if (hour === undefined) {
      hour = new Map();
      this.#hours.set(row.hourStartsAt, hour);
    }
    const key = JSON.stringify(USAGE_DIMENSIONS.map((dimension) => row[dimension]));
    const sums = hour.get(key);
    if (sums === undefined) {
      hour.set(key, { ...row });
      this.#rows += 1;
      return;
    }
    for (const measure of USAGE_MEASURES) if (row[measure] !== undefined) sums[measure] = (sums[measure] ?? 0) + row[measure];
  }

  #forgetOldestHour(): void {
    const oldest = Math.min(...this.#hours.keys());
    this.#rows -= this.#hours.get(oldest)?.size ?? 0;
    this.#hours.delete(oldest);
  }
}
