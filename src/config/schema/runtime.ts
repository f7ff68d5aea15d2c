import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { ClockOption } from '../../core/clock.ts';
import type { PriceSource } from '../../core/price.ts';
import type { CountTokens } from '../../ledger/estimate.ts';
import type { Store } from '../../stores/store.ts';
import { hasFunctions } from '../containers.ts';
import { positiveInteger, text } from './scalars.ts';

const STORE_EXPECTED =
  "expected 'memory', { type: 'sqlite', path, slices? }, { type: 'redis', client, prefix?, slices? } or an object implementing Store";

const slicesSchema = z
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

const namedStore = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('sqlite'),
      path: text('the path of a file'),
      slices: slicesSchema,
    }),
    z.strictObject({
      type: z.literal('redis'),
      client: z.custom<object>(
        (value) => hasFunctions(value, ['eval']) || hasFunctions(value, ['sendCommand']),
        'expected a client of ioredis or node-redis',
      ),
      prefix: text('a prefix of keys').optional(),
      slices: slicesSchema,
    }),
  ],
  "expected 'sqlite' or 'redis'; a store of your own has reserve, settle and release",
);

const storeObject = z.custom<Store>(
  (value) => hasFunctions(value, ['reserve', 'settle', 'release']),
  'expected an object implementing Store',
);

export const storeSchema = z.union([z.literal('memory'), namedStore, storeObject], STORE_EXPECTED);

export const clockSchema = z.custom<ClockOption>(
  (value) => hasFunctions(value, ['now', 'setTimeout']),
  'expected a clock: an object with the functions now and setTimeout',
);

export const randomSchema = z.custom<() => number>((value) => typeof value === 'function', 'expected a function');

export const dispatcherSchema = z.custom<Dispatcher>(
  (value) => hasFunctions(value, ['dispatch']),
  'expected a dispatcher of undici',
);

const SOURCE_EXPECTED = "expected 'genai-prices' or a function that gives prices by 'provider/model'";

export const priceUpdatesSchema = z.strictObject(
  {
    source: z.union(
      [z.literal('genai-prices'), z.custom<PriceSource>((value) => typeof value === 'function', SOURCE_EXPECTED)],
      SOURCE_EXPECTED,
    ),
    everyMs: positiveInteger('milliseconds').optional(),
  },
  'expected { source, everyMs? }',
);

// `copyParams` refuses what is deeper.
const DEEPEST = 128;
const NESTING_EXPECTED = `expected a whole number of levels from 1 to ${DEEPEST}`;

export const handlerSchema = z.strictObject(
  {
    maxRequestBytes: positiveInteger('bytes').optional(),
    maxUploadBytes: positiveInteger('bytes').optional(),
    maxNesting: z.int(NESTING_EXPECTED).positive(NESTING_EXPECTED).max(DEEPEST, NESTING_EXPECTED).optional(),
    bodyTimeoutMs: positiveInteger('milliseconds').optional(),
  },
  'expected { maxRequestBytes?, maxUploadBytes?, maxNesting?, bodyTimeoutMs? }',
);

export const tokenCounterSchema = z.custom<CountTokens>((value) => typeof value === 'function', 'expected a function');

export const turnMemorySchema = z.union(
  [
    z.literal(false),
    z.strictObject({
      maxTurns: positiveInteger('turns').optional(),
      maxBytes: positiveInteger('bytes').optional(),
      ttlMs: positiveInteger('milliseconds').optional(),
    }),
  ],
  'expected false or { maxTurns?, maxBytes?, ttlMs? }',
);

export const reasoningFieldSchema = z.enum(
  ['reasoning_content', 'reasoning', 'both'],
  "expected 'reasoning_content', 'reasoning' or 'both'",
);
