import type { OpenAI } from 'openai';
import { bridgeResponses } from '../../bridges/responses/bridge.ts';
import type { Clock } from '../../core/clock.ts';
import type { Plan, ProviderPlan } from '../../core/plan.ts';
import { SentCredentials } from '../../core/sent-credentials.ts';
import type { Transport } from '../../core/transport.ts';
import type { ProviderAccount } from '../../pipeline/runtime.ts';
import { droppingProvider } from '../../providers/drop.ts';
import { createOpenAiWireProvider, type Vendor, vendors } from '../../providers/open-ai-wire-provider.ts';
import { openaiClientProvider } from '../../providers/openai-client.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Account } from '../../providers/wire.ts';
import type { ProviderParts } from '../../providers/wire-provider.ts';
import { type ProviderMiddleware, wrapProvider } from '../../providers/wrap-provider.ts';
import { CredentialRing } from '../../routing/credentials.ts';
import { ConfiguredCredential } from './configured-credential.ts';
import { nativeWireOf } from './provider-types.ts';

/** What accounts are made with. */
export interface AccountParts {
  readonly transport: Transport;
  readonly clock: Clock;
  isCooling(credentialId: string): boolean;
  /** Credentials that every request may carry, whoever its provider is: those of proxies. */
  readonly secrets: readonly string[];
}

/** The accounts of a plan, whose wires have been loaded: one provider each, with its credentials. */
export function providerAccounts(plan: Plan, parts: AccountParts): ReadonlyMap<string, ProviderAccount> {
  const accounts = new Map<string, ProviderAccount>();
  for (const [name, providerPlan] of plan.providers) {
    const drop = new Set(providerPlan.options.drop);
    // Checked by the configuration's schema; the plan is below providers and cannot name their types.
    const middleware = providerPlan.options.middleware as readonly ProviderMiddleware[];
    const credentials = credentialsOf(providerPlan);
    const own = createProvider(providerPlan, parts);
    const provider = bridgeResponses(own, drop);
    accounts.set(name, {
      provider: wrapProvider(provider, ...middleware),
      bridgesResponses: provider !== own,
      credentials: new CredentialRing(credentials, (id) => parts.isCooling(id)),
      drop,
      secrets: () => [...credentials.flatMap(({ known }) => known), ...secretsOf(providerPlan), ...parts.secrets],
    });
  }
  return accounts;
}

function createProvider(plan: ProviderPlan, { transport, clock }: { transport: Transport; clock: Clock }): Provider {
  const { name, type, options } = plan;
  if (options.provider) return droppingProvider(options.provider as Provider, new Set(options.drop));
  if (options.client) {
    return openaiClientProvider(name, vendorOf(vendors.has(type) ? type : 'openai-compatible'), options.client as OpenAI, {
      clock,
      drop: new Set(options.drop),
    });
  }
  const native = nativeWireOf(plan)?.code.value;
  const url = options.baseURL ?? native?.origin?.(options.region);
  const parts: ProviderParts = { account: toAccount(plan, url), transport, clock };
  if (native) return native.create(parts);
  return createOpenAiWireProvider(vendorOf(type), parts);
}

function vendorOf(type: string): Vendor {
  const vendor = vendors.get(type);
  if (vendor === undefined) throw new Error(`provider type '${type}' is not known`);
  return vendor;
}

function toAccount({ name, options }: ProviderPlan, baseURL: string | undefined): Account {
  const url = baseURL === undefined ? undefined : new URL(baseURL);
  return {
    name,
    origin: url?.origin ?? '',
    basePath: url?.pathname.replace(/\/+$/, '') ?? '',
    headers: options.headers ?? {},
    adminKey: options.adminApiKey,
    drop: new Set(options.drop),
    organization: options.organization,
    project: options.project,
    region: options.region,
    apiVersion: options.apiVersion,
  };
}

function credentialsOf({ name, options }: ProviderPlan): ConfiguredCredential[] {
  return options.apiKeys.map((key, position) => new ConfiguredCredential(`${name}#${position + 1}`, key));
}

/** What the configured headers and the user's client authorise requests with. */
function secretsOf({ options }: ProviderPlan): string[] {
  const { apiKey, _options } = (options.client ?? {}) as { apiKey?: unknown; _options?: { defaultHeaders?: unknown } };
  const secrets = typeof apiKey === 'string' ? [apiKey] : [];
  if (options.adminApiKey !== undefined) secrets.push(options.adminApiKey.reveal());
  for (const headers of [options.headers, _options?.defaultHeaders]) {
    if (typeof headers !== 'object' || headers === null) continue;
    const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    secrets.push(...new SentCredentials(Object.fromEntries(texts)).values());
  }
  return secrets;
}
