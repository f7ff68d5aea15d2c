import type { ModelInfo, ModelPrice } from '@pydantic/genai-prices';

/** A price of the list as a function of time, in milliseconds since the epoch. */
export type PriceAt = (at: number) => ModelPrice;

/** A model as the price list has it. */
export interface ListEntry {
  /** Name of the provider in the list. */
  readonly provider: string;
  readonly model: ModelInfo;
  readonly priceAt: PriceAt;
}

/** One mistake of the price list, put right as long as the list makes it. */
export interface Correction {
  readonly name: string;
  readonly source: string;
  /** The day the source was read. */
  readonly checkedOn: string;
  /** The right price; undefined if the list does not make the mistake, or makes it no longer. */
  mend(entry: ListEntry): PriceAt | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const PRICE_CORRECTIONS: readonly Correction[] = [
  {
    // "Prompts with >272K input tokens": the tier begins above 272,000. The list begins it one token early at OpenAI, and
    // at Bedrock and Azure with it, and has it right at OpenRouter and GitHub.
    name: 'long context begins above 272,000 tokens',
    source: 'https://developers.openai.com/api/docs/models/gpt-5.6-sol',
    checkedOn: '2026-11-28',
    mend({ provider, priceAt, model }) {
      if ((provider !== 'openai' && provider !== 'aws') || !JSON.stringify(model.prices).includes('"start":271999'))
        return undefined;
      const mended = new Map<ModelPrice, ModelPrice>();
      return (at) => {
        const price = priceAt(at);
        const known = mended.get(price) ?? mapTiers(price, (start) => (start === 271_999 ? 272_000 : start));
        mended.set(price, known);
        return known;
      };
    },
  },
  {
    // DeepSeek has the hours of V4 only; those of V3 ended on 5 September 2025, and its names on 24 July 2026. What still
    // bears them is served and billed as Flash.
    name: 'deepseek-chat and deepseek-reasoner have no hours of their own',
    source: 'https://api-docs.deepseek.com/quick_start/pricing, https://api-docs.deepseek.com/updates',
    checkedOn: '2026-11-28',
    mend({ provider, model, priceAt }) {
      if (provider !== 'deepseek' || !/^deepseek-(?:chat|reasoner)$/.test(model.id)) return undefined;
      return hasHours(model, '16:30:00Z') ? flashSince(priceAt) : undefined;
    },
  },
  {
    name: 'deepseek-v4-flash is billed as V4.1 Flash since 10 September 2026',
    source: 'https://api-docs.deepseek.com/quick_start/pricing',
    checkedOn: '2026-11-28',
    mend({ provider, model, priceAt }) {
      if (provider !== 'deepseek' || model.id !== 'deepseek-v4-flash') return undefined;
      return priceAt(A_NIGHT).input_mtok === 0.22 ? flashSince(priceAt) : undefined;
    },
  },
  {
    // Public holidays of China are off-peak too; they are not known here, and charged as the weekdays they fall on.
    name: 'deepseek-v4-pro has no peak hours at weekends',
    source: 'https://api-docs.deepseek.com/quick_start/pricing',
    checkedOn: '2026-11-28',
    mend({ provider, model, priceAt }) {
      if (provider !== 'deepseek' || model.id !== 'deepseek-v4-pro') return undefined;
      if (priceAt(A_WEEKEND_MORNING).input_mtok === priceAt(A_NIGHT).input_mtok) return undefined;
      return (at) => priceAt(at >= WEEKENDS_SINCE && !isPeak(at) ? offPeakNear(at) : at);
    },
  },
];

const FLASH_OFF_PEAK: ModelPrice = { input_mtok: 0.15, cache_read_mtok: 0.003, output_mtok: 0.6 };
const FLASH_PEAK: ModelPrice = { input_mtok: 0.3, cache_read_mtok: 0.006, output_mtok: 1.2 };
const FLASH_SINCE = Date.UTC(2026, 8, 10, 4);
const WEEKENDS_SINCE = Date.UTC(2026, 7, 22, 16);
// A Saturday at 02:00 and a Monday at 20:00 UTC.
const A_WEEKEND_MORNING = Date.UTC(2026, 9, 3, 2);
const A_NIGHT = Date.UTC(2026, 9, 5, 20);

function flashSince(before: PriceAt): PriceAt {
  return (at) => {
    if (at < FLASH_SINCE) return before(at);
    return isPeak(at) ? FLASH_PEAK : FLASH_OFF_PEAK;
  };
}

/** Monday to Friday, 9 to 12 and 14 to 18 in Beijing, which is 8 hours ahead and knows no summer time. */
function isPeak(at: number): boolean {
  const inBeijing = at + 8 * HOUR_MS;
  const day = new Date(inBeijing).getUTCDay();
  const hour = (inBeijing % DAY_MS) / HOUR_MS;
  return day >= 1 && day <= 5 && ((hour >= 9 && hour < 12) || (hour >= 14 && hour < 18));
}

/** The same day at 20:00 UTC, when no list of hours has a peak. */
function offPeakNear(at: number): number {
  return at - (at % DAY_MS) + 20 * HOUR_MS;
}

function hasHours({ prices }: ModelInfo, end: string): boolean {
  return (
    Array.isArray(prices) && prices.some(({ constraint }) => constraint?.type === 'time_of_date' && constraint.end_time === end)
  );
}

function mapTiers(price: ModelPrice, change: (start: number) => number): ModelPrice {
  const changed: ModelPrice = {};
  for (const [key, value] of Object.entries(price)) {
    const isTiered = typeof value === 'object';
    changed[key] = isTiered
      ? { base: value.base, tiers: value.tiers.map(({ start, price: rate }) => ({ start: change(start), price: rate })) }
      : value;
  }
  return changed;
}
