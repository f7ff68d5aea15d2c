import { USAGE_DIMENSIONS, USAGE_MEASURES, type UsageRange, type UsageTotals } from './store.ts';

const HOUR_MS = 3_600_000;
/**
 * Rows kept in memory of the newest hour, and again of those before it. Beyond it the oldest hours are given up, and what one
 * hour has beyond it is counted together.
 */
const LARGEST_REPORT = 200_000;

/** Every dimension of the row that counts what has no row of its own. */
const OTHERS = '(others)';

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

const DIMENSIONS_OF_OTHERS: Pick<UsageTotals, (typeof USAGE_DIMENSIONS)[number]> = {
  team: OTHERS,
  app: OTHERS,
  user: OTHERS,
  key: OTHERS,
  model: OTHERS,
  deployment: OTHERS,
  provider: OTHERS,
};

const KEY_OF_OTHERS = keyOf(DIMENSIONS_OF_OTHERS);

function keyOf(row: Pick<UsageTotals, (typeof USAGE_DIMENSIONS)[number]>): string {
  return JSON.stringify(USAGE_DIMENSIONS.map((dimension) => row[dimension]));
}

/** The usage report in memory: sums by hour and dimensions. */
export class UsageReport {
  readonly #hours = new Map<number, Map<string, Mutable<UsageTotals>>>();
  readonly #mostRows: number;
  #newest = Number.NEGATIVE_INFINITY;
  #rows = 0;

  constructor(mostRows = LARGEST_REPORT) {
    this.#mostRows = mostRows;
  }

  add(rows: readonly UsageTotals[]): void {
    for (const row of rows) this.#add(row);
    while (this.#rowsOfEarlierHours() > this.#mostRows) this.#forgetOldestHour();
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
      this.#newest = Math.max(this.#newest, row.hourStartsAt);
    }
    const key = keyOf(row);
    // The last place is that of the others.
    const isRoom = hour.has(key) || hour.size < this.#mostRows - 1;
    const sums = hour.get(isRoom ? key : KEY_OF_OTHERS);
    if (sums === undefined) {
      hour.set(isRoom ? key : KEY_OF_OTHERS, isRoom ? { ...row } : { ...row, ...DIMENSIONS_OF_OTHERS });
      this.#rows += 1;
      return;
    }
    for (const measure of USAGE_MEASURES) if (row[measure] !== undefined) sums[measure] = (sums[measure] ?? 0) + row[measure];
  }

  #rowsOfEarlierHours(): number {
    return this.#rows - (this.#hours.get(this.#newest)?.size ?? 0);
  }

  #forgetOldestHour(): void {
    const oldest = Math.min(...this.#hours.keys());
    this.#rows -= this.#hours.get(oldest)?.size ?? 0;
    this.#hours.delete(oldest);
  }
}
