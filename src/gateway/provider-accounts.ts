import type { OpenAI } from 'openai';
import { bridgeResponses } from '../bridges/responses/bridge.ts';
import type { Clock } from '../core/clock.ts';
import type { Plan, ProviderPlan } from '../core/plan.ts';
import { SentCredentials } from '../core/sent-credentials.ts';
import type { Transport } from '../core/transport.ts';
import type { VendorFacts } from '../core/vendor-facts.ts';
import type { ProviderAccount } from '../pipeline/runtime.ts';
import { anthropicProvider } from '../providers/anthropic/provider.ts';
import { bedrockOrigin, bedrockProvider } from '../providers/bedrock/provider.ts';
import { cohereProvider } from '../providers/cohere/provider.ts';
import { droppingProvider } from '../providers/drop.ts';
import { googleProvider } from '../providers/google/provider.ts';
import { vertexOrigin, vertexProvider } from '../providers/google/vertex-provider.ts';
import { openaiClientProvider } from '../providers/openai-client.ts';
import type { Provider } from '../providers/provider.ts';
import { createOpenAiWireProvider, type Vendor, vendors } from '../providers/vendors.ts';
import type { Account } from '../providers/wire.ts';
import type { ProviderParts } from '../providers/wire-provider.ts';
import { type ProviderMiddleware, wrapProvider } from '../providers/wrap-provider.ts';
import { CredentialRing } from '../routing/credentials.ts';
import { ConfiguredCredential } from './configured-credential.ts';

/** A wire of its own: what configuration must know, and how its provider is made. */
interface NativeWire {
  readonly facts: VendorFacts;
  create(parts: ProviderParts): Provider;
  /** Where the base URL depends on the account's region. */
  origin?(region: string | undefined): string;
}

const nativeWires: ReadonlyMap<string, NativeWire> = new Map<string, NativeWire>(
  [
    {
      facts: {
        type: 'anthropic',
        apiKeyVariable: 'ANTHROPIC_API_KEY',
        needsKey: true,
        vendor: 'anthropic',
        baseURL: 'https://api.anthropic.com',
      },
      create: anthropicProvider,
    },
    {
      facts: {
        type: 'google',
        apiKeyVariable: 'GEMINI_API_KEY',
        otherApiKeyVariables: ['GOOGLE_API_KEY'],
        needsKey: true,
        vendor: 'gcp.gemini',
        baseURL: 'https://generativelanguage.googleapis.com',
      },
      create: googleProvider,
    },
    {
      facts: { type: 'vertex', apiKeyVariable: undefined, needsKey: false, vendor: 'gcp.vertex_ai' },
      create: vertexProvider,
      origin: vertexOrigin,
    },
    {
      facts: {
        type: 'bedrock',
        apiKeyVariable: 'AWS_BEARER_TOKEN_BEDROCK',
        needsKey: false,
        vendor: 'aws.bedrock',
        regionVariables: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
      },
      create: bedrockProvider,
      origin: bedrockOrigin,
    },
    {
      facts: {
        type: 'cohere',
        apiKeyVariable: 'COHERE_API_KEY',
        otherApiKeyVariables: ['CO_API_KEY'],
        needsKey: true,
        vendor: 'cohere',
        baseURL: 'https://api.cohere.com',
      },
      create: cohereProvider,
    },
  ].map((wire): [string, NativeWire] => [wire.facts.type, wire]),
);

/** Facts of every provider type, for the configuration. */
export const vendorFacts: ReadonlyMap<string, VendorFacts> = new Map<string, VendorFacts>([
  ...[...vendors].map(([type, vendor]): [string, VendorFacts] => [type, factsOf(vendor)]),
  ...[...nativeWires].map(([type, { facts }]): [string, VendorFacts] => [type, facts]),
]);

function factsOf({ type, vendor, baseURL, keyVariables }: Vendor): VendorFacts {
  const [apiKeyVariable, ...otherApiKeyVariables] = keyVariables;
  return {
    type,
    vendor,
    baseURL,
    apiKeyVariable,
    otherApiKeyVariables,
    needsKey: apiKeyVariable !== undefined,
    needsBaseURL: baseURL === undefined,
  };
}

/** What accounts are made with. */
export interface AccountParts {
  readonly transport: Transport;
  readonly clock: Clock;
  isCooling(credentialId: string): boolean;
  /** Credentials that every request may carry, whoever its provider is: those of proxies. */
  readonly secrets: readonly string[];
}

/** The accounts of a plan: one provider each, with its credentials. */
export function providerAccounts(plan: Plan, parts: AccountParts): ReadonlyMap<string, ProviderAccount> {
  const accounts = new Map<string, ProviderAccount>();
  for (const [name, providerPlan] of plan.providers) {
    const drop = new Set(providerPlan.options.drop);
    // Checked by the configuration's schema; the plan is below providers and cannot name their types.
    const middleware = providerPlan.options.middleware as readonly ProviderMiddleware[];
    const credentials = credentialsOf(providerPlan);
    accounts.set(name, {
      provider: wrapProvider(bridgeResponses(createProvider(providerPlan, parts), drop), ...middleware),
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
  const native = nativeWires.get(type);
  if (options.client) {
    return openaiClientProvider(name, vendorOf(native ? 'openai-compatible' : type), options.client as OpenAI, {
      clock,
      drop: new Set(options.drop),
    });
  }
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
