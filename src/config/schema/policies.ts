import { z } from 'zod';
import { positiveInteger } from './scalars.ts';

const milliseconds = positiveInteger('milliseconds');
const attempts = 'expected a whole number of attempts from 1 to 100';

export const timeoutsSchema = z.strictObject(
  {
    connectMs: milliseconds.optional(),
    firstTokenMs: milliseconds.optional(),
    idleMs: milliseconds.optional(),
    contentIdleMs: milliseconds.optional(),
    totalMs: milliseconds.optional(),
  },
  'expected timeouts: { connectMs?, firstTokenMs?, idleMs?, contentIdleMs?, totalMs? }',
);

export const retrySchema = z.strictObject(
  {
    order: z.enum(['spread', 'insist'], "expected 'spread' or 'insist'").optional(),
    attemptsPerDeployment: z.int(attempts).min(1, attempts).max(100, attempts).optional(),
    maxAttempts: z.int(attempts).min(1, attempts).max(100, attempts).optional(),
    minDelayMs: milliseconds.optional(),
    maxDelayMs: milliseconds.optional(),
    retryAfterCapMs: milliseconds.optional(),
  },
  'expected a retry policy: { order?, attemptsPerDeployment?, maxAttempts?, minDelayMs?, maxDelayMs?, retryAfterCapMs? }',
);

const percentile = 'expected a percentile from 1 to 99.9, such as 95';

export const hedgeSchema = z.union(
  [
    z.strictObject({
      afterMs: milliseconds,
    }),
    z.strictObject({
      percentile: z.number(percentile).min(1, percentile).max(99.9, percentile),
    }),
  ],
  'expected { afterMs } or { percentile }',
);

export const streamSchema = z.strictObject(
  {
    onInterrupt: z.enum(['error', 'continue', 'restart'], "expected 'error', 'continue' or 'restart'").optional(),
  },
  'expected a stream policy: { onInterrupt? }',
);
