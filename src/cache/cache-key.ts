import { hash } from 'node:crypto';
import type { Call } from '../core/call.ts';
import type { ModelPlan, ProviderPlan } from '../core/plan.ts';
import { canonicalFields, canonicalText } from './canonical.ts';

/**
 * Params that shape no answer: who asks, how the provider's own cache is steered, and whether the answer comes as a stream.
 * Every other one counts, known or not. `model` stands in the key by the name that it was resolved to.
 */
export const IGNORED_PARAMS: ReadonlySet<string> = new Set([
  'model',
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'stream',
  'stream_options',
]);

/** Headers that name a request or its trace; every other one that goes to the provider counts. */
const IGNORED_HEADERS: ReadonlySet<string> = new Set([
  'baggage',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'x-correlation-id',
  'x-request-id',
]);

const NO_HEADERS = {};

/** Raised whenever the form of keys or entries changes, so that older ones are not met again. */
const VERSION = 3;

/** The key of a call's answer. Equal for calls whose answers are interchangeable; `scope` keeps callers apart. */
export function cacheKey(call: Call, scope: string): string {
  return keyOf(call, scope, canonicalFields(call.params, IGNORED_PARAMS));
}

/** The key of all that a question stands in: the same call with another question has the same. */
export function contextKey(call: Call, scope: string, paramsWithoutQuestion: Call['params']): string {
  return keyOf(call, scope, `?${canonicalFields(paramsWithoutQuestion, IGNORED_PARAMS)}`);
}

function keyOf(call: Call, scope: string, params: string): string {
  const { headers, query, operation } = call;
  const sent = canonicalFields(headers ?? NO_HEADERS, IGNORED_HEADERS);
  const head = JSON.stringify([VERSION, operation, call.model, deploymentsText(call), tagsText(call), scope, sent, query]);
  return hash('sha256', `${head}${params}`, 'base64url');
}

const deploymentTexts = new WeakMap<ModelPlan, string>();

/** What a model stands for: with other deployments, defaults or providers behind them it may answer otherwise. */
function deploymentsText({ modelPlan, plan }: Call): string {
  const known = deploymentTexts.get(modelPlan);
  if (known !== undefined) return known;
  const deployments = modelPlan.deployments.map(({ id, provider, upstreamModel, params }) =>
    canonicalText([id, upstreamModel, params, whereabouts(plan.providers.get(provider))]),
  );
  const text = hash('sha256', canonicalText([deployments.sort(), modelPlan.params]), 'base64url');
  deploymentTexts.set(modelPlan, text);
  return text;
}

/** Where a provider is and what it leaves out of a request: two of one name need not be the same in two processes. */
function whereabouts(provider: ProviderPlan | undefined): unknown {
  if (provider === undefined) return null;
  const { baseURL, drop, organization, project, region, apiVersion } = provider.options;
  return [provider.type, baseURL, drop, organization, project, region, apiVersion];
}

/** Tags narrow the deployments only if any of them has one. */
function tagsText({ caller, tags, modelPlan }: Call): string {
  if ((tags === undefined && caller.tags === undefined) || !modelPlan.deployments.some((one) => one.tags.length > 0)) return '';
  return JSON.stringify([...new Set([...(caller.tags ?? []), ...(tags ?? [])])].sort());
}
