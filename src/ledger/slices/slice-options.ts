/** How a process holds amounts of the budgets' counters ahead of need. */
export interface SliceOptions {
  /** What was used is reported, and slices are refilled, at least so often while calls come; milliseconds. Default 250. */
  readonly reportMs?: number | undefined;
  /**
   * What was used is also reported, and the slice refilled, as soon as this share of what a process may hand out until its next
   * report was handed out, above 0 and at most 1; up to ten times in `reportMs`. Default 0.75.
   */
  readonly reportShare?: number | undefined;
  /** How long a slice is held without a report, milliseconds: calls go on so long while the store is away. Default 10,000. */
  readonly leaseMs?: number | undefined;
}

export const DEFAULT_REPORT_MS = 250;
export const DEFAULT_REPORT_SHARE = 0.75;
export const DEFAULT_LEASE_MS = 10_000;
