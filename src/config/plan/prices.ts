import { usdToNano } from '../../core/money.ts';
import type { ToolPrice } from '../../core/plan.ts';
import type { PriceUpdatesPlan } from '../../core/price.ts';
import type { ValidConfig } from '../schema.ts';

// Vendors change prices on some days of a year, and the list follows within days.
const DEFAULT_EVERY_MS = 86_400_000;

export function planPriceUpdates(config: ValidConfig['priceUpdates']): PriceUpdatesPlan | undefined {
  if (config === undefined) return undefined;
  return Object.freeze({ source: config.source, everyMs: config.everyMs ?? DEFAULT_EVERY_MS });
}

export function planToolPrices(config: ValidConfig['toolPrices']): ReadonlyMap<string, ToolPrice> {
  return new Map(Object.entries(config ?? {}).map(([tool, price]) => [tool, toToolPrice(price)]));
}

function toToolPrice(price: NonNullable<ValidConfig['toolPrices']>[string]): ToolPrice {
  if (typeof price === 'number') return { nanoUsd: usdToNano(price), mostUses: undefined };
  return { nanoUsd: usdToNano(price.usd), mostUses: price.maxUses };
}
