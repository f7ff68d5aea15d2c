import { z } from 'zod';
import { positiveInteger } from '../schema/scalars.ts';

/**
 * How a process holds amounts of shared budgets ahead of need, so that calls are admitted without asking the store; false:
 * each call asks it. A `Store` of your own that has `exchange` is used with the defaults.
 */
export interface SlicesConfig {
  /** What was used is reported at least so often while calls come, milliseconds; also how long a recall takes. Default 250. */
  reportMs?: number | undefined;
  /** How long calls go on from a slice while the store is away, and how long a dead process's slice is held, milliseconds. Default 10000. */
  leaseMs?: number | undefined;
}

export const slicesSchema = z
  .union(
    [
      z.literal(false),
      z.strictObject({
        reportMs: positiveInteger('milliseconds').optional(),
        leaseMs: positiveInteger('milliseconds').optional(),
      }),
    ],
    'expected false or { reportMs?, leaseMs? }',
  )
  .optional();
