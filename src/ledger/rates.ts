import type { UnitPrices } from '../core/deployment.ts';

/**
 * Rates in pico-dollars per token, integers: a price of $0.000001 per million tokens is 1. Undefined: the rate of that
 * class is not known, so that usage which has it has no known cost.
 */
export interface RateSet {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly hourCacheWrite?: number | undefined;
  readonly output: number;
  readonly reasoning: number;
  readonly inputAudio?: number | undefined;
  readonly cacheAudioRead?: number | undefined;
  readonly inputImage?: number | undefined;
  readonly cacheImageRead?: number | undefined;
  readonly inputVideo?: number | undefined;
  readonly cacheVideoRead?: number | undefined;
  readonly outputAudio?: number | undefined;
  readonly outputImage?: number | undefined;
  readonly outputVideo?: number | undefined;
  readonly citation?: number | undefined;
  /** Pico-dollars of each request, beside its tokens. */
  readonly request?: number | undefined;
}

/** Rates by the size of the input: the last tier whose start is below it applies to every token (long context). */
export interface Rates {
  readonly base: RateSet;
  readonly tiers: readonly { readonly start: number; readonly rates: RateSet }[];
  readonly draws?: Draws;
  /** What is priced by other units, beside tokens or instead of them. */
  readonly units?: UnitRates | undefined;
}

/** Rates in pico-dollars, and what they stand for. */
export interface UnitRates {
  readonly price: UnitPrices;
  readonly image?: number | undefined;
  readonly minute?: number | undefined;
  readonly character?: number | undefined;
  readonly session?: number | undefined;
  /** Whether tokens have a price too. */
  readonly hasTokens: boolean;
  /** Classes of tokens that have a rate of their own beside that of their unit. */
  readonly ratedClasses: ReadonlySet<OptionalClass>;
}

/**
 * What comes out of a model that nobody asked for images: of one that draws `unasked` images too, if the request leaves
 * open what it wants; of one that does nothing else `only` images, whatever is asked, and its usage need not say so.
 */
export type Draws = 'unasked' | 'only' | undefined;

/** The classes that may have no rate. */
export const OPTIONAL_CLASSES = [
  'hourCacheWrite',
  'inputAudio',
  'cacheAudioRead',
  'inputImage',
  'cacheImageRead',
  'inputVideo',
  'cacheVideoRead',
  'outputAudio',
  'outputImage',
  'outputVideo',
  'citation',
] as const;

export type OptionalClass = (typeof OPTIONAL_CLASSES)[number];

/** A set in which every field is there, in one order, so that all sets have one shape where calls read them. */
export function rateSet(rates: RateSet): RateSet {
  return {
    input: rates.input,
    cacheRead: rates.cacheRead,
    cacheWrite: rates.cacheWrite,
    hourCacheWrite: rates.hourCacheWrite,
    output: rates.output,
    reasoning: rates.reasoning,
    inputAudio: rates.inputAudio,
    cacheAudioRead: rates.cacheAudioRead,
    inputImage: rates.inputImage,
    cacheImageRead: rates.cacheImageRead,
    inputVideo: rates.inputVideo,
    cacheVideoRead: rates.cacheVideoRead,
    outputAudio: rates.outputAudio,
    outputImage: rates.outputImage,
    outputVideo: rates.outputVideo,
    citation: rates.citation,
    request: rates.request ?? 0,
  };
}

/** The same rates with each set put through a function. */
export function mapSets(rates: Rates, change: (set: RateSet) => RateSet): Rates {
  const tiers = rates.tiers.map(({ start, rates: set }) => ({ start, rates: change(set) }));
  return { base: change(rates.base), tiers, draws: rates.draws, units: rates.units };
}

/** Every token class multiplied, rounded up to a whole unit; the fee of a request stays. */
export function scaled(rates: Rates, factor: number): Rates {
  if (factor === 1) return rates;
  const times = <T extends number | undefined>(rate: T) => (rate === undefined ? rate : whole(rate * factor)) as T;
  return mapSets(rates, (set) => {
    const changed: Record<string, number | undefined> = { ...set };
    for (const name in changed) if (name !== 'request') changed[name] = times(changed[name]);
    return rateSet(changed as unknown as RateSet);
  });
}

/** The dearer of two prices, class by class and tier by tier: what either may come to. A class unknown to one is unknown. */
export function dearest(left: Rates, right: Rates): Rates {
  if (left === right) return left;
  const starts = [...new Set([...left.tiers, ...right.tiers].map(({ start }) => start))].sort((a, b) => a - b);
  return {
    base: dearestSet(left.base, right.base),
    tiers: starts.map((start) => ({ start, rates: dearestSet(setAbove(left, start), setAbove(right, start)) })),
    draws: left.draws ?? right.draws,
    units: left.units ?? right.units,
  };
}

function dearestSet(left: RateSet, right: RateSet): RateSet {
  const other: Readonly<Record<string, number | undefined>> = { ...right };
  const most: Record<string, number | undefined> = { ...left };
  for (const name in most) {
    const [one, two] = [most[name], other[name]];
    most[name] = one === undefined || two === undefined ? undefined : Math.max(one, two);
  }
  return rateSet(most as unknown as RateSet);
}

/** The rates for an input of this size. */
export function ratesFor(rates: Rates, inputTokens: number): RateSet {
  let found = rates.base;
  for (const tier of rates.tiers) if (inputTokens > tier.start) found = tier.rates;
  return found;
}

function setAbove(rates: Rates, start: number): RateSet {
  return ratesFor(rates, start + 1);
}

// $1 per million tokens is 10^6 pico-dollars per token.
const PICO_PER_USD_PER_MILLION = 1_000_000;

/** Dollars per million tokens as an integer rate. */
export function toPico(usdPerMillion: number): number {
  return whole(usdPerMillion * PICO_PER_USD_PER_MILLION);
}

export function toUsdPerMillion(pico: number): number {
  return pico / PICO_PER_USD_PER_MILLION;
}

const PICO_PER_USD = 1e12;

/** Dollars for one of another unit as an integer rate. */
export function toPicoEach(usd: number): number {
  return whole(usd * PICO_PER_USD);
}

/** A whole number of pico-dollars. A decimal fraction of a dollar is not exact in binary; what is finer than the unit is rounded up. */
export function whole(pico: number): number {
  const nearest = Math.round(pico);
  return Math.abs(pico - nearest) < Math.max(1e-6, nearest * ROUNDING) ? nearest : Math.ceil(pico);
}

/** Some ten times what a product of two doubles may be off by. */
const ROUNDING = 2e-15;
