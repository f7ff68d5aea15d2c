import type { PriceOverride } from '../core/deployment.ts';
import type { Usage } from '../core/usage.ts';

/** Rates in pico-dollars per token, integers: a price of $0.000001 per million tokens is 1. */
export interface RateSet {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly hourCacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
  readonly inputAudio: number;
  readonly cacheAudioRead: number;
  readonly outputAudio: number;
}

/** Rates by the size of the input: the last tier whose start is below it applies to every token (long context). */
export interface Rates {
  readonly base: RateSet;
  readonly tiers: readonly { readonly start: number; readonly rates: RateSet }[];
}

// $1 per million tokens is 10^6 pico-dollars per token.
const PICO_PER_USD_PER_MILLION = 1_000_000;
const PICO_PER_NANO = 1000;

/** What usage costs, in nano-dollars: exact, rounded up once. */
export function costOf(rates: Rates, usage: Usage): number {
  const rate = ratesFor(rates, usage.inputTokens);
  const inputAudio = Math.min(usage.inputAudioTokens ?? 0, usage.inputTokens);
  const outputAudio = Math.min(usage.outputAudioTokens ?? 0, usage.outputTokens);
  const read = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens, usage.inputTokens - read);
  const forAnHour = Math.min(usage.hourCacheWriteTokens ?? 0, written);
  const uncached = usage.inputTokens - read - written;
  // Which of the audio tokens were cached is not reported: they are taken for uncached as far as possible, which is dearer.
  const audio = Math.min(inputAudio, uncached);
  const cachedAudio = Math.min(inputAudio - audio, read);
  const reasoning = Math.min(usage.reasoningTokens, usage.outputTokens - outputAudio);
  return toNano([
    uncached - audio,
    rate.input,
    audio,
    rate.inputAudio,
    read - cachedAudio,
    rate.cacheRead,
    cachedAudio,
    rate.cacheAudioRead,
    written - forAnHour,
    rate.cacheWrite,
    forAnHour,
    rate.hourCacheWrite,
    usage.outputTokens - reasoning - outputAudio,
    rate.output,
    reasoning,
    rate.reasoning,
    outputAudio,
    rate.outputAudio,
  ]);
}

/** Kinds of tokens that a call asks for; their rates count in its bound. */
export interface AskedFor {
  readonly audio: boolean;
  /** Cache writes that are kept for an hour. */
  readonly hourCache: boolean;
}

/**
 * What the tokens cost at most, each at the dearest rate it may fall under: the bound on the input may lie in a tier that
 * the real input does not reach, and tiers need not get dearer.
 */
export function costBound(rates: Rates, inputTokens: number, outputTokens: number, asked: AskedFor): number {
  let most = boundAt(rates.base, inputTokens, outputTokens, asked);
  for (const tier of rates.tiers) {
    if (inputTokens > tier.start) most = Math.max(most, boundAt(tier.rates, inputTokens, outputTokens, asked));
  }
  return most;
}

/** Output tokens that an amount of money buys at the dearest rate after the input is paid; -1: not even the input. */
export function outputBoughtBy(rates: Rates, nanoUsd: number, inputTokens: number, asked: AskedFor): number {
  const left = nanoUsd - costBound(rates, inputTokens, 0, asked);
  if (left < 0) return -1;
  let rate = dearestOutput(rates.base, asked);
  for (const tier of rates.tiers) if (inputTokens > tier.start) rate = Math.max(rate, dearestOutput(tier.rates, asked));
  return rate === 0 ? Number.MAX_SAFE_INTEGER : Math.floor((left * PICO_PER_NANO) / rate);
}

/** Whether cached input costs less than other input. */
export function cachedIsCheaper(rates: Rates): boolean {
  return rates.base.cacheRead < rates.base.input;
}

/** Rates of an override; a missing cache rate is the input's, a missing reasoning rate the output's. */
export function ratesOfOverride(price: PriceOverride): Rates {
  const input = toPico(price.input);
  const output = toPico(price.output);
  const cacheRead = price.cacheRead === undefined ? input : toPico(price.cacheRead);
  const cacheWrite = price.cacheWrite === undefined ? input : toPico(price.cacheWrite);
  return {
    base: {
      input,
      output,
      cacheRead,
      cacheWrite,
      hourCacheWrite: cacheWrite,
      reasoning: price.reasoning === undefined ? output : toPico(price.reasoning),
      inputAudio: input,
      cacheAudioRead: cacheRead,
      outputAudio: output,
    },
    tiers: [],
  };
}

/** The rates for an input of this size, as a user writes a price. */
export function priceFor(rates: Rates, inputTokens: number): Required<PriceOverride> {
  const { input, output, cacheRead, cacheWrite, reasoning } = ratesFor(rates, inputTokens);
  return {
    input: toUsdPerMillion(input),
    output: toUsdPerMillion(output),
    cacheRead: toUsdPerMillion(cacheRead),
    cacheWrite: toUsdPerMillion(cacheWrite),
    reasoning: toUsdPerMillion(reasoning),
  };
}

function ratesFor(rates: Rates, inputTokens: number): RateSet {
  let found = rates.base;
  for (const tier of rates.tiers) if (inputTokens > tier.start) found = tier.rates;
  return found;
}

function boundAt(rate: RateSet, inputTokens: number, outputTokens: number, asked: AskedFor): number {
  const inputRate = dearestInput(rate, asked);
  const outputRate = dearestOutput(rate, asked);
  const pico = inputTokens * inputRate + outputTokens * outputRate;
  if (pico <= Number.MAX_SAFE_INTEGER) return Math.ceil(pico / PICO_PER_NANO);
  return toNano([inputTokens, inputRate, outputTokens, outputRate]);
}

function dearestInput(rate: RateSet, { audio, hourCache }: AskedFor): number {
  return Math.max(rate.input, rate.cacheWrite, hourCache ? rate.hourCacheWrite : 0, audio ? rate.inputAudio : 0);
}

function dearestOutput(rate: RateSet, { audio }: AskedFor): number {
  return Math.max(rate.output, rate.reasoning, audio ? rate.outputAudio : 0);
}

/** Dollars per million tokens as an integer rate. */
export function toPico(usdPerMillion: number): number {
  const pico = usdPerMillion * PICO_PER_USD_PER_MILLION;
  const nearest = Math.round(pico);
  // A decimal fraction of a dollar is not exact in binary; a finer rate than the unit is rounded up.
  return Math.abs(pico - nearest) < 1e-6 ? nearest : Math.ceil(pico);
}

function toUsdPerMillion(pico: number): number {
  return pico / PICO_PER_USD_PER_MILLION;
}

/** Sums terms, each a number of tokens followed by its rate. */
function toNano(terms: readonly number[]): number {
  let pico = 0;
  for (let place = 0; place < terms.length; place += 2) pico += (terms[place] ?? 0) * (terms[place + 1] ?? 0);
  if (pico <= Number.MAX_SAFE_INTEGER) return Math.ceil(pico / PICO_PER_NANO);
  let exact = 0n;
  for (let place = 0; place < terms.length; place += 2) exact += BigInt(terms[place] ?? 0) * BigInt(terms[place + 1] ?? 0);
  const nano = (exact + BigInt(PICO_PER_NANO - 1)) / BigInt(PICO_PER_NANO);
  return Math.min(Number(nano), Number.MAX_SAFE_INTEGER);
}
