/** Buckets of a rolling window. More would be finer, and cost a store more. */
const BUCKETS = 60;
const SHORTEST_BUCKET_MS = 1_000;

/** Length of one bucket: a sixtieth of the window, at least a second. */
export function bucketMsOf(lengthMs: number): number {
  return Math.max(SHORTEST_BUCKET_MS, Math.ceil(lengthMs / BUCKETS));
}

export function bucketAt(lengthMs: number, now: number): number {
  return Math.floor(now / bucketMsOf(lengthMs));
}

/** When nothing more is put into a bucket. */
export function bucketEndsAt(lengthMs: number, bucket: number): number {
  return (bucket + 1) * bucketMsOf(lengthMs);
}

/** When a bucket has left the window for good. Until then it counts whole, so that nothing is missed. */
export function bucketLeavesAt(lengthMs: number, bucket: number): number {
  return bucketEndsAt(lengthMs, bucket) + lengthMs;
}

/** How many buckets can overlap the window at once. */
export function bucketCount(lengthMs: number): number {
  return Math.ceil(lengthMs / bucketMsOf(lengthMs)) + 1;
}
