import type { ProviderOptions, ProviderPlan } from '../../core/plan.ts';
import { Secret } from '../../core/secret.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';
import { freezeDeep } from '../containers.ts';
import { type Environment, inheritedRegion, keyVariable, variable } from '../environment.ts';
import { factsOf } from '../facts-of.ts';
import { apiKeySchema } from '../schema/providers.ts';
import type { ValidConfig, ValidProvider } from '../schema.ts';

/** A provider's plan beside what is known of its type. */
export interface PlannedProvider {
  readonly plan: ProviderPlan;
  readonly facts: VendorFacts;
}

export function planProviders(
  config: ValidConfig,
  vendors: ReadonlyMap<string, VendorFacts>,
  environment: Environment,
): Map<string, PlannedProvider> {
  const planned = new Map<string, PlannedProvider>();
  for (const [name, provider] of Object.entries(config.providers)) {
    const facts = factsOf(name, provider, vendors);
    if (facts === undefined) continue;
    const options = toOptions(provider, facts, environment);
    planned.set(name, { facts, plan: Object.freeze({ name, type: facts.type, options }) });
  }
  return planned;
}

function toOptions(provider: ValidProvider, facts: VendorFacts, environment: Environment): ProviderOptions {
  const { type: _type, apiKey, adminApiKey, baseURL, headers, drop, middleware, timeouts, ...rest } = provider;
  const address = provider.client === undefined ? (baseURL ?? facts.baseURL) : baseURL;
  return Object.freeze({
    ...rest,
    apiKeys: Object.freeze(toKeys(apiKey, provider, facts, environment)),
    adminApiKey: adminApiKey === undefined ? undefined : new Secret(adminApiKey),
    region: provider.region ?? inheritedRegion(facts, environment),
    baseURL: address?.replace(/\/+$/, ''),
    headers: freezeDeep(lowerCased(headers)),
    timeouts: freezeDeep(timeouts),
    drop: Object.freeze([...(drop ?? [])]),
    middleware: Object.freeze([...(middleware ?? [])]),
  });
}

function toKeys(
  apiKey: ValidProvider['apiKey'],
  { client }: ValidProvider,
  facts: VendorFacts,
  environment: Environment,
): ProviderOptions['apiKeys'] {
  if (typeof apiKey === 'function') return [apiKey];
  const keys = new Set(typeof apiKey === 'string' ? [apiKey] : apiKey);
  const named = keyVariable(facts, environment);
  if (apiKey === undefined && client === undefined && named !== undefined) {
    const inherited = apiKeySchema.safeParse(variable(environment, named));
    if (inherited.success) keys.add(inherited.data);
  }
  return [...keys].map((key) => new Secret(key));
}

function lowerCased(headers: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  if (headers === undefined) return undefined;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
}
