import { middleOfMs } from '../stores/latency-buckets.ts';

/** Milliseconds, each told to within a quarter of it; null if nothing was measured. */
export interface ReportedPercentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Percentiles of the counts of a histogram's buckets. */
export function percentilesOf(counts: readonly number[]): ReportedPercentiles {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const at = (share: number) => {
    let rank = Math.ceil(total * share);
    for (const [bucket, count] of counts.entries()) {
      rank -= count;
      if (count > 0 && rank <= 0) return Math.round(middleOfMs(bucket));
    }
    return null;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
