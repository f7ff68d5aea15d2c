import type { Deployment } from '../core/deployment.ts';
import type { ModelPlan, Plan } from '../core/plan.ts';
import type { AppliedPrice } from '../core/price.ts';
import { servingAsked } from '../core/served.ts';
import { Prices } from './prices.ts';

/** `by-name`: a wildcard, whose price is that of the model which a call asks for. */
export type PriceState =
  | {
      readonly status: 'priced';
      readonly price: AppliedPrice;
      /** What all tokens of a call cost whose input is larger than so many tokens, if that is another price. */
      readonly tiers: readonly { readonly aboveInputTokens: number; readonly price: AppliedPrice }[];
    }
  | { readonly status: 'unpriced' }
  | { readonly status: 'by-name' };

export interface PricedModel {
  readonly model: string;
  readonly deployments: readonly { readonly deployment: Deployment; readonly state: PriceState }[];
}

/**
 * Every declared model's deployments with what a plain call to each would be charged by at a time, and what else the
 * configuration prices by other units than tokens: paths that are handed through. Pure.
 */
export function pricesOfPlan(plan: Plan, now: number): PricedModel[] {
  const prices = new Prices();
  const models = [...plan.models, ...plan.wildcards.map(({ pattern, model }) => [pattern, model] as const)];
  const declared = models.map(([name, model]) => ({
    model: name,
    deployments: model.deployments.map((deployment) => ({ deployment, state: stateOf(deployment, model, plan, prices, now) })),
  }));
  return [...declared, ...pricedBeside(declared, plan, prices, now)];
}

function pricedBeside(declared: readonly PricedModel[], plan: Plan, prices: Prices, now: number): PricedModel[] {
  const ids = new Set(declared.flatMap(({ deployments }) => deployments.map(({ deployment }) => deployment.id)));
  const found: PricedModel[] = [];
  for (const id of plan.prices.keys()) {
    const slash = id.indexOf('/');
    const provider = id.slice(0, slash);
    const vendor = plan.providers.get(provider)?.type;
    if (ids.has(id) || vendor === undefined) continue;
    const upstreamModel = id.slice(slash + 1);
    const deployment: Deployment = { id, provider, vendor, upstreamModel, weight: 1, priority: 0, capabilities: {}, tags: [] };
    const price = prices.ratesOf(plan, deployment, now)?.units && prices.applied(plan, deployment, now, 0);
    if (price !== undefined)
      found.push({ model: id, deployments: [{ deployment, state: { status: 'priced', price, tiers: [] } }] });
  }
  return found;
}

function stateOf(deployment: Deployment, model: ModelPlan, plan: Plan, prices: Prices, now: number): PriceState {
  if (deployment.upstreamModel.includes('*') && deployment.price === undefined) return { status: 'by-name' };
  const asked = servingAsked({ ...model.params, ...deployment.params });
  const price = prices.applied(plan, deployment, now, 0, asked);
  if (price === undefined) return { status: 'unpriced' };
  const tiers = (prices.ratesOf(plan, deployment, now, asked)?.tiers ?? []).flatMap(({ start }) => {
    const above = prices.applied(plan, deployment, now, start + 1, asked);
    return above === undefined ? [] : [{ aboveInputTokens: start, price: above }];
  });
  return { status: 'priced', price, tiers };
}
