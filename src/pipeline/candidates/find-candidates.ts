import type { Call } from '../../core/call.ts';
import { type CandidateOrder, inOrder } from '../../core/candidate-order.ts';
import type { Deployment } from '../../core/deployment.ts';
import { UnpricedModelError } from '../../errors/unpriced-model-error.ts';
import { UnsupportedOperationError } from '../../errors/unsupported-operation-error.ts';
import type { Estimate } from '../../ledger/ledger.ts';
import { unpricedPartAt } from '../../ledger/unpriced-part.ts';
import { type Candidates, orderDeployments, takeTurn } from '../../routing/router.ts';
import type { AdmittedCall } from '../active-call.ts';
import { deniedDeployments } from '../admission/authorise-call.ts';
import type { Runtime } from '../runtime.ts';
import type { AttemptableCall } from './attemptable-call.ts';
import { type FallbackList, type Fallbacks, fallbacksOf, previewFallbacks } from './fallbacks.ts';
import { routerOptions } from './router-options.ts';

/**
 * The call with the deployments to try, in order; if none can serve it, those of its fallbacks. One that cools is tried
 * only if there is nobody else. Throws `UnsupportedOperationError`, `AccessDeniedError`, `UnpricedModelError`.
 */
export function findCandidates({ call, estimate, record, runtime }: AdmittedCall): AttemptableCall {
  const fallbacks = fallbacksOf(call, runtime);
  const found = takeTurn(call, runtime.health, routerOptions(call, estimate, runtime));
  const { first } = found;
  if (first !== undefined && found.count > 1) record.assign(first.id);
  const reachable = first ? found : elsewhere(found, fallbacks, runtime);
  record.leftOut(reachable?.skipped ?? found.skipped);
  if (reachable === undefined) throw noCandidate(call, estimate, found, runtime);
  return { call, estimate, record, runtime, candidates: reachable, fallbacks };
}

/**
 * Where a call goes whose own deployments can't serve it now: to a fallback, else to one that cools, else to those whose
 * context window only an estimate found too small.
 */
function elsewhere(
  found: Candidates,
  fallbacks: Fallbacks,
  runtime: Runtime,
): (CandidateOrder & Pick<Candidates, 'skipped'>) | undefined {
  const order = fallbacks.next(fallbackListOf(found));
  if (order.length > 0) return { ...inOrder(order), skipped: found.skipped };
  const last = lastOf(found, fallbacks, runtime);
  const tried = last ? [last] : doubtedOf(found, runtime);
  if (tried.length === 0) return undefined;
  return { ...inOrder(tried), skipped: found.skipped.filter(({ deployment }) => !tried.includes(deployment)) };
}

/** The largest windows first; their provider knows how many tokens it is. */
function doubtedOf({ skipped }: Candidates, { health }: Runtime): readonly Deployment[] {
  const doubted = skipped.filter(({ mayFit }) => mayFit === true).map(({ deployment }) => deployment);
  const { usable } = health.usable(doubted.toSorted((one, other) => windowOf(other) - windowOf(one)));
  const last = usable.length > 0 ? undefined : health.leastBlocked(doubted);
  return last ? [last] : usable;
}

function windowOf({ contextWindow }: Deployment): number {
  return contextWindow ?? Number.MAX_SAFE_INTEGER;
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
  if (unpriced && budget !== undefined) return new UnpricedModelError(unpriced.id, budget, unpricedPartAt(unpriced.id, call));
  const incapable = skipped.find(({ parameter }) => parameter !== undefined) ?? skipped[0];
  return new UnsupportedOperationError(call.model, incapable?.reason ?? 'it has no deployment', incapable?.parameter);
}

/** The same as a dry run, with the fallback that would serve the call if none of the model's deployments can. */
export function previewFor(call: Call, estimate: Estimate, runtime: Runtime): Candidates {
  const found = orderDeployments(call, runtime.health, routerOptions(call, estimate, runtime));
  if (found.first !== undefined) return found;
  return { ...found, ...elsewhere(found, previewFallbacks(call, runtime), runtime) };
}

function fallbackListOf({ skipped }: Candidates): FallbackList {
  return skipped.some(({ kind }) => kind === 'context-window') ? 'contextWindow' : 'default';
}

function lastOf(found: Candidates, fallbacks: Fallbacks, { health }: Runtime): Deployment | undefined {
  return health.leastBlocked([...found.cooling, ...fallbacks.cooling]);
}
