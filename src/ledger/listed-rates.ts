import type { ModelPrice } from '@pydantic/genai-prices';
import type { Listed } from './price-list.ts';
import { type Draws, dearest, OPTIONAL_CLASSES, type OptionalClass, type RateSet, type Rates, rateSet, toPico } from './rates.ts';
import { tokenClassFact } from './token-class-facts.ts';

/** Rates of the list at a time, and the dearest of those that may be in force while a call lasts. */
export interface ListedRates {
  readonly rates: Rates;
  readonly bound: Rates;
}

// A call, or what goes on in the background of one, is over within a day.
const LONGEST_CALL_MS = 86_400_000;
// Hours of a list begin and end at whole or half hours.
const STEP_MS = 1_800_000;

/** Undefined if the list has no price per token for the model (per image, per hour, per page). */
export function ratesOfListed(listed: Listed, now: number): ListedRates | undefined {
  if (listed.isFree) return FREE;
  const rates = ratesOfPrice(listed, listed.priceAt(now));
  if (rates === undefined) return undefined;
  let bound = rates;
  if (!listed.changes) return { rates, bound };
  const seen = new Set([listed.priceAt(now)]);
  for (let at = now + STEP_MS; at <= now + LONGEST_CALL_MS; at += STEP_MS) {
    const price = listed.priceAt(at);
    if (seen.has(price)) continue;
    seen.add(price);
    const then = ratesOfPrice(listed, price);
    if (then === undefined) return undefined;
    bound = dearest(bound, then);
  }
  return { rates, bound };
}

const ZERO: RateSet = rateSet({
  input: 0,
  cacheRead: 0,
  cacheWrite: 0,
  hourCacheWrite: 0,
  output: 0,
  reasoning: 0,
  inputAudio: 0,
  cacheAudioRead: 0,
  inputImage: 0,
  cacheImageRead: 0,
  inputVideo: 0,
  cacheVideoRead: 0,
  outputAudio: 0,
  outputImage: 0,
  outputVideo: 0,
  citation: 0,
});

/** What costs nothing in any class. */
export const ZERO_RATES: Rates = Object.freeze({ base: ZERO, tiers: [], draws: undefined, units: undefined });

const FREE: ListedRates = { rates: ZERO_RATES, bound: ZERO_RATES };

function ratesOfPrice(listed: Listed, price: ModelPrice): Rates | undefined {
  // A model without a price for text in has one per hour, page or picture, which tokens do not tell.
  if (price.input_mtok === undefined) return undefined;
  const starts = new Set<number>();
  for (const value of Object.values(price)) {
    if (typeof value === 'object') for (const tier of value.tiers) starts.add(tier.start);
  }
  const tiers = [...starts].sort((a, b) => a - b).map((start) => ({ start, rates: ratesAbove(listed, price, start) }));
  const draws = drawsByName(listed.provider, listed.name) ?? (price.output_image_mtok === undefined ? undefined : 'unasked');
  return { base: ratesAbove(listed, price, -1), tiers, draws, units: undefined };
}

/**
 * Of models that are named after the images they make: they make them in a chat that asks for nothing else. Of OpenAI's
 * `output_tokens` is "the number of image tokens in the output image" (types of the images API).
 */
export function drawsByName(provider: string, model: string): Draws {
  if ((provider === 'openai' || provider === 'azure') && /^(?:chat)?gpt-image-/.test(model)) return 'only';
  return /image/i.test(model) ? 'unasked' : undefined;
}

/** Price keys of the list that are read, by the rate they are; others (hours, pages, characters, searches) are not. */
const KEYS: Readonly<Record<OptionalClass, string>> = {
  hourCacheWrite: 'cache_write_1h_mtok',
  inputAudio: 'input_audio_mtok',
  cacheAudioRead: 'cache_audio_read_mtok',
  inputImage: 'input_image_mtok',
  cacheImageRead: 'cache_image_read_mtok',
  inputVideo: 'input_video_mtok',
  cacheVideoRead: 'cache_video_read_mtok',
  outputAudio: 'output_audio_mtok',
  outputImage: 'output_image_mtok',
  outputVideo: 'output_video_mtok',
  citation: 'output_citation_mtok',
};

/** The rates for an input of more than `start` tokens. */
function ratesAbove({ provider, name }: Listed, price: ModelPrice, start: number): RateSet {
  const read = (key: string): number | undefined => {
    const value = price[key];
    if (value === undefined) return undefined;
    if (typeof value === 'number') return toPico(value);
    let listed = value.base;
    for (const tier of value.tiers) if (tier.start <= start) listed = tier.price;
    return toPico(listed);
  };
  const input = read('input_mtok') ?? 0;
  // Embeddings have no output.
  const output = read('output_mtok') ?? 0;
  const byFact = (of: OptionalClass | 'cacheWrite'): number | undefined => {
    const fact = tokenClassFact(provider, name, of);
    return fact && Math.ceil((fact.like === 'input' ? input : output) * fact.times);
  };
  const rateOf = (of: OptionalClass) => read(KEYS[of]) ?? byFact(of);
  // If a vendor states no price for the cache, reading from it and writing to it cost no more than other input.
  const cacheRead = read('cache_read_mtok') ?? input;
  const optional = {
    hourCacheWrite: rateOf('hourCacheWrite'),
    inputAudio: rateOf('inputAudio'),
    inputImage: rateOf('inputImage'),
    inputVideo: rateOf('inputVideo'),
    outputAudio: rateOf('outputAudio'),
    outputImage: rateOf('outputImage'),
    outputVideo: rateOf('outputVideo'),
    citation: rateOf('citation'),
  };
  const cached = (of: OptionalClass, plain: number | undefined) => read(KEYS[of]) ?? cachedRate(plain, input, cacheRead);
  return rateSet({
    input,
    output,
    cacheRead,
    cacheWrite: read('cache_write_mtok') ?? byFact('cacheWrite') ?? input,
    reasoning: read('output_reasoning_mtok') ?? output,
    ...optional,
    cacheAudioRead: cached('cacheAudioRead', optional.inputAudio),
    cacheImageRead: cached('cacheImageRead', optional.inputImage),
    cacheVideoRead: cached('cacheVideoRead', optional.inputVideo),
    request: requestFee(price),
  });
}

/** A class that costs as text does so in the cache too; else its cached tokens cost at most what its others do. */
export function cachedRate(plain: number | undefined, input: number, cacheRead: number): number | undefined {
  return plain === input ? cacheRead : plain;
}

/** The rates that the list itself has for classes other than text, for the smallest input. */
export function ratesListed(price: ModelPrice): Partial<Record<OptionalClass, number>> {
  const found: Partial<Record<OptionalClass, number>> = {};
  for (const name of OPTIONAL_CLASSES) {
    const value = price[KEYS[name]];
    if (value !== undefined) found[name] = toPico(typeof value === 'number' ? value : value.base);
  }
  return found;
}

// $1 per 1,000 requests is 10^9 pico-dollars per request.
const PICO_PER_USD_PER_THOUSAND = 1_000_000_000;

/** The fee of a request; if it depends on how much is searched, the list has the highest. */
function requestFee({ requests_kcount: fee }: ModelPrice): number {
  const usd = typeof fee === 'object' ? Math.max(fee.base, ...fee.tiers.map(({ price }) => price)) : (fee ?? 0);
  return Math.ceil(usd * PICO_PER_USD_PER_THOUSAND);
}
