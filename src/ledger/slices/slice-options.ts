/** How a process holds amounts of the budgets' counters ahead of need. */
export interface SliceOptions {
  /** What was used is reported, and slices are refilled, at least so often while calls come; milliseconds. Default 250. */
  readonly reportMs?: number | undefined;
  /** How long a slice is held without a report, milliseconds: calls go on so long while the store is away. Default 10,000. */
  readonly leaseMs?: number | undefined;
}

export const DEFAULT_REPORT_MS = 250;
export const DEFAULT_LEASE_MS = 10_000;
