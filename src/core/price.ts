import type { PriceOverride, TokenPrices } from './deployment.ts';

/**
 * Where a price comes from; the first that knows one counts: the deployment's own, the configuration's `prices`, those
 * of `priceUpdates.source`, the price list as put right by a correction or as it is, `unknownPrice`.
 */
export type PriceOrigin = 'deployment' | 'config' | 'source' | 'correction' | 'list' | 'unknownPrice';

/**
 * A price as it is applied, in dollars per million tokens, and for each of other units. A class that is left out has no known
 * rate; if the price is by other units alone, tokens cost 0.
 */
export interface AppliedPrice extends TokenPrices {
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
  /** The fee of a request that the price list has, in dollars. */
  readonly requestUsd?: number | undefined;
  /** Where the price was found. */
  readonly from: PriceOrigin;
  /** The entry of the price list. */
  readonly entry?: string | undefined;
  /** How old it is: the price list's version, the day a correction was checked, or the time of the last refresh (ISO 8601). */
  readonly asOf?: string | undefined;
  /** What the rates were multiplied by, for speed or for the place that served; left out if there was no surcharge. */
  readonly surcharge?: number | undefined;
}

/** What new prices came to be in force with `priceUpdates`. */
export type PriceUpdate =
  /** The user's own, by `provider/model`. */
  | { readonly kind: 'source'; readonly prices: ReadonlyMap<string, PriceOverride> }
  /** The price list was brought up to date. */
  | { readonly kind: 'list' }
  /** Prices are refreshed no longer: those of before any refresh. */
  | { readonly kind: 'none' };

/** Where prices are refreshed from, and how often. */
export interface PriceUpdatesPlan {
  readonly source: 'genai-prices' | PriceSource;
  readonly everyMs: number;
}

/** Gives prices by `provider/model`. */
export type PriceSource = () => Promise<Readonly<Record<string, PriceOverride>>> | Readonly<Record<string, PriceOverride>>;
