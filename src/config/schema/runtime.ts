import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { ClockOption } from '../../core/clock.ts';
import type { PriceSource } from '../../core/price.ts';
import type { CountTokens } from '../../ledger/estimate.ts';
import type { Store } from '../../stores/store.ts';
import { hasFunctions } from '../containers.ts';
import { storeSchemas, storeTypes } from '../stores/index.ts';
import { positiveInteger } from './scalars.ts';

/** What a store of a user's own must have; notes and slices are extras. */
const VERBS: readonly (keyof Store)[] = ['reserve', 'settle', 'release', 'extend', 'balances', 'record', 'usage', 'close'];

const TYPES_EXPECTED = storeTypes.map(({ type }) => `'${type}'`).join(' or ');
const FORMS_EXPECTED = storeTypes.map(({ form }) => form).join(', ');

const namedStore = z.discriminatedUnion(
  'type',
  storeSchemas,
  `expected ${TYPES_EXPECTED}; a store of your own has ${VERBS.join(', ')}`,
);

const storeObject = z.custom<Store>((value) => hasFunctions(value, VERBS), 'expected an object implementing Store');

export const storeSchema = z.union(
  [z.literal('memory'), namedStore, storeObject],
  `expected 'memory', ${FORMS_EXPECTED} or an object implementing Store`,
);

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
    maxItems: positiveInteger('items').optional(),
    bodyTimeoutMs: positiveInteger('milliseconds').optional(),
  },
  'expected { maxRequestBytes?, maxUploadBytes?, maxNesting?, maxItems?, bodyTimeoutMs? }',
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
