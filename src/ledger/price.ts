import { calcPrice, findProvider, type ModelInfo, type ModelPrice } from '@pydantic/genai-prices';
import type { Deployment, PriceOverride } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import type { Usage } from '../core/usage.ts';

/** Rates in pico-dollars per token, integers: a price of $0.000001 per million tokens is 1. */
interface RateSet {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
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
  const uncached = usage.inputTokens - read - written;
  // Which of the audio tokens were cached is not reported: they are taken for uncached as far as possible, which is dearer.
  const audio = Math.min(inputAudio, uncached);
  const cachedAudio = Math.min(inputAudio - audio, read);
  const reasoning = Math.min(usage.reasoningTokens, usage.outputTokens - outputAudio);
  return toNano(
    [uncached - audio, rate.input],
    [audio, rate.inputAudio],
    [read - cachedAudio, rate.cacheRead],
    [cachedAudio, rate.cacheAudioRead],
    [written, rate.cacheWrite],
    [usage.outputTokens - reasoning - outputAudio, rate.output],
    [reasoning, rate.reasoning],
    [outputAudio, rate.outputAudio],
  );
}

/** What the tokens cost at most, each at the dearest rate it may fall under. Audio rates count only where audio is asked for. */
export function costBound(rates: Rates, inputTokens: number, outputTokens: number, audio: boolean): number {
  let bound = 0;
  for (const rate of ratesUpTo(rates, inputTokens)) {
    const input = Math.max(rate.input, rate.cacheWrite, audio ? rate.inputAudio : 0);
    bound = Math.max(bound, toNano([inputTokens, input], [outputTokens, dearestOutput(rate, audio)]));
  }
  return bound;
}

/** Output tokens that an amount of money buys at the dearest rate after the input is paid; not an integer below 0. */
export function outputBoughtBy(rates: Rates, nanoUsd: number, inputTokens: number, audio: boolean): number {
  const left = nanoUsd - costBound(rates, inputTokens, 0, audio);
  const rate = Math.max(...ratesUpTo(rates, inputTokens).map((set) => dearestOutput(set, audio)));
  if (left < 0) return -1;
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
  return {
    base: {
      input,
      output,
      cacheRead,
      cacheWrite: price.cacheWrite === undefined ? input : toPico(price.cacheWrite),
      reasoning: price.reasoning === undefined ? output : toPico(price.reasoning),
      inputAudio: input,
      cacheAudioRead: cacheRead,
      outputAudio: output,
    },
    tiers: [],
  };
}

const contextWindows = new Map<string, number | undefined>();

/** Context window in tokens as the price list knows it. */
export function contextWindowOf(vendor: string, model: string): number | undefined {
  const key = `${vendor}/${model}`;
  if (contextWindows.has(key)) return contextWindows.get(key);
  if (contextWindows.size >= 10_000) contextWindows.clear();
  const found = lookUp(vendor, model, new Date(0))?.model.context_window;
  contextWindows.set(key, found);
  return found;
}

/**
 * Compiled prices: the deployment's own, the plan's override, the price list's for the upstream model or for the one
 * that answered, else what `unknownPrice` says. Compiled once per plan and deployment; again every hour, because the
 * list knows prices that start on a date or hold for some hours of the day.
 */
export class Prices {
  #byPlan = new WeakMap<Plan, WeakMap<Deployment, Rates | 'unknown'>>();
  #hour = -1;
  #listed = new Map<string, Rates | undefined>();

  ratesOf(plan: Plan, deployment: Deployment, now: number, respondedModel?: string): Rates | undefined {
    this.#turn(now);
    let compiled = this.#byPlan.get(plan);
    if (compiled === undefined) {
      compiled = new WeakMap();
      this.#byPlan.set(plan, compiled);
    }
    let known = compiled.get(deployment);
    if (known === undefined) {
      known = this.#compile(plan, deployment, now) ?? 'unknown';
      compiled.set(deployment, known);
    }
    let rates = known === 'unknown' ? undefined : known;
    if (rates !== undefined) return rates;
    if (respondedModel !== undefined) rates = this.#fromList(deployment.vendor, respondedModel, now);
    if (rates !== undefined || plan.unknownPrice === 'refuse') return rates;
    return ratesOfOverride(plan.unknownPrice);
  }

  #compile(plan: Plan, deployment: Deployment, now: number): Rates | undefined {
    const override = deployment.price ?? plan.prices.get(deployment.id);
    if (override !== undefined) return ratesOfOverride(override);
    return this.#fromList(deployment.vendor, deployment.upstreamModel, now);
  }

  #fromList(vendor: string, model: string, now: number): Rates | undefined {
    const key = `${vendor}/${model}`;
    if (this.#listed.has(key)) return this.#listed.get(key);
    if (this.#listed.size >= 10_000) this.#listed.clear();
    const found = lookUp(vendor, model, new Date(now));
    const rates = found === undefined ? undefined : ratesOfList(found.price);
    this.#listed.set(key, rates);
    return rates;
  }

  #turn(now: number): void {
    const hour = Math.floor(now / 3_600_000);
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.#byPlan = new WeakMap();
    this.#listed = new Map();
  }
}

/** Names of the price list for provider types and telemetry names that differ from it. */
const LISTED_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['azure.ai.openai', 'azure'],
  ['azure.ai.inference', 'azure'],
  ['vertex', 'google'],
  ['gcp.vertex_ai', 'google'],
  ['gcp.gemini', 'google'],
  ['gcp.gen_ai', 'google'],
  ['gemini', 'google'],
  ['bedrock', 'aws'],
  ['aws.bedrock', 'aws'],
  ['mistral_ai', 'mistral'],
  ['xai', 'x-ai'],
  ['x_ai', 'x-ai'],
  ['together_ai', 'together'],
  ['fireworks_ai', 'fireworks'],
  ['moonshot', 'moonshotai'],
  ['moonshot_ai', 'moonshotai'],
  ['voyage', 'voyageai'],
  ['zhipu', 'zhipuai'],
]);

/** The name under which the price list knows a vendor. */
export function listedProvider(vendor: string): string {
  return LISTED_PROVIDERS.get(vendor) ?? vendor;
}

function lookUp(vendor: string, model: string, timestamp: Date): { model: ModelInfo; price: ModelPrice } | undefined {
  const listed = listedProvider(vendor);
  // The list also knows providers by fragments of a name; only the provider meant is to be priced.
  if (findProvider({ providerId: listed })?.id !== listed) return undefined;
  try {
    const found = calcPrice({}, model, { providerId: listed, timestamp });
    return found === null ? undefined : { model: found.model, price: found.model_price };
  } catch {
    return undefined;
  }
}

/** Undefined where the list has no price per token for the model (per image, per hour). */
function ratesOfList(price: ModelPrice): Rates | undefined {
  if (price.input_mtok === undefined && price.output_mtok === undefined) return undefined;
  const starts = new Set<number>();
  for (const value of Object.values(price)) {
    if (typeof value === 'object') for (const tier of value.tiers) starts.add(tier.start);
  }
  const tiers = [...starts].sort((a, b) => a - b).map((start) => ({ start, rates: ratesAbove(price, start) }));
  return { base: ratesAbove(price, -1), tiers };
}

/** The rates for an input of more than `start` tokens. */
function ratesAbove(price: ModelPrice, start: number): RateSet {
  const read = (key: string): number | undefined => {
    const value = price[key];
    if (value === undefined) return undefined;
    if (typeof value === 'number') return toPico(value);
    let listed = value.base;
    for (const tier of value.tiers) if (tier.start <= start) listed = tier.price;
    return toPico(listed);
  };
  const input = read('input_mtok') ?? 0;
  const output = read('output_mtok') ?? read('output_image_mtok') ?? 0;
  const cacheRead = read('cache_read_mtok') ?? input;
  return {
    input,
    output,
    cacheRead,
    cacheWrite: read('cache_write_mtok') ?? input,
    reasoning: read('output_reasoning_mtok') ?? output,
    inputAudio: read('input_audio_mtok') ?? input,
    cacheAudioRead: read('cache_audio_read_mtok') ?? cacheRead,
    outputAudio: read('output_audio_mtok') ?? output,
  };
}

function ratesFor(rates: Rates, inputTokens: number): RateSet {
  let found = rates.base;
  for (const tier of rates.tiers) if (inputTokens > tier.start) found = tier.rates;
  return found;
}

/** A bound on the input may lie in a tier that the real input does not reach, and tiers need not get dearer. */
function ratesUpTo(rates: Rates, inputTokens: number): RateSet[] {
  const reached = [rates.base];
  for (const tier of rates.tiers) if (inputTokens > tier.start) reached.push(tier.rates);
  return reached;
}

function dearestOutput(rate: RateSet, audio: boolean): number {
  return Math.max(rate.output, rate.reasoning, audio ? rate.outputAudio : 0);
}

function toPico(usdPerMillion: number): number {
  const pico = usdPerMillion * PICO_PER_USD_PER_MILLION;
  const nearest = Math.round(pico);
  // A decimal fraction of a dollar is not exact in binary; a finer rate than the unit is rounded up.
  return Math.abs(pico - nearest) < 1e-6 * Math.max(1, pico) ? nearest : Math.ceil(pico);
}

function toNano(...terms: readonly (readonly [tokens: number, rate: number])[]): number {
  let pico = 0;
  for (const [tokens, rate] of terms) pico += tokens * rate;
  if (pico <= Number.MAX_SAFE_INTEGER) return Math.ceil(pico / PICO_PER_NANO);
  let exact = 0n;
  for (const [tokens, rate] of terms) exact += BigInt(tokens) * BigInt(rate);
  const nano = (exact + BigInt(PICO_PER_NANO - 1)) / BigInt(PICO_PER_NANO);
  return Math.min(Number(nano), Number.MAX_SAFE_INTEGER);
}
