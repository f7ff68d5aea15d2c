import type { PriceOverride, TokenPrices } from '../core/deployment.ts';
import { cachedRate, drawsByName, ratesListed } from './listed-rates.ts';
import { type Listed, listedProvider } from './price-list.ts';
import { mapSets, OPTIONAL_CLASSES, type OptionalClass, type RateSet, type Rates, rateSet, toPico, toPicoEach } from './rates.ts';
import { tokenClassFact } from './token-class-facts.ts';
import { unitRatesOf } from './unit-rates.ts';

/** The model that a stated price is for, and what the list knows of it. */
export interface PricedModel {
  readonly vendor: string;
  readonly model: string;
  readonly listed?: Listed | undefined;
  readonly now: number;
}

/**
 * Rates of a price that the user states. Left out, a cache rate is the input's, and the reasoning rate the output's. Of
 * the other classes, one that is left out has the rate that the list has for it, or that follows from the stated one by
 * what the vendor documents; costs nothing if input and output cost nothing; else it is not known.
 */
export function ratesOfOverride(stated: PriceOverride, priced?: PricedModel): Rates {
  const price = stated.input === undefined ? { ...stated, ...NO_TOKEN_PRICE } : stated;
  const input = toPico(price.input);
  const output = toPico(price.output);
  const costsNothing = input === 0 && output === 0;
  const listed = priced?.listed && ratesListed(priced.listed.priceAt(priced.now));
  const rateOf = (usd: number | undefined, of: OptionalClass): number | undefined => {
    if (usd !== undefined) return toPico(usd);
    if (costsNothing) return 0;
    const fact = priced && tokenClassFact(listedProvider(priced.vendor), priced.listed?.name ?? priced.model.toLowerCase(), of);
    const byFact = fact && Math.ceil((fact.like === 'input' ? input : output) * fact.times);
    // What is kept for an hour costs so many times the input, whatever that is; a picture has a price of its own.
    return of === 'hourCacheWrite' ? (byFact ?? listed?.[of]) : (listed?.[of] ?? byFact);
  };
  const cacheRead = price.cacheRead === undefined ? input : toPico(price.cacheRead);
  const inputAudio = rateOf(price.inputAudio, 'inputAudio');
  const inputImage = rateOf(price.inputImage, 'inputImage');
  const inputVideo = rateOf(price.inputVideo, 'inputVideo');
  const cached = (usd: number | undefined, plain: number | undefined) =>
    usd === undefined ? cachedRate(plain, input, cacheRead) : toPico(usd);
  const base = rateSet({
    input,
    output,
    cacheRead,
    cacheWrite: price.cacheWrite === undefined ? input : toPico(price.cacheWrite),
    hourCacheWrite: rateOf(price.cacheWrite1h, 'hourCacheWrite'),
    reasoning: price.reasoning === undefined ? output : toPico(price.reasoning),
    inputAudio,
    cacheAudioRead: cached(price.cacheReadAudio, inputAudio),
    inputImage,
    cacheImageRead: cached(price.cacheReadImage, inputImage),
    inputVideo,
    cacheVideoRead: cachedRate(inputVideo, input, cacheRead),
    outputAudio: rateOf(price.outputAudio, 'outputAudio'),
    outputImage: rateOf(price.outputImage, 'outputImage'),
    outputVideo: rateOf(price.outputVideo, 'outputVideo'),
    citation: rateOf(price.citation, 'citation'),
    request: price.request === undefined ? undefined : toPicoEach(price.request),
  });
  const draws = priced?.listed && drawsByName(priced.listed.provider, priced.listed.name);
  return {
    base,
    tiers: [],
    draws: draws ?? (price.outputImage === undefined ? undefined : 'unasked'),
    units: unitRatesOf(stated),
  };
}

const NO_TOKEN_PRICE = { input: 0, output: 0 };

/**
 * Rates of `unknownPrice`, which stands in for whatever has no known price: a class that it leaves out costs as much as
 * its input or output, and a cache of an hour twice the input, which is the most that a vendor documents.
 */
export function ratesOfUnknown(price: TokenPrices): Rates {
  const media = {
    inputAudio: price.input,
    inputImage: price.input,
    inputVideo: price.input,
    outputAudio: price.output,
    outputImage: price.output,
    outputVideo: price.output,
    citation: price.output,
    cacheWrite1h: Math.max(price.input * 2, price.cacheWrite ?? 0),
  };
  return { ...ratesOfOverride({ ...media, ...stated(price) }), units: unitRatesOf(price) };
}

/** Rates with another price in the place of those that are not known. */
export function filled(rates: Rates, unknown: Rates | undefined): Rates {
  if (unknown === undefined) return rates;
  return mapSets(rates, (set) => {
    const complete: Record<string, number | undefined> = { ...set };
    for (const name of OPTIONAL_CLASSES) complete[name] ??= unknown.base[name];
    return rateSet(complete as unknown as RateSet);
  });
}

function stated(price: TokenPrices): TokenPrices {
  return Object.fromEntries(Object.entries(price).filter(([, usd]) => usd !== undefined)) as unknown as TokenPrices;
}
