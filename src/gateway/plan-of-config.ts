import type { Environment } from '../config/environment.ts';
import { normalise, type Registry } from '../config/normalise.ts';
import { systemClock } from '../core/clock.ts';
import type { Deployment } from '../core/deployment.ts';
import type { ModelPlan, Plan } from '../core/plan.ts';
import { failoverStrategies } from '../failover/strategies/index.ts';
import { contextWindowOf } from '../ledger/price-list.ts';
import type { ProviderAccount } from '../pipeline/runtime.ts';
import { routingStrategies } from '../routing/strategies/index.ts';
import { type AccountParts, providerAccounts, vendorFacts } from './provider-accounts.ts';

/** What every configuration can name. */
export const REGISTRY: Registry = {
  strategies: { routing: routingStrategies, failover: failoverStrategies },
  vendors: vendorFacts,
};

/** The plan of a configuration with what vendors document of its models, and the accounts of its providers. */
export function planOf(
  config: unknown,
  environment: Environment,
  version: number,
  parts: AccountParts,
): { readonly plan: Plan; readonly accounts: ReadonlyMap<string, ProviderAccount> } {
  const declared = normalise(config, environment, version, REGISTRY);
  const accounts = providerAccounts(declared, parts);
  return { plan: withVendorFacts(declared, accounts), accounts };
}

/** The same plan, to look at only: there is nothing that could send. Throws `ConfigurationError` naming every problem. */
export function planToRead(config: unknown, environment: Environment): Plan {
  return planOf(config, environment, 1, { transport: NO_TRANSPORT, clock: systemClock, isCooling: () => false, secrets: [] })
    .plan;
}

const NO_TRANSPORT: AccountParts['transport'] = {
  send: () => Promise.reject(new Error('a plan to read has no transport')),
  close: () => Promise.resolve(),
};

/** The plan with what vendors document of each model, under what the configuration says of it. */
function withVendorFacts(plan: Plan, accounts: ReadonlyMap<string, ProviderAccount>): Plan {
  const complete = (model: ModelPlan): ModelPlan =>
    Object.freeze({
      ...model,
      deployments: Object.freeze(model.deployments.map((deployment) => withFacts(deployment, accounts))),
    });
  return Object.freeze({
    ...plan,
    models: new Map([...plan.models].map(([name, model]) => [name, complete(model)])),
    wildcards: Object.freeze(plan.wildcards.map(({ pattern, model }) => ({ pattern, model: complete(model) }))),
  });
}

function withFacts(deployment: Deployment, accounts: ReadonlyMap<string, ProviderAccount>): Deployment {
  if (deployment.upstreamModel.includes('*')) return deployment;
  const made = makeDeployment(accountOf(accounts, deployment.provider), deployment.upstreamModel);
  return Object.freeze({
    ...made,
    ...deployment,
    vendor: made.vendor,
    contextWindow: deployment.contextWindow ?? made.contextWindow,
    capabilities: Object.freeze({ ...made.capabilities, ...deployment.capabilities }),
  });
}

/** A deployment as its provider's vendor documents it. */
export function makeDeployment({ provider }: ProviderAccount, upstreamModel: string): Deployment {
  return Object.freeze({
    id: `${provider.name}/${upstreamModel}`,
    provider: provider.name,
    vendor: provider.vendor,
    upstreamModel,
    weight: 1,
    priority: 0,
    contextWindow: contextWindowOf(provider.vendor, upstreamModel),
    capabilities: provider.capabilities(upstreamModel),
    tags: [],
  });
}

/** Throws where no provider has the name, which the plan rules out. */
export function accountOf(accounts: ReadonlyMap<string, ProviderAccount> | undefined, provider: string): ProviderAccount {
  const account = accounts?.get(provider);
  if (account === undefined) throw new Error(`provider '${provider}' is not in the configuration`);
  return account;
}
