import type { PriceOverride } from './deployment.ts';

/**
 * Where a price comes from; the first that knows one counts: the deployment's own, the configuration's `prices`, those
 * of `priceUpdates.source`, the price list as put right by a correction or as it is, `unknownPrice`.
 */
export type PriceOrigin = 'deployment' | 'config' | 'source' | 'correction' | 'list' | 'unknownPrice';

/** A price as it is applied, in dollars per million tokens. A class that is left out has no known rate. */
export interface AppliedPrice extends PriceOverride {
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
  /** Dollars for each request, beside its tokens. */
  readonly requestUsd?: number | undefined;
  readonly from: PriceOrigin;
  /** The entry of the price list. */
  readonly entry?: string | undefined;
  /** How old it is: the price list's version, the day a correction was checked, or the time of the last refresh (ISO 8601). */
  readonly asOf?: string | undefined;
  /** What the rates were multiplied by, for speed or for the place that served; left out where there was no surcharge. */
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

/** Gives prices in dollars per million tokens by `provider/model`. */
export type PriceSource = () => Promise<Readonly<Record<string, PriceOverride>>> | Readonly<Record<string, PriceOverride>>;
