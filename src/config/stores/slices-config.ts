import { z } from 'zod';
import { positiveInteger } from '../schema/scalars.ts';

/**
 * How a process holds amounts of shared budgets ahead of need, so that calls are admitted without asking the store; false:
 * each call asks it. A `Store` of your own that has `exchange` is used with the defaults.
 */
export interface SlicesConfig {
  /** What was used is reported at least so often while calls come, milliseconds; also how long a recall takes. Default 250. */
  reportMs?: number | undefined;
  /**
   * It is reported sooner once this share of what a process may hand out until then was handed out, above 0 and at most 1, up to
   * ten times in `reportMs`; slices are refilled with it. Default 0.75.
   */
  reportShare?: number | undefined;
  /** How long calls go on from a slice while the store is away, and how long a dead process's slice is held, milliseconds. Default 10000. */
  leaseMs?: number | undefined;
}

const SHARE_EXPECTED = 'expected a share above 0 and at most 1, such as 0.75';

export const slicesSchema = z
  .union(
    [
      z.literal(false),
      z.strictObject({
        reportMs: positiveInteger('milliseconds').optional(),
        reportShare: z.number(SHARE_EXPECTED).gt(0, SHARE_EXPECTED).max(1, SHARE_EXPECTED).optional(),
        leaseMs: positiveInteger('milliseconds').optional(),
      }),
    ],
    'expected false or { reportMs?, reportShare?, leaseMs? }',
  )
  .optional();
