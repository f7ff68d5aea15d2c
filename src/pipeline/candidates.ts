import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Failure } from '../core/failure.ts';
import type { Params } from '../core/params.ts';
import { UnpricedModelError } from '../errors/unpriced-model-error.ts';
import { UnsupportedOperationError } from '../errors/unsupported-operation-error.ts';
import { FAILURE_RULES } from '../failover/table.ts';
import type { Estimate } from '../ledger/ledger.ts';
import { type Candidates, candidates, previewCandidates, type RouterOptions } from '../routing/router.ts';
import { deniedDeployments, whyForbidden } from './admission.ts';
import type { CallRecord } from './call-record.ts';
import type { Runtime } from './runtime.ts';

// More than any sensible chain of fallbacks; the configuration refuses circles.
const MOST_FALLBACKS = 5;

/** The deployments to try, in order; where none can serve the call, those of its fallbacks. Throws `UnsupportedOperationError`, `AccessDeniedError`, `UnpricedModelError`. */
export function candidatesFor(
  call: Call,
  estimate: Estimate,
  fallback: FallbackSource,
  record: CallRecord,
  runtime: Runtime,
): readonly Deployment[] {
  const found = candidates(call, runtime.health, routerOptions(call, estimate, runtime));
  record.skipped = found.skipped;
  const [first] = found.order;
  if (first) {
    if (found.order.length > 1) record.chose(first.id);
    return found.order;
  }
  const others = fallback(fallbackListOf(found));
  if (others.length > 0) return others;
  if (found.skipped.length > 0 && found.skipped.every(({ kind }) => kind === 'access')) throw deniedDeployments(call, runtime);
  const unpriced = found.skipped.find(({ kind }) => kind === 'price')?.deployment;
  const budget = unpriced && estimate.unpriced?.get(unpriced);
  if (unpriced && budget !== undefined) throw new UnpricedModelError(unpriced.id, budget);
  const incapable = found.skipped.find(({ parameter }) => parameter !== undefined) ?? found.skipped[0];
  throw new UnsupportedOperationError(call.model, incapable?.reason ?? 'it has no deployment', incapable?.parameter);
}

/** Deployments of the model that would be tried if the call came now: some may be back since it came. */
export function usableNow(call: Call, estimate: Estimate, runtime: Runtime): readonly Deployment[] {
  return previewCandidates(call, runtime.health, routerOptions(call, estimate, runtime)).order;
}

/** The same as a dry run, with the fallback that would serve the call where none of the model's deployments can. */
export function previewFor(call: Call, estimate: Estimate, runtime: Runtime): Candidates {
  const found = previewCandidates(call, runtime.health, routerOptions(call, estimate, runtime));
  if (found.order.length > 0) return found;
  return { ...found, order: fallbackSource(call, runtime, previewCandidates)(fallbackListOf(found)) };
}

function fallbackListOf({ skipped }: Candidates): FallbackList {
  return skipped.some(({ kind }) => kind === 'context-window') ? 'contextWindow' : 'default';
}

type FallbackList = 'default' | 'contextWindow' | 'contentFilter';
export type FallbackSource = (list: FallbackList) => readonly Deployment[];

/**
 * Gives the candidates of one fallback model after another, each model once; empty where none is left. The fallbacks of
 * a fallback come after those of the model itself.
 */
export function fallbackSource(call: Call, runtime: Runtime, find: typeof candidates = candidates): FallbackSource {
  let visited: Set<string> | undefined;
  const chain = [call.modelPlan];
  return (list) => {
    visited ??= new Set([call.modelPlan.name]);
    for (const { fallbacks } of chain) {
      for (const name of fallbacks[list]) {
        const modelPlan = visited.has(name) || visited.size > MOST_FALLBACKS ? undefined : runtime.modelOf(call.plan, name);
        if (modelPlan === undefined) continue;
        visited.add(name);
        chain.push(modelPlan);
        const order = fallbackOrder({ ...call, model: name, modelPlan }, runtime, find);
        if (order.length > 0) return order;
      }
    }
    return [];
  };
}

function fallbackOrder(call: Call, runtime: Runtime, find: typeof candidates): readonly Deployment[] {
  const estimate = runtime.ledger.estimateCall(call);
  const { order } = find(call, runtime.health, routerOptions(call, estimate, runtime));
  return withParams(order, call.modelPlan.params);
}

/** The fallback list that a failure leads to. */
export function fallbackFor(failure: Failure, fallback: FallbackSource): readonly Deployment[] {
  const list = FAILURE_RULES[failure.kind].fallback;
  return list === 'none' ? [] : fallback(list);
}

const withDefaults = new WeakMap<Params, WeakMap<Deployment, Deployment>>();

/** The deployments with the default params of their model, which is not the call's; the same objects for every call. */
function withParams(order: readonly Deployment[], params: Params | undefined): readonly Deployment[] {
  if (params === undefined) return order;
  const known = withDefaults.get(params) ?? new WeakMap<Deployment, Deployment>();
  withDefaults.set(params, known);
  return order.map((deployment) => {
    const made = known.get(deployment) ?? { ...deployment, params: { ...params, ...deployment.params } };
    known.set(deployment, made);
    return made;
  });
}

function routerOptions(call: Call, estimate: Estimate, runtime: Runtime): RouterOptions {
  return {
    affinity: runtime.affinity,
    estimateInputTokens: estimate.expectedInputTokens,
    estimate,
    forbids: (deployment) => whyForbidden(call, deployment, estimate),
    cachedInputIsCheaper: (deployment) => runtime.ledger.cachedInputIsCheaper(call.plan, deployment),
    unsupported: (deployment, params) => unsupportedBy(deployment, call, params, runtime),
  };
}

function unsupportedBy(
  deployment: Deployment,
  call: Call,
  params: Params,
  runtime: Runtime,
): { parameter: string; reason: string } | undefined {
  const { provider } = runtime.accountOf(call.plan, deployment.provider);
  const { operation, stream } = call;
  if (!provider.supports(operation)) {
    return { parameter: 'model', reason: `provider '${deployment.provider}' has no operation '${operation}'` };
  }
  const [parameter] = provider.unsupported({ operation, upstreamModel: deployment.upstreamModel, params, stream });
  return parameter === undefined ? undefined : { parameter, reason: `'${deployment.id}' does not support '${parameter}'` };
}
