import { z } from 'zod';
import type { GatewayConfig } from './gateway-config.ts';
import { accessSchema } from './schema/access.ts';
import { budgetSchema } from './schema/budgets.ts';
import { cacheSchema } from './schema/cache.ts';
import { guardsSchema } from './schema/guards.ts';
import { modelSchema } from './schema/models.ts';
import { hedgeSchema, retrySchema, streamSchema, timeoutsSchema } from './schema/policies.ts';
import { providerSchema } from './schema/providers.ts';
import {
  clockSchema,
  dispatcherSchema,
  handlerSchema,
  priceUpdatesSchema,
  randomSchema,
  reasoningFieldSchema,
  storeSchema,
  tokenCounterSchema,
  turnMemorySchema,
} from './schema/runtime.ts';
import {
  flag,
  list,
  nameSchema,
  positiveInteger,
  pricesSchema,
  providerNameSchema,
  text,
  tokenPriceSchema,
  toolPricesSchema,
} from './schema/scalars.ts';

/** The whole configuration, as a user writes it. */
export const configSchema = z.strictObject(
  {
    $schema: z.string('expected a URL').optional(),
    providers: z.record(providerNameSchema, providerSchema, 'expected an object of providers by name'),
    models: z.record(nameSchema, modelSchema, 'expected an object of models by name').optional(),
    budgets: list(budgetSchema, 'a list of budgets').optional(),
    access: accessSchema.optional(),
    guards: guardsSchema.optional(),
    retry: retrySchema.optional(),
    timeouts: timeoutsSchema.optional(),
    hedge: hedgeSchema.optional(),
    stream: streamSchema.optional(),
    store: storeSchema.optional(),
    prices: pricesSchema.optional(),
    toolPrices: toolPricesSchema.optional(),
    priceUpdates: priceUpdatesSchema.optional(),
    unknownPrice: z.union([z.literal('refuse'), tokenPriceSchema], "expected 'refuse' or { input, output }").optional(),
    defaultProvider: text('the name of a provider').optional(),
    leaseMs: positiveInteger('milliseconds').optional(),
    captureContent: flag.optional(),
    turnMemory: turnMemorySchema.optional(),
    cache: cacheSchema.optional(),
    reasoningField: reasoningFieldSchema.optional(),
    watch: flag.optional(),
    countTokens: tokenCounterSchema.optional(),
    handler: handlerSchema.optional(),
    maxBodyBytes: positiveInteger('bytes').optional(),
    dispatcher: dispatcherSchema.optional(),
    clock: clockSchema.optional(),
    random: randomSchema.optional(),
  },
  'expected a configuration: { providers, models?, … }',
) satisfies z.ZodType<GatewayConfig, GatewayConfig>;

/** A configuration after validation. */
export type ValidConfig = z.output<typeof configSchema>;

export type ValidProvider = ValidConfig['providers'][string];
export type ValidModel = NonNullable<ValidConfig['models']>[string];
export type ValidBudget = NonNullable<ValidConfig['budgets']>[number];
