import type { ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';
import { allTypes } from '../providers/all-types.ts';
import { isFreeVariant, namesOf } from './model-names.ts';
import { type ListEntry, PRICE_CORRECTIONS, type PriceAt } from './price-corrections.ts';
import { priceData } from './price-data.ts';

/** What the price list knows of a model. */
export interface Listed {
  /** Name of the provider in the list. */
  readonly provider: string;
  /** The name that was found, in lower case. */
  readonly name: string;
  /** Name of the list's entry. */
  readonly entry: string;
  readonly contextWindow: number | undefined;
  readonly priceAt: PriceAt;
  /** Whether the price depends on the time. */
  readonly changes: boolean;
  /** The day the correction that was needed was checked. */
  readonly correctedOn: string | undefined;
  /** The vendor asks nothing for it. */
  readonly isFree: boolean;
}

/** Names of the price list for provider types and telemetry names that differ from it. */
const LISTED_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ...allTypes().flatMap(({ type, vendor = type, listedAs }): [string, string][] =>
    listedAs === undefined
      ? []
      : [
          [type, listedAs],
          [vendor, listedAs],
        ],
  ),
  // What providers of the user's own may say.
  ['azure.ai.inference', 'azure'],
  ['gcp.gen_ai', 'google'],
  ['gemini', 'google'],
  ['together_ai', 'together'],
  ['fireworks_ai', 'fireworks'],
]);

/** The name under which the price list knows a vendor. */
export function listedProvider(vendor: string): string {
  return LISTED_PROVIDERS.get(vendor) ?? vendor;
}

const MOST_NAMES = 10_000;

/** The price list as it is when a provider is first looked up: one that is replaced meanwhile changes nothing here. */
export class PriceList {
  readonly #providers = new Map<string, Provider | undefined>();
  readonly #found = new Map<string, Listed | undefined>();

  find(vendor: string, model: string): Listed | undefined {
    const key = `${vendor}/${model}`;
    const known = this.#found.get(key);
    if (known !== undefined || this.#found.has(key)) return known;
    if (this.#found.size >= MOST_NAMES) this.#found.clear();
    const found = this.#lookUp(vendor, model);
    this.#found.set(key, found);
    return found;
  }

  /** Whether the process has the list that was looked at here. */
  get isCurrent(): boolean {
    for (const [id, provider] of this.#providers) if (findExactly(id) !== provider) return false;
    return true;
  }

  #lookUp(vendor: string, model: string): Listed | undefined {
    const listed = listedProvider(vendor);
    const provider = this.#provider(listed);
    if (provider === undefined) return undefined;
    for (const name of namesOf(listed, model)) {
      const found = this.#entry(provider, name);
      if (found !== undefined) return toListed(vendor, listed, name, found);
    }
    return isFreeVariant(listed, model) ? FREE_VARIANT : undefined;
  }

  /** The provider's own entry, else that of a provider whose models it hosts. */
  #entry(provider: Provider, name: string): ListEntry | undefined {
    const found = modelIn(provider, name);
    if (found === undefined) return undefined;
    const maker = this.#makerOf(provider, found);
    // The hours at which a vendor's own service is cheaper are not those of another host.
    if (maker !== provider.id && dependsOnHours(found)) return undefined;
    return { provider: maker, model: found, priceAt: scheduleOf(found) };
  }

  #makerOf(provider: Provider, model: ModelInfo): string {
    if (provider.models.some(({ id }) => id === model.id)) return provider.id;
    const makers = provider.fallback_model_providers ?? [];
    return makers.find((id) => this.#provider(id)?.models.some((made) => made.id === model.id)) ?? provider.id;
  }

  #provider(id: string): Provider | undefined {
    if (this.#providers.has(id)) return this.#providers.get(id);
    const found = findExactly(id);
    this.#providers.set(id, found);
    return found;
  }
}

const ofThisProcess = new PriceList();
const contextWindows = new Map<string, number | undefined>();

/** Context window in tokens as the price list knows it. */
export function contextWindowOf(vendor: string, model: string): number | undefined {
  const key = `${vendor}/${model}`;
  if (contextWindows.has(key)) return contextWindows.get(key);
  if (contextWindows.size >= 10_000) contextWindows.clear();
  const found = ofThisProcess.find(vendor, model)?.contextWindow;
  contextWindows.set(key, found);
  return found;
}

/** The list also knows providers by fragments of a name; only the one meant is to be priced. */
function findExactly(id: string): Provider | undefined {
  const found = priceData.value.findProvider({ providerId: id });
  return found?.id === id ? found : undefined;
}

function modelIn(provider: Provider, name: string): ModelInfo | undefined {
  // A provider that is handed over is copied each time, all its models with it.
  const where = findExactly(provider.id) === provider ? { providerId: provider.id } : { provider };
  try {
    return priceData.value.calcPrice({}, name, { ...where, timestamp: EPOCH })?.model;
  } catch {
    return undefined;
  }
}

const EPOCH = new Date(0);

function toListed(vendor: string, listed: string, name: string, entry: ListEntry): Listed {
  const { model } = entry;
  let { priceAt } = entry;
  let correctedOn: string | undefined;
  for (const correction of PRICE_CORRECTIONS) {
    const mended = correction.mend({ ...entry, priceAt });
    if (mended === undefined) continue;
    priceAt = mended;
    correctedOn = correction.checkedOn;
  }
  return {
    provider: listed,
    name,
    entry: `${entry.provider}/${model.id}`,
    contextWindow: model.context_window,
    priceAt,
    changes: Array.isArray(model.prices),
    correctedOn,
    isFree: isFree(vendor, entry),
  };
}

/**
 * Entries without any price stand for what costs nothing, and for what nobody found the price of. These are free:
 * OpenAI's moderations (https://developers.openai.com/api/docs/models/omni-moderation-latest), Gemma on the Gemini API
 * (https://ai.google.dev/gemini-api/docs/pricing; not on Vertex AI), variants that are named so.
 */
function isFree(vendor: string, { provider, model }: ListEntry): boolean {
  if (!isEmpty(model.prices)) return false;
  if (model.id.endsWith(':free')) return true;
  if (provider === 'openai') return model.id === 'moderation';
  return provider === 'google' && vendor !== 'vertex' && vendor !== 'gcp.vertex_ai' && model.id.startsWith('gemma-');
}

function isEmpty(prices: ModelInfo['prices']): boolean {
  return !Array.isArray(prices) && Object.keys(prices).length === 0;
}

const FREE_VARIANT: Listed = {
  provider: 'openrouter',
  name: ':free',
  entry: 'openrouter/:free',
  contextWindow: undefined,
  priceAt: () => ({}),
  changes: false,
  correctedOn: undefined,
  isFree: true,
};

/** The last of the conditional prices whose condition holds, as the list is meant to be read. */
function scheduleOf({ prices }: ModelInfo): PriceAt {
  if (!Array.isArray(prices)) return () => prices;
  return (at) => {
    for (const { constraint, prices: then } of prices.toReversed()) {
      if (constraint === undefined || holds(constraint, at)) return then;
    }
    return prices[0]?.prices ?? {};
  };
}

type Constraint = NonNullable<Exclude<ModelInfo['prices'], ModelPrice>[number]['constraint']>;

function holds(constraint: Constraint, at: number): boolean {
  if (constraint.type === 'start_date') return at >= Date.parse(`${constraint.start_date}T00:00:00Z`);
  const [now, start, end] = [at % DAY_MS, timeOfDay(constraint.start_time), timeOfDay(constraint.end_time)];
  return end < start ? now >= start || now < end : now >= start && now < end;
}

const DAY_MS = 86_400_000;

/** `16:30:00Z` and `16:30:00+02:00` as milliseconds since midnight UTC. */
function timeOfDay(text: string): number {
  const at = Date.parse(`1970-01-02T${text}`);
  return ((at % DAY_MS) + DAY_MS) % DAY_MS;
}

function dependsOnHours({ prices }: ModelInfo): boolean {
  return Array.isArray(prices) && prices.some(({ constraint }) => constraint?.type === 'time_of_date');
}
