import type { Operation } from '../core/operation.ts';
import type { Part } from '../core/part.ts';
import type { VendorQuirks } from './openai/quirks.ts';
import type { Provider } from './provider.ts';
import type { ProviderParts } from './wire-provider.ts';

/** A provider type of the configuration with all that is known of it: one file each in `types/`, named like the type. */
export type ProviderTypeRow = OpenAiHost | NativeType;

interface TypeFacts {
  /** Value of `type` in the configuration, and the name of the file. */
  readonly type: string;
  readonly label: string;
  /** Where the facts are documented. */
  readonly source: string;
  /** Other names that users look for: the product's, the maker's, or the one that other gateways use. */
  readonly otherNames?: readonly string[];
  /** OpenTelemetry's `gen_ai.provider.name` if it defines one; default: the type. */
  readonly vendor?: string;
  /** The vendor's name in the price list if that differs from `vendor`. */
  readonly listedAs?: string;
  /** Environment variables of the API key; the first one that is set. Default: it needs none. */
  readonly keys?: readonly string[];
  /** Left out if it depends on the account: a resource, a region, the user's own server. */
  readonly baseURL?: string;
}

/** A vendor on OpenAI's wire. What is left out is what most hosts have in common. */
export interface OpenAiHost extends TypeFacts {
  /** Its section on the page of providers. */
  readonly group: 'maker' | 'cloud' | 'host' | 'own-server';
  /** Beyond chat and passthrough. */
  readonly operations?: readonly Operation[];
  /** All operations, for a vendor that has no chat. */
  readonly only?: readonly Operation[];
  readonly quirks?: Partial<VendorQuirks>;
}

/** A vendor with a wire of its own, whose code loads when a configuration names it. */
export interface NativeType extends TypeFacts {
  /** False if a call can go out without an API key. */
  readonly needsKey: boolean;
  /** What takes the place of a key, for the page of providers. */
  readonly otherKey?: string;
  /** Environment variables of the region, tried in this order, if the address depends on it. */
  readonly regionVariables?: readonly string[];
  /** A model of today whose abilities the page of providers shows. */
  readonly exampleModel: string;
  readonly code: Part<NativeCode>;
}

export interface NativeCode {
  create(parts: ProviderParts): Provider;
  /** The address, if it depends on the account's region. */
  origin?(region: string | undefined): string;
}

export function isNative(row: ProviderTypeRow): row is NativeType {
  return 'code' in row;
}
