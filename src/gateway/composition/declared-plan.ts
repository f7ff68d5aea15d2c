import { normalise } from '../../config/by-schema.ts';
import type { Environment } from '../../config/environment.ts';
import type { Registry } from '../../config/normalise.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Part } from '../../core/part.ts';
import type { Plan } from '../../core/plan.ts';
import { failoverStrategies } from '../../failover/strategies/index.ts';
import { priceData } from '../../ledger/price-data.ts';
import { limiter } from '../../pacing/limiter.ts';
import type { ProviderAccount } from '../../pipeline/runtime.ts';
import { routingStrategies } from '../../routing/strategies/index.ts';
import { vendorFacts, wiresOf } from './provider-types.ts';

/** What every configuration can name. */
export const REGISTRY: Registry = {
  strategies: { routing: routingStrategies, failover: failoverStrategies },
  get vendors() {
    return vendorFacts();
  },
};

/** The plan of a configuration, as far as it says itself. Throws `ConfigurationError` naming every problem. */
export function declaredPlan(config: unknown, environment: Environment, version: number): Plan {
  return normalise(config, environment, version, REGISTRY);
}

/** What has to be loaded before a plan can be completed, and before calls can go by it. */
export function partsOf(plan: Plan): Part<unknown>[] {
  const isPaced = [...plan.models.values(), ...plan.wildcards.map(({ model }) => model)].some(({ deployments }) =>
    deployments.some(({ maxConcurrent, minTimeMs }) => maxConcurrent !== undefined || minTimeMs !== undefined),
  );
  return [priceData, ...(isPaced ? [limiter] : []), ...wiresOf(plan)];
}

/** A deployment of which nothing is known but whose it is. */
export function undescribed(provider: string, upstreamModel: string): Deployment {
  return {
    id: `${provider}/${upstreamModel}`,
    provider,
    vendor: '',
    upstreamModel,
    weight: 1,
    priority: 0,
    contextWindow: undefined,
    capabilities: {},
    tags: [],
  };
}

/** Throws if no provider has the name, which the plan rules out. */
export function accountOf(accounts: ReadonlyMap<string, ProviderAccount> | undefined, provider: string): ProviderAccount {
  const account = accounts?.get(provider);
  if (account === undefined) throw new Error(`provider '${provider}' is not in the configuration`);
  return account;
}
