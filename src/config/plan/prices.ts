import type { PriceUpdatesPlan } from '../../core/price.ts';
import type { ValidConfig } from '../schema.ts';

// Vendors change prices on some days of a year, and the list follows within days.
const DEFAULT_EVERY_MS = 86_400_000;

export function planPriceUpdates(config: ValidConfig['priceUpdates']): PriceUpdatesPlan | undefined {
  if (config === undefined) return undefined;
  return Object.freeze({ source: config.source, everyMs: config.everyMs ?? DEFAULT_EVERY_MS });
}
