import { z } from 'zod';
import type { CacheStore } from '../../cache/cache-store.ts';
import { ttlMsOf } from '../../cache/ttl.ts';
import { hasFunctions } from '../containers.ts';
import { flag, matchSchema, nameSchema, nonEmptyList, positiveInteger } from './scalars.ts';

const TTL_EXPECTED = "expected a length such as '90s', '15m', '24h' or '30d', or milliseconds, at most ten years";
const STORE_EXPECTED = "expected 'memory', an instance of keyv, or an object with the functions get and set";
const SCOPE_EXPECTED = "expected 'shared', a caller dimension such as 'team', or a list of dimensions";
const THRESHOLD_EXPECTED = 'expected a similarity above 0 and at most 1, such as 0.9';

const RATE_EXPECTED = 'expected a share above 0 and below 1, such as 0.01';

const semanticSchema = z
  .strictObject(
    {
      model: nameSchema,
      threshold: z.number(THRESHOLD_EXPECTED).gt(0, THRESHOLD_EXPECTED).max(1, THRESHOLD_EXPECTED).optional(),
      maxErrorRate: z.number(RATE_EXPECTED).gt(0, RATE_EXPECTED).lt(1, RATE_EXPECTED).optional(),
      gate: flag.optional(),
      maxEntries: positiveInteger('questions').optional(),
      conversations: flag.optional(),
      tools: flag.optional(),
    },
    'expected { model, threshold? or maxErrorRate?, gate?, maxEntries?, conversations?, tools? }',
  )
  .refine(({ threshold, maxErrorRate }) => threshold === undefined || maxErrorRate === undefined, {
    path: ['maxErrorRate'],
    error: 'expected either threshold or maxErrorRate: with an error rate each kept answer learns a threshold of its own',
  });

export const cacheSchema = z
  .strictObject(
    {
      ttl: z.union([z.string(), z.number()], TTL_EXPECTED).refine((ttl) => ttlMsOf(ttl) !== undefined, TTL_EXPECTED),
      mode: z.enum(['exact', 'semantic'], "expected 'exact' or 'semantic'").optional(),
      scope: z.union([nameSchema, nonEmptyList(nameSchema, 'a list of dimensions')], SCOPE_EXPECTED).optional(),
      match: matchSchema.optional(),
      store: z
        .union(
          [z.literal('memory'), z.custom<CacheStore>((value) => hasFunctions(value, ['get', 'set']), STORE_EXPECTED)],
          STORE_EXPECTED,
        )
        .optional(),
      maxBytes: positiveInteger('bytes').optional(),
      maxEntryBytes: positiveInteger('bytes').optional(),
      coalesce: flag.optional(),
      countHits: flag.optional(),
      storeTimeoutMs: positiveInteger('milliseconds').optional(),
      semantic: semanticSchema.optional(),
    },
    'expected a cache: { ttl, mode?, scope?, … }',
  )
  .refine(({ mode, semantic }) => (mode === 'semantic') === (semantic !== undefined), {
    path: ['semantic'],
    error: "expected { model, … } with mode 'semantic', and only with it",
  });
