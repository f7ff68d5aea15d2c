import { REMEDIES } from '../bridges/responses/remedies.ts';
import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Failure } from '../core/failure.ts';
import type { Params } from '../core/params.ts';
import { UnpricedModelError } from '../errors/unpriced-model-error.ts';
import { UnsupportedOperationError } from '../errors/unsupported-operation-error.ts';
import { FAILURE_RULES } from '../failover/table.ts';
import type { Walk } from '../failover/walk.ts';
import type { Estimate } from '../ledger/ledger.ts';
import { unboundedToolAt } from '../ledger/tool-fees.ts';
import { type Candidates, candidates, previewCandidates, type RouterOptions } from '../routing/router.ts';
import { deniedDeployments, whyForbidden } from './admission.ts';
import type { AttemptsContext } from './attempts-context.ts';
import type { CallRecord } from './call-record.ts';
import { type FallbackList, Fallbacks } from './fallbacks.ts';
import type { Runtime } from './runtime.ts';

/**
 * The deployments to try, in order; where none can serve the call, those of its fallbacks. One that cools is tried only
 * where there is nobody else. Throws `UnsupportedOperationError`, `AccessDeniedError`, `UnpricedModelError`.
 */
export function candidatesFor(
  call: Call,
  estimate: Estimate,
  fallbacks: Fallbacks,
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
  const others = fallbacks.next(fallbackListOf(found));
  if (others.length > 0) return others;
  const last = lastOf(found, fallbacks, runtime);
  if (last === undefined) throw noCandidate(call, estimate, found, runtime);
  record.skipped = found.skipped.filter(({ deployment }) => deployment !== last);
  return [last];
}

function noCandidate(call: Call, estimate: Estimate, { skipped }: Candidates, runtime: Runtime): Error {
  if (skipped.length > 0 && skipped.every(({ kind }) => kind === 'access')) {
    return deniedDeployments(
      call,
      skipped.map(({ reason }) => reason),
      runtime,
    );
  }
  const unpriced = skipped.find(({ kind }) => kind === 'price')?.deployment;
  const budget = unpriced && estimate.unpriced?.get(unpriced);
  if (unpriced && budget !== undefined)
    return new UnpricedModelError(unpriced.id, budget, { tool: unboundedToolAt(unpriced.id, call) });
  const incapable = skipped.find(({ parameter }) => parameter !== undefined) ?? skipped[0];
  return new UnsupportedOperationError(call.model, incapable?.reason ?? 'it has no deployment', incapable?.parameter);
}

/** The same as a dry run, with the fallback that would serve the call where none of the model's deployments can. */
export function previewFor(call: Call, estimate: Estimate, runtime: Runtime): Candidates {
  const found = previewCandidates(call, runtime.health, routerOptions(call, estimate, runtime));
  if (found.order.length > 0) return found;
  const fallbacks = previewFallbacks(call, runtime);
  const others = fallbacks.next(fallbackListOf(found));
  if (others.length > 0) return { ...found, order: others };
  const last = lastOf(found, fallbacks, runtime);
  if (last === undefined) return found;
  return { ...found, order: [last], skipped: found.skipped.filter(({ deployment }) => deployment !== last) };
}

/** The fallbacks of a call whose own candidates are used up, or can't serve it. */
export function fallbacksOf(call: Call, runtime: Runtime): Fallbacks {
  return new Fallbacks(call, runtime, (at) => {
    return candidates(at, runtime.health, routerOptions(at, runtime.ledger.estimateCall(at), runtime));
  });
}

function previewFallbacks(call: Call, runtime: Runtime): Fallbacks {
  return new Fallbacks(call, runtime, (at) => {
    return previewCandidates(at, runtime.health, routerOptions(at, runtime.ledger.estimateCall(at), runtime));
  });
}

function fallbackListOf({ skipped }: Candidates): FallbackList {
  return skipped.some(({ kind }) => kind === 'context-window') ? 'contextWindow' : 'default';
}

function lastOf(found: Candidates, fallbacks: Fallbacks, { health }: Runtime): Deployment | undefined {
  return health.leastBlocked([...found.cooling, ...fallbacks.cooling]);
}

/** Brings further candidates in where all of the call's are used up: its model's that are back by now, then its fallbacks'. */
export function widen(walk: Walk, failure: Failure, { call, estimate, fallbacks, runtime }: AttemptsContext): void {
  const { others, fallback } = FAILURE_RULES[failure.kind];
  const cooling: Deployment[] = [];
  if (others === 'all') {
    const found = previewCandidates(call, runtime.health, routerOptions(call, estimate, runtime));
    walk.add(found.order);
    cooling.push(...found.cooling);
  }
  if (walk.untried > 0 || fallback === 'none') return;
  walk.addFallbacks(fallbacks.next(fallback), failure);
  if (walk.untried > 0 || walk.repeatable > 0) return;
  const left = [...cooling, ...fallbacks.cooling].filter((deployment) => !walk.includes(deployment));
  const last = runtime.health.leastBlocked(left);
  if (last) walk.addFallbacks([last], failure);
}

/** Whether all that the call may yet try are cooling, its fallbacks included. */
export function hasNobodyElse(walk: Walk, { call, estimate, runtime }: AttemptsContext): boolean {
  const found = previewCandidates(call, runtime.health, routerOptions(call, estimate, runtime));
  if (found.order.some((deployment) => walk.mayTry(deployment))) return false;
  const fallbacks = previewFallbacks(call, runtime);
  for (let order = fallbacks.next('default'); order.length > 0; order = fallbacks.next('default')) {
    if (order.some((deployment) => walk.mayTry(deployment))) return false;
  }
  return true;
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
  if (parameter === undefined) return undefined;
  const remedy = operation === 'responses' ? REMEDIES.get(parameter) : undefined;
  const reason = `'${deployment.id}' does not support '${parameter}'`;
  return { parameter, reason: remedy === undefined ? reason : `${reason}: ${remedy}` };
}
