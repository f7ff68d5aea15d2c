import type { PriceOverride, TokenPrices } from '../core/deployment.ts';
import type { PriceSource } from '../core/price.ts';

/** Dollars per million tokens, for each of other units (`request`, `image`, `minute`, `character`, `session`), or both. */
export type PriceConfig = PriceOverride;

/** Dollars per million tokens; prices by other units may stand beside them. */
export type UnknownPriceConfig = TokenPrices;

/**
 * Dollars for each use. `maxUses`: the most that one call takes, if no param says that binds its vendor (`max_tool_calls`
 * at OpenAI and Azure, `max_uses` of Anthropic's tools).
 */
export type ToolPriceConfig = number | { usd: number; maxUses?: number | undefined };

/** Where newer prices come from while the process runs. */
export interface PriceUpdatesConfig {
  /**
   * `genai-prices`: the price list's own newest data, from the address that its package names. Or a function that gives
   * prices by `provider/model`; they come after `price` and `prices`, and before the list.
   */
  source: 'genai-prices' | PriceSource;
  /** Time between two loads, in milliseconds; default a day. The first load is at once, and no call waits for it. */
  everyMs?: number | undefined;
}
