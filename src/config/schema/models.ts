import { z } from 'zod';
import type { FailoverStrategy, RoutingStrategy } from '../../core/strategy.ts';
import { STRATEGY_NAMES } from '../../routing/strategies/index.ts';
import { hedgeSchema, retrySchema, streamSchema, timeoutsSchema } from './policies.ts';
import {
  flag,
  list,
  nameSchema,
  nonEmptyList,
  nonNegativeInteger,
  nonNegativeNumber,
  paramsSchema,
  positiveInteger,
  priceSchema,
  text,
} from './scalars.ts';

const tagsSchema = list(text('a tag'), 'a list of tags');

const capabilitiesSchema = z.strictObject(
  {
    tools: flag.optional(),
    parallelTools: flag.optional(),
    vision: flag.optional(),
    documents: flag.optional(),
    audioInput: flag.optional(),
    jsonSchema: flag.optional(),
    reasoning: flag.optional(),
    prefill: flag.optional(),
    streaming: flag.optional(),
    maxOutputTokens: positiveInteger('tokens').optional(),
  },
  'expected an object of capabilities',
);

const queueSchema = z.strictObject(
  {
    size: nonNegativeInteger('calls').optional(),
    maxWaitMs: positiveInteger('milliseconds').optional(),
    priority: z.enum(['high', 'normal', 'low'], "expected 'high', 'normal' or 'low'").optional(),
  },
  'expected a queue: { size?, maxWaitMs?, priority? }',
);

const deploymentSchema = z.strictObject({
  provider: text('the name of a provider'),
  model: text('the name of a model'),
  weight: nonNegativeNumber('a weight').optional(),
  priority: z.int('expected a whole number').optional(),
  rpm: positiveInteger('requests per minute').optional(),
  tpm: positiveInteger('tokens per minute').optional(),
  maxConcurrent: positiveInteger('attempts').optional(),
  minTimeMs: positiveInteger('milliseconds').optional(),
  queue: queueSchema.optional(),
  price: priceSchema.optional(),
  contextWindow: positiveInteger('tokens').optional(),
  capabilities: capabilitiesSchema.optional(),
  params: paramsSchema.optional(),
  tags: tagsSchema.optional(),
});

const DEPLOYMENT_EXPECTED = "expected 'provider/model', the name of another model, or { provider, model, … }";

const deploymentsSchema = nonEmptyList(
  z.union([text('a deployment'), deploymentSchema], DEPLOYMENT_EXPECTED),
  'a list of deployments',
);

const namesSchema = list(nameSchema, 'a list of model names');

const fallbacksSchema = z.union(
  [
    namesSchema,
    z.strictObject({
      default: namesSchema.optional(),
      contextWindow: namesSchema.optional(),
      contentFilter: namesSchema.optional(),
    }),
  ],
  'expected a list of model names or { default?, contextWindow?, contentFilter? }',
);

const STRATEGY_EXPECTED = `expected ${STRATEGY_NAMES.map((name) => `'${name}'`).join(', ')} or an object implementing RoutingStrategy`;

const routingStrategy = z.custom<RoutingStrategy>((value) => isStrategy(value, 'order'), STRATEGY_EXPECTED);
const failoverStrategy = z.custom<FailoverStrategy>(
  (value) => isStrategy(value, 'decide'),
  'expected an object implementing FailoverStrategy: { name, decide(state) }',
);

function isStrategy(value: unknown, method: 'order' | 'decide'): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return typeof Reflect.get(value, 'name') === 'string' && typeof Reflect.get(value, method) === 'function';
}

export const modelSchema = z.union(
  [
    deploymentsSchema,
    z.strictObject({
      strategy: z.union([z.enum(STRATEGY_NAMES), routingStrategy], STRATEGY_EXPECTED).optional(),
      failover: failoverStrategy.optional(),
      deployments: deploymentsSchema,
      fallbacks: fallbacksSchema.optional(),
      timeouts: timeoutsSchema.optional(),
      retry: retrySchema.optional(),
      hedge: hedgeSchema.optional(),
      stream: streamSchema.optional(),
      params: paramsSchema.optional(),
      affinity: flag.optional(),
    }),
  ],
  'expected a list of deployments or { deployments, … }',
);
