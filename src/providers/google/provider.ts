import type { Provider } from '../provider.ts';
import { type ProviderParts, wireProvider } from '../wire-provider.ts';
import { googleWire } from './wire.ts';

/** A provider on the Gemini API. The account's origin is `https://generativelanguage.googleapis.com`, its base path empty. */
export function googleProvider(parts: ProviderParts): Provider {
  return wireProvider('gcp.gemini', googleWire, parts);
}
