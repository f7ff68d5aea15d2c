import { NO_USAGE, type Usage } from '../core/usage.ts';
import type { AskedFor } from './asked-for.ts';
import { type RateSet, type Rates, ratesFor } from './rates.ts';

export const PICO_PER_NANO = 1000;

/**
 * What usage costs, in nano-dollars: exact, rounded up once. Undefined if it has tokens of a class whose rate is not
 * known. Without such classes nothing is allocated.
 */
export function costOf(rates: Rates, usage: Usage): number | undefined {
  const { inputTokens, outputTokens } = usage;
  const rate = rates.tiers.length === 0 ? rates.base : ratesFor(rates, inputTokens);
  if (rates.draws === 'only' && !usage.outputImageTokens)
    return costOfClasses(rate, { ...usage, outputImageTokens: outputTokens });
  if (!isText(usage)) return costOfClasses(rate, usage);
  const read = Math.min(usage.cachedInputTokens, inputTokens);
  const written = Math.min(usage.cacheWriteTokens, inputTokens - read);
  const reasoning = Math.min(usage.reasoningTokens, outputTokens);
  const pico =
    (inputTokens - read - written) * rate.input +
    read * rate.cacheRead +
    written * rate.cacheWrite +
    (outputTokens - reasoning) * rate.output +
    reasoning * rate.reasoning +
    (rate.request ?? 0);
  return pico <= Number.MAX_SAFE_INTEGER ? Math.ceil(pico / PICO_PER_NANO) : costOfClasses(rate, usage);
}

/**
 * What the tokens cost at most, each at the dearest rate it may fall under: the bound on the input may lie in a tier that
 * the real input does not reach, and tiers need not get dearer. Undefined if a class that is asked for has no known rate.
 */
export function costBound(rates: Rates, inputTokens: number, outputTokens: number, asked: AskedFor): number | undefined {
  const draws = mayDraw(rates, asked);
  let most = boundAt(rates.base, draws, inputTokens, outputTokens, asked);
  for (const tier of rates.tiers) {
    if (inputTokens > tier.start) most = Math.max(most, boundAt(tier.rates, draws, inputTokens, outputTokens, asked));
  }
  return Number.isNaN(most) ? undefined : most;
}

/** What so many tokens probably cost: as text, or at the dearest rate if other classes are asked for. */
export function costExpected(rates: Rates, inputTokens: number, outputTokens: number, asked: AskedFor): number | undefined {
  if (asked.special || asked.outputAudio || mayDraw(rates, asked)) return costBound(rates, inputTokens, outputTokens, asked);
  return costOf(rates, { ...NO_USAGE, inputTokens, outputTokens });
}

/**
 * Output tokens that an amount of money buys at the dearest rate after the input is paid; -1: not even the input. Any
 * number if a class that is asked for has no known rate.
 */
export function outputBoughtBy(rates: Rates, nanoUsd: number, inputTokens: number, asked: AskedFor): number {
  const left = nanoUsd - (costBound(rates, inputTokens, 0, asked) ?? 0);
  if (left < 0) return -1;
  const draws = mayDraw(rates, asked);
  let rate = dearestOutput(rates.base, draws, asked);
  for (const tier of rates.tiers) if (inputTokens > tier.start) rate = Math.max(rate, dearestOutput(tier.rates, draws, asked));
  return rate > 0 ? Math.floor((left * PICO_PER_NANO) / rate) : Number.MAX_SAFE_INTEGER;
}

/** Whether cached input costs less than other input. */
export function cachedIsCheaper(rates: Rates): boolean {
  return rates.base.cacheRead < rates.base.input;
}

/** Whether usage has no tokens but text, read from the cache or written for five minutes at most. */
function isText(usage: Usage): boolean {
  return !(
    usage.hourCacheWriteTokens ||
    usage.inputAudioTokens ||
    usage.inputImageTokens ||
    usage.inputVideoTokens ||
    usage.outputAudioTokens ||
    usage.outputImageTokens ||
    usage.outputVideoTokens ||
    usage.citationTokens
  );
}

function mayDraw({ draws }: Rates, asked: AskedFor): boolean {
  return asked.outputImage || draws === 'only' || (draws === 'unasked' && asked.openOutput);
}

/** NaN if a class that is asked for has no known rate; so it stays through every sum and maximum. */
function boundAt(rate: RateSet, draws: boolean, inputTokens: number, outputTokens: number, asked: AskedFor): number {
  const inputRate = dearestInput(rate, asked);
  const outputRate = dearestOutput(rate, draws, asked);
  const fee = rate.request ?? 0;
  const pico = inputTokens * inputRate + outputTokens * outputRate + fee;
  if (pico <= Number.MAX_SAFE_INTEGER) return Math.ceil(pico / PICO_PER_NANO);
  return Number.isNaN(pico) ? pico : toNano([inputTokens, inputRate, outputTokens, outputRate, 1, fee]);
}

function dearestInput(rate: RateSet, asked: AskedFor): number {
  let most = Math.max(rate.input, rate.cacheRead, rate.cacheWrite);
  if (!asked.special) return most;
  if (asked.hourCache) most = Math.max(most, rate.hourCacheWrite ?? Number.NaN);
  if (asked.inputAudio) most = Math.max(most, rate.inputAudio ?? Number.NaN, rate.cacheAudioRead ?? 0);
  if (asked.inputImage) most = Math.max(most, rate.inputImage ?? Number.NaN, rate.cacheImageRead ?? 0);
  if (asked.inputVideo) most = Math.max(most, rate.inputVideo ?? Number.NaN, rate.cacheVideoRead ?? 0);
  if (asked.unseenInput) most = Math.max(most, rate.inputAudio ?? 0, rate.inputImage ?? 0, rate.inputVideo ?? 0);
  return most;
}

function dearestOutput(rate: RateSet, draws: boolean, asked: AskedFor): number {
  let most = Math.max(rate.output, rate.reasoning, rate.citation ?? 0);
  if (draws) most = Math.max(most, rate.outputImage ?? Number.NaN);
  if (asked.outputAudio) most = Math.max(most, rate.outputAudio ?? Number.NaN);
  if (asked.openOutput) most = Math.max(most, rate.outputVideo ?? 0);
  return most;
}

function costOfClasses(rate: RateSet, usage: Usage): number | undefined {
  const terms = new Terms();
  addInput(terms, rate, usage);
  addOutput(terms, rate, usage);
  terms.add(1, rate.request ?? 0);
  return terms.total();
}

/**
 * Every input token falls under one class. Which of the audio, image and video tokens were cached is not always
 * reported: they are taken for uncached as far as possible, which is dearer.
 */
function addInput(terms: Terms, rate: RateSet, usage: Usage): void {
  const read = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens, usage.inputTokens - read);
  const forAnHour = Math.min(usage.hourCacheWriteTokens ?? 0, written);
  let uncached = usage.inputTokens - read - written;
  let cached = read;
  const part = (tokens = 0, ofThoseCached = 0, plainRate: number | undefined, cachedRate: number | undefined) => {
    const known = Math.min(ofThoseCached, tokens, cached);
    const plain = Math.min(tokens - known, uncached);
    const others = Math.min(tokens - plain, cached);
    terms.add(plain, plainRate);
    terms.add(others, cachedRate);
    uncached -= plain;
    cached -= others;
  };
  part(usage.inputAudioTokens, usage.cachedAudioTokens, rate.inputAudio, rate.cacheAudioRead);
  part(usage.inputImageTokens, usage.cachedImageTokens, rate.inputImage, rate.cacheImageRead);
  part(usage.inputVideoTokens, 0, rate.inputVideo, rate.cacheVideoRead);
  terms.add(uncached, rate.input);
  terms.add(cached, rate.cacheRead);
  terms.add(written - forAnHour, rate.cacheWrite);
  terms.add(forAnHour, rate.hourCacheWrite);
}

function addOutput(terms: Terms, rate: RateSet, usage: Usage): void {
  let left = usage.outputTokens;
  const part = (tokens = 0, of: number | undefined) => {
    const counted = Math.min(tokens, left);
    terms.add(counted, of);
    left -= counted;
  };
  part(usage.outputAudioTokens, rate.outputAudio);
  part(usage.outputImageTokens, rate.outputImage);
  part(usage.outputVideoTokens, rate.outputVideo);
  part(usage.reasoningTokens, rate.reasoning);
  part(usage.citationTokens, rate.citation);
  terms.add(left, rate.output);
}

/** Numbers of tokens, each followed by its rate. */
class Terms {
  readonly #terms: number[] = [];
  #isKnown = true;

  add(tokens: number, rate: number | undefined): void {
    if (tokens <= 0) return;
    if (rate === undefined) this.#isKnown = false;
    else this.#terms.push(tokens, rate);
  }

  /** In nano-dollars; undefined if a rate was not known. */
  total(): number | undefined {
    return this.#isKnown ? toNano(this.#terms) : undefined;
  }
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
