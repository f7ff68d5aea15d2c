import type { Part } from '../../core/part.ts';
import type { Plan, ProviderPlan } from '../../core/plan.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';
import { allTypes } from '../../providers/all-types.ts';
import { isNative, type NativeCode, type NativeType, type ProviderTypeRow } from '../../providers/provider-type.ts';

const nativeTypes: ReadonlyMap<string, NativeType> = new Map(
  allTypes()
    .filter(isNative)
    .map((row) => [row.type, row]),
);

const facts: ReadonlyMap<string, VendorFacts> = new Map(allTypes().map((row) => [row.type, factsOf(row)]));

/** Facts of every provider type, for the configuration. A function for the reason that `allTypes` is one. */
export function vendorFacts(): ReadonlyMap<string, VendorFacts> {
  return facts;
}

function factsOf(row: ProviderTypeRow): VendorFacts {
  const [apiKeyVariable, ...otherApiKeyVariables] = row.keys ?? [];
  return {
    type: row.type,
    vendor: row.vendor ?? row.type,
    baseURL: row.baseURL,
    apiKeyVariable,
    otherApiKeyVariables,
    ...(isNative(row)
      ? { needsKey: row.needsKey, regionVariables: row.regionVariables }
      : { needsKey: apiKeyVariable !== undefined, needsBaseURL: row.baseURL === undefined }),
  };
}

/** The wires that the providers of a plan speak and that are loaded when they are first needed. */
export function wiresOf({ providers }: Plan): Part<NativeCode>[] {
  return [...providers.values()].flatMap((plan) => nativeWireOf(plan)?.code ?? []);
}

/** The wire of its own that a provider's requests go over; none if the user's own provider or client does the sending. */
export function nativeWireOf({ type, options }: ProviderPlan): NativeType | undefined {
  return options.provider || options.client ? undefined : nativeTypes.get(type);
}
