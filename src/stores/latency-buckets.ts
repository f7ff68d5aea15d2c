/** Buckets of one histogram. Sums of counts are those of all processes and hours together, which no percentile would be. */
const BUCKETS = 24;
const FIRST_BOUND_MS = 10;
/**
 * Each bound is 2^0.6 times the one before, from 10 ms to 94 s: the range of the bounds that OpenTelemetry recommends for
 * `gen_ai.client.operation.duration` (10 ms to 81.92 s, doubling), a little finer. A value told from the middle of its
 * bucket is off by less than a quarter.
 */
const OCTAVES_PER_BUCKET = 0.6;

export const DURATION_BUCKETS = Array.from({ length: BUCKETS }, (_, place) => `duration${place}` as const);
export const FIRST_TOKEN_BUCKETS = Array.from({ length: BUCKETS }, (_, place) => `firstToken${place}` as const);

/** The bucket of a time; the last one has no upper bound. */
export function bucketOf(ms: number): number {
  if (!(ms > FIRST_BOUND_MS)) return 0;
  return Math.min(Math.ceil(Math.log2(ms / FIRST_BOUND_MS) / OCTAVES_PER_BUCKET), BUCKETS - 1);
}

/** The middle of a bucket, on the scale of its bounds. */
export function middleOfMs(bucket: number): number {
  return FIRST_BOUND_MS * 2 ** ((bucket - 0.5) * OCTAVES_PER_BUCKET);
}
