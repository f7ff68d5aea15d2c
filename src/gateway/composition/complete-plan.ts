import type { Deployment } from '../../core/deployment.ts';
import type { ModelPlan, Plan } from '../../core/plan.ts';
import { contextWindowOf } from '../../ledger/price-list.ts';
import type { ProviderAccount } from '../../pipeline/runtime.ts';
import { accountOf, undescribed } from './declared-plan.ts';
import { type AccountParts, providerAccounts } from './provider-accounts.ts';

/** A declared plan with what vendors document of its models, and the accounts of its providers; its parts have been loaded. */
export function completePlan(
  declared: Plan,
  parts: AccountParts,
): { readonly plan: Plan; readonly accounts: ReadonlyMap<string, ProviderAccount> } {
  const accounts = providerAccounts(declared, parts);
  return { plan: withVendorFacts(declared, accounts), accounts };
}

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
    ...undescribed(provider.name, upstreamModel),
    vendor: provider.vendor,
    contextWindow: contextWindowOf(provider.vendor, upstreamModel),
    capabilities: provider.capabilities(upstreamModel),
  });
}
