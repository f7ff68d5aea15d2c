import type { ProviderTypeRow } from './provider-type.ts';
import { providerTypes } from './types/index.ts';

/** All types of provider. A function, so that the built package makes the table with the first gateway and not when it is imported. */
export function allTypes(): readonly ProviderTypeRow[] {
  return providerTypes;
}
