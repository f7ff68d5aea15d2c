import { azureProvider } from './azure/provider.ts';
import { openAiProvider } from './openai/provider.ts';
import type { Provider } from './provider.ts';
import type { Vendor } from './vendor.ts';
import type { ProviderParts } from './wire-provider.ts';

/** A provider for an account at one of the vendors. */
export function createOpenAiWireProvider(vendor: Vendor, parts: ProviderParts): Provider {
  return vendor.type === 'azure' ? azureProvider(vendor, parts) : openAiProvider(vendor, parts);
}

export type { Vendor } from './vendor.ts';
export { vendors } from './vendors.ts';
