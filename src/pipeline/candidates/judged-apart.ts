import type { Deployment } from '../../core/deployment.ts';
import type { Plan } from '../../core/plan.ts';
import type { Runtime } from '../runtime.ts';

const known = new WeakMap<Plan, WeakMap<readonly Deployment[], readonly Deployment[]>>();

/** One of a model's deployments for each that its provider may judge in another way; worked out once for a list. */
export function judgedApart(plan: Plan, deployments: readonly Deployment[], runtime: Runtime): readonly Deployment[] {
  let lists = known.get(plan);
  if (lists === undefined) {
    lists = new WeakMap();
    known.set(plan, lists);
  }
  let apart = lists.get(deployments);
  if (apart === undefined) {
    apart = compile(plan, deployments, runtime);
    lists.set(deployments, apart);
  }
  return apart;
}

function compile(plan: Plan, deployments: readonly Deployment[], runtime: Runtime): readonly Deployment[] {
  const apart = new Map<string, Deployment>();
  for (const deployment of deployments) {
    const { provider, upstreamModel } = deployment;
    const judge = runtime.accountOf(plan, provider).provider;
    const judged = judge.judgedAs?.(upstreamModel) ?? `model ${upstreamModel}`;
    const key = JSON.stringify([provider, judged]);
    if (!apart.has(key)) apart.set(key, deployment);
  }
  return [...apart.values()];
}
