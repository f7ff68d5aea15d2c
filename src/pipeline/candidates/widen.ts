import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import { FAILURE_RULES } from '../../failover/table.ts';
import type { Walk } from '../../failover/walk.ts';
import { orderDeployments } from '../../routing/router.ts';
import type { AttemptableCall } from './attemptable-call.ts';
import { previewFallbacks } from './fallbacks.ts';
import { routerOptions } from './router-options.ts';

/** Brings further candidates in if all of the call's are used up: its model's that are back by now, then its fallbacks'. */
export function widen(walk: Walk, failure: Failure, { call, estimate, fallbacks, runtime }: AttemptableCall): void {
  const { others, fallback } = FAILURE_RULES[failure.kind];
  const cooling: Deployment[] = [];
  if (others === 'all') {
    const found = orderDeployments(call, runtime.health, routerOptions(call, estimate, runtime));
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

/** Whether all that the call may yet try beside `deployment` are cooling, its fallbacks included. */
export function hasNobodyElse(deployment: Deployment, walk: Walk, { call, estimate, runtime }: AttemptableCall): boolean {
  const isAnother = (other: Deployment) => other.id !== deployment.id && walk.mayTry(other);
  const found = orderDeployments(call, runtime.health, routerOptions(call, estimate, runtime));
  if (found.order.some(isAnother)) return false;
  const fallbacks = previewFallbacks(call, runtime);
  for (let order = fallbacks.next('default'); order.length > 0; order = fallbacks.next('default')) {
    if (order.some(isAnother)) return false;
  }
  return true;
}
