import type { DeploymentDraft } from './litellm-deployment.ts';

/**
 * Deployments by their `order`: the lowest first, those without one last. LiteLLM's strategy picks among those of one order,
 * and goes on with the next when none of them can serve (https://docs.litellm.ai/docs/routing).
 */
export function tiersOf(deployments: readonly DeploymentDraft[]): DeploymentDraft[][] {
  const tiers = new Map<number, DeploymentDraft[]>();
  for (const deployment of deployments) {
    const order = orderOf(deployment);
    tiers.set(order, [...(tiers.get(order) ?? []), deployment]);
  }
  return [...tiers].sort(([one], [other]) => (one === other ? 0 : one - other)).map(([, tier]) => tier);
}

/** One deployment for each order, as a list that is tried from its start to its end. */
export function inOrder(tiers: readonly (readonly DeploymentDraft[])[]): DeploymentDraft[] {
  const all = tiers.flat();
  const last = Math.max(0, ...all.map(orderOf).filter(Number.isFinite));
  return all.map((deployment) => ('priority' in deployment ? deployment : { ...deployment, priority: last + 1 }));
}

export function withoutOrder({ priority: _, provider, model, ...others }: DeploymentDraft): DeploymentDraft {
  return { provider, model, ...others };
}

function orderOf({ priority }: DeploymentDraft): number {
  return typeof priority === 'number' ? priority : Number.POSITIVE_INFINITY;
}
