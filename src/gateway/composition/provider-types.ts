import { Part } from '../../core/part.ts';
import type { Plan, ProviderPlan } from '../../core/plan.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Vendor } from '../../providers/vendor.ts';
import { vendors } from '../../providers/vendor-table.ts';
import type { ProviderParts } from '../../providers/wire-provider.ts';

/** A wire of its own: what configuration must know, and the code that speaks it. */
interface NativeWire {
  readonly facts: VendorFacts;
  readonly code: Part<NativeCode>;
}

interface NativeCode {
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
      code: new Part('the anthropic wire', async () => ({
        create: (await import('../../providers/anthropic/provider.ts')).anthropicProvider,
      })),
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
      code: new Part('the google wire', async () => ({
        create: (await import('../../providers/google/provider.ts')).googleProvider,
      })),
    },
    {
      facts: { type: 'vertex', apiKeyVariable: undefined, needsKey: false, vendor: 'gcp.vertex_ai' },
      code: new Part('the vertex wire', async () => {
        const { vertexOrigin, vertexProvider } = await import('../../providers/google/vertex-provider.ts');
        return { create: vertexProvider, origin: vertexOrigin };
      }),
    },
    {
      facts: {
        type: 'bedrock',
        apiKeyVariable: 'AWS_BEARER_TOKEN_BEDROCK',
        needsKey: false,
        vendor: 'aws.bedrock',
        regionVariables: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
      },
      code: new Part('the bedrock wire', async () => {
        const { bedrockOrigin, bedrockProvider } = await import('../../providers/bedrock/provider.ts');
        return { create: bedrockProvider, origin: bedrockOrigin };
      }),
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
      code: new Part('the cohere wire', async () => ({
        create: (await import('../../providers/cohere/provider.ts')).cohereProvider,
      })),
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

/** The wires that the providers of a plan speak and that are loaded when they are first needed. */
export function wiresOf({ providers }: Plan): Part<NativeCode>[] {
  return [...providers.values()].flatMap((plan) => nativeWireOf(plan)?.code ?? []);
}

/** The wire of its own that a provider's requests go over; none where the user's own provider or client does the sending. */
export function nativeWireOf({ type, options }: ProviderPlan): NativeWire | undefined {
  return options.provider || options.client ? undefined : nativeWires.get(type);
}
