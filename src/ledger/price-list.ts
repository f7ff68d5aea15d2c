import { calcPrice, findProvider, type ModelInfo, type ModelPrice } from '@pydantic/genai-prices';
import type { Deployment, PriceOverride } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import { type RateSet, type Rates, ratesOfOverride, toPico } from './price.ts';

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
 * Compiled prices: the deployment's own, the plan's override, the price list's for the model that answered or else for
 * the one asked, else what `unknownPrice` says. Compiled once per plan and deployment; again every hour, because the
 * list knows prices that start on a date or hold for some hours of the day.
 */
export class Prices {
  #byPlan = new WeakMap<Plan, WeakMap<Deployment, Rates | 'unknown'>>();
  #hour = -1;
  #listed = new Map<string, Rates | undefined>();

  ratesOf(plan: Plan, deployment: Deployment, now: number, respondedModel?: string): Rates | undefined {
    const { vendor, upstreamModel } = deployment;
    if (respondedModel === undefined || respondedModel === upstreamModel || overrideOf(plan, deployment) !== undefined) {
      return this.#ratesAsked(plan, deployment, now);
    }
    this.#turn(now);
    return this.#fromList(vendor, respondedModel, now) ?? this.#ratesAsked(plan, deployment, now);
  }

  #ratesAsked(plan: Plan, deployment: Deployment, now: number): Rates | undefined {
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
    return known === 'unknown' ? undefined : known;
  }

  #compile(plan: Plan, deployment: Deployment, now: number): Rates | undefined {
    const override = overrideOf(plan, deployment);
    if (override !== undefined) return ratesOfOverride(override);
    return this.#fromList(deployment.vendor, deployment.upstreamModel, now) ?? unknownRates(plan);
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

/**
 * Rates of a call that asks for priority processing. The list has the prices of standard processing only, which are
 * lower: where the user states no price, none is known.
 */
export function priorityRates(plan: Plan, deployment: Deployment): Rates | undefined {
  const override = overrideOf(plan, deployment);
  return override === undefined ? unknownRates(plan) : ratesOfOverride(override);
}

function overrideOf(plan: Plan, deployment: Deployment): PriceOverride | undefined {
  return deployment.price ?? plan.prices.get(deployment.id);
}

function unknownRates({ unknownPrice }: Plan): Rates | undefined {
  return unknownPrice === 'refuse' ? undefined : ratesOfOverride(unknownPrice);
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
  const cacheWrite = read('cache_write_mtok') ?? input;
  return {
    input,
    output,
    cacheRead,
    cacheWrite,
    hourCacheWrite: read('cache_write_1h_mtok') ?? cacheWrite,
    reasoning: read('output_reasoning_mtok') ?? output,
    inputAudio: read('input_audio_mtok') ?? input,
    cacheAudioRead: read('cache_audio_read_mtok') ?? cacheRead,
    outputAudio: read('output_audio_mtok') ?? output,
  };
}
