import type { Call } from '../core/call.ts';
import { ANONYMOUS } from '../core/caller.ts';
import { Cancellation } from '../core/cancellation.ts';
import type { Deployment, PriceOverride } from '../core/deployment.ts';
import type { ModelPlan, Plan } from '../core/plan.ts';
import { BudgetBook } from './bound-budgets.ts';
import { Estimator } from './estimate.ts';
import { priceFor } from './price.ts';
import { Prices } from './price-list.ts';

/** The deployment's own `price`, the configuration's `prices`, the price list, or the configuration's `unknownPrice`. */
export type PriceSource = 'deployment' | 'prices' | 'genai-prices' | 'unknownPrice';

/** Dollars per million tokens. */
type Price = Required<PriceOverride>;

/** `by-name`: a wildcard, whose price is that of the model which a call asks for. */
export type PriceState =
  | {
      readonly status: 'priced';
      readonly source: PriceSource;
      readonly price: Price;
      /** What all tokens of a call cost whose input is larger than so many tokens, where that is another price. */
      readonly tiers: readonly { readonly aboveInputTokens: number; readonly price: Price }[];
    }
  | { readonly status: 'unpriced' }
  | { readonly status: 'by-name' };

export interface PricedModel {
  readonly model: string;
  readonly deployments: readonly { readonly deployment: Deployment; readonly state: PriceState }[];
}

/** Every declared model's deployments with what a plain call to each would be charged by at a time. Pure. */
export function pricesOfPlan(plan: Plan, now: number): PricedModel[] {
  const estimator = new Estimator(new Prices(), new BudgetBook(), undefined);
  const models = [...plan.models, ...plan.wildcards.map(({ pattern, model }) => [pattern, model] as const)];
  return models.map(([name, model]) => ({
    model: name,
    deployments: model.deployments.map((deployment) => ({ deployment, state: stateOf(deployment, model, plan, estimator, now) })),
  }));
}

function stateOf(deployment: Deployment, model: ModelPlan, plan: Plan, estimator: Estimator, now: number): PriceState {
  if (deployment.upstreamModel.includes('*') && deployment.price === undefined) return { status: 'by-name' };
  const rates = estimator.rates(plainCall(plan, model, now), deployment, now);
  if (rates === undefined) return { status: 'unpriced' };
  return {
    status: 'priced',
    source: sourceOf(deployment, model, plan, estimator, now),
    price: priceFor(rates, 0),
    tiers: rates.tiers.map(({ start }) => ({ aboveInputTokens: start, price: priceFor(rates, start + 1) })),
  };
}

/** Of a deployment that has a price. */
function sourceOf(deployment: Deployment, model: ModelPlan, plan: Plan, estimator: Estimator, now: number): PriceSource {
  if (deployment.price !== undefined) return 'deployment';
  if (plan.prices.has(deployment.id)) return 'prices';
  const refusing: Plan = { ...plan, unknownPrice: 'refuse' };
  return estimator.rates(plainCall(refusing, model, now), deployment, now) === undefined ? 'unknownPrice' : 'genai-prices';
}

/** A call that asks for nothing beyond what the configuration has set. */
function plainCall(plan: Plan, modelPlan: ModelPlan, now: number): Call {
  return {
    requestId: '',
    operation: 'chat',
    caller: ANONYMOUS,
    model: modelPlan.name,
    modelPlan,
    plan,
    params: {},
    stream: false,
    cancellation: new Cancellation(),
    startedAt: now,
    startedMonotonicMs: 0,
    deadlineMs: 0,
  };
}
