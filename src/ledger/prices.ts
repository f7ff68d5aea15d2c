import type { Deployment, PriceOverride, TokenPrices } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import type { AppliedPrice, PriceOrigin, PriceUpdate } from '../core/price.ts';
import type { Served } from '../core/served.ts';
import { listVersion } from './list-version.ts';
import { ratesOfListed } from './listed-rates.ts';
import { PriceList } from './price-list.ts';
import { filled, ratesOfOverride, ratesOfUnknown } from './price-override.ts';
import { type Rates, ratesFor, scaled, toUsdPerMillion } from './rates.ts';
import { isStandard, placeFactor, servingFactor } from './surcharges.ts';

/** A price, compiled. */
interface Priced {
  readonly rates: Rates;
  /** The dearest of the rates that may be in force while a call lasts. */
  readonly bound: Rates;
  readonly origin: Origin;
  readonly surcharge: number;
}

interface Origin {
  readonly from: PriceOrigin;
  readonly entry?: string | undefined;
  readonly asOf?: string | undefined;
}

/** What a deployment's calls are priced by. */
interface DeploymentPrices {
  /** The user states the price, which is then that of every answer, whatever model and tier it names. */
  readonly isStated: boolean;
  readonly asked: Priced | undefined;
  /** By the model that answered. */
  readonly answered: Map<string, Priced | undefined>;
  /** By model, tier, speed and place. */
  readonly served: Map<string, Priced | undefined>;
}

/** What came with a refresh. */
interface PriceTable {
  /** Undefined: as the process has it, looked at anew every half hour, in case its own code gave that package a newer one. */
  list: PriceList | undefined;
  readonly source: ReadonlyMap<string, PriceOverride> | undefined;
  readonly refreshedAt: string | undefined;
}

// The list knows prices that start on a date or hold for some hours of the day.
export const TURN_MS = 1_800_000;
const LONGEST_AGO = 2;
const MOST_MODELS = 1_000;
/** Of what an upstream says: longer than any name in use. */
const LONGEST_NAME = 256;

/**
 * Compiled prices: the deployment's own, the plan's override, those of a refresh, the price list's for the model that
 * answered or else for the one asked, else what `unknownPrice` says. Compiled once per plan and deployment, and again
 * every half hour. A plan keeps the prices that were in force when it was first seen: a refresh is for new plans.
 */
export class Prices {
  #byPlan = new WeakMap<Plan, WeakMap<Deployment, DeploymentPrices>>();
  readonly #tables = new WeakMap<Plan, PriceTable>();
  #table: PriceTable = { list: undefined, source: undefined, refreshedAt: undefined };
  #list = new PriceList();
  #turn = -1;

  /** The rates of what was served; undefined if no price is known. */
  ratesOf(plan: Plan, deployment: Deployment, now: number, served?: Served): Rates | undefined {
    return this.#pricedAt(plan, deployment, now, served)?.rates;
  }

  /** The rates that bound what is asked for, whenever within the next day it is charged. */
  boundOf(plan: Plan, deployment: Deployment, now: number, asked?: Served): Rates | undefined {
    return this.#pricedAt(plan, deployment, now, asked)?.bound;
  }

  /** Rates of the stated price that holds for a path which is handed through, by its provider and the first part of it. */
  ofPlace(plan: Plan, provider: string, place: string): Rates | undefined {
    const id = `${provider}/${place}`;
    const price = plan.prices.get(id) ?? this.#tableOf(plan).source?.get(id);
    return price && ratesOfOverride(price);
  }

  /** The price that usage of this size is charged by. */
  applied(plan: Plan, deployment: Deployment, now: number, inputTokens: number, served?: Served): AppliedPrice | undefined {
    const priced = this.#pricedAt(plan, deployment, now, served);
    if (priced === undefined) return undefined;
    const surcharge = priced.surcharge === 1 ? undefined : priced.surcharge;
    return withoutUnknown({ ...priceFor(priced.rates, inputTokens), ...priced.origin, surcharge });
  }

  /** Puts new prices in force, for plans that were not seen before. */
  update(update: PriceUpdate, now: number): void {
    const refreshedAt = update.kind === 'none' ? undefined : new Date(now).toISOString();
    const source = update.kind === 'source' ? update.prices : undefined;
    if (update.kind === 'list') {
      // The list is one for the process: plans of before keep what they have seen of it.
      this.#table.list ??= this.#list;
      this.#list = new PriceList();
    }
    this.#table = { list: update.kind === 'list' ? this.#list : undefined, source, refreshedAt };
  }

  #pricedAt(plan: Plan, deployment: Deployment, now: number, served: Served | undefined): Priced | undefined {
    const known = this.#pricesOf(plan, deployment, now);
    if (served === undefined || known.isStated) return known.asked;
    const { model } = served;
    const isAsked = model === undefined || model === deployment.upstreamModel || model.length > LONGEST_NAME;
    const answered = isAsked ? known.asked : this.#answered(known, plan, deployment, now, model);
    return isStandard(served) ? answered : this.#served(known, plan, deployment, answered, served);
  }

  #pricesOf(plan: Plan, deployment: Deployment, now: number): DeploymentPrices {
    const turn = Math.floor(now / TURN_MS);
    // A call that began before the turn may ask again; a clock that was put back starts anew.
    if (turn > this.#turn || turn < this.#turn - LONGEST_AGO) this.#turnTo(turn);
    let compiled = this.#byPlan.get(plan);
    if (compiled === undefined) {
      compiled = new WeakMap();
      this.#byPlan.set(plan, compiled);
    }
    let known = compiled.get(deployment);
    if (known === undefined) {
      known = this.#compile(plan, deployment, now);
      compiled.set(deployment, known);
    }
    return known;
  }

  #turnTo(turn: number): void {
    this.#turn = turn;
    this.#byPlan = new WeakMap();
    if (!this.#list.isCurrent) this.#list = new PriceList();
  }

  #answered(known: DeploymentPrices, plan: Plan, deployment: Deployment, now: number, model: string): Priced | undefined {
    const found = known.answered.get(model);
    if (found !== undefined || known.answered.has(model)) return found;
    if (known.answered.size >= MOST_MODELS) known.answered.clear();
    const priced = this.#fromList(plan, deployment, now, model) ?? known.asked;
    known.answered.set(model, priced);
    return priced;
  }

  #served(
    known: DeploymentPrices,
    plan: Plan,
    deployment: Deployment,
    standard: Priced | undefined,
    served: Served,
  ): Priced | undefined {
    const { model = deployment.upstreamModel, serviceTier, speed, inferenceGeo } = served;
    const key = JSON.stringify([model, serviceTier, speed, inferenceGeo]);
    if (known.served.has(key)) return known.served.get(key);
    if (key.length > 4 * LONGEST_NAME) return unknownPriced(plan);
    if (known.served.size >= MOST_MODELS) known.served.clear();
    // A model that the list does not know is priced as the one that was asked for.
    const priced = standard === known.asked ? deployment.upstreamModel : model;
    const factor = servingFactor(deployment.vendor, priced, served);
    const isUnknown = factor === undefined || standard === undefined || standard.origin.from === 'unknownPrice';
    const found = isUnknown ? unknownPriced(plan) : withSurcharge(standard, factor);
    known.served.set(key, found);
    return found;
  }

  #compile(plan: Plan, deployment: Deployment, now: number): DeploymentPrices {
    const stated = this.#stated(plan, deployment, now);
    const asked = stated ?? this.#fromList(plan, deployment, now, deployment.upstreamModel) ?? unknownPriced(plan);
    return { isStated: stated !== undefined, asked, answered: new Map(), served: new Map() };
  }

  #stated(plan: Plan, deployment: Deployment, now: number): Priced | undefined {
    const { source, refreshedAt, list = this.#list } = this.#tableOf(plan);
    const { id, vendor, upstreamModel: model } = deployment;
    const ofConfig = plan.prices.get(id);
    const ofSource = source?.get(id);
    const price = deployment.price ?? ofConfig ?? ofSource;
    if (price === undefined) return undefined;
    const rates = filled(ratesOfOverride(price, { vendor, model, listed: list.find(vendor, model), now }), unknownRates(plan));
    const from = deployment.price !== undefined ? 'deployment' : ofConfig !== undefined ? 'config' : 'source';
    const origin: Origin = { from, asOf: from === 'source' ? refreshedAt : undefined };
    return { rates, bound: rates, origin, surcharge: 1 };
  }

  #fromList(plan: Plan, deployment: Deployment, now: number, model: string): Priced | undefined {
    const { list = this.#list, refreshedAt, source } = this.#tableOf(plan);
    const listed = list.find(deployment.vendor, model);
    const found = listed && ratesOfListed(listed, now);
    if (listed === undefined || found === undefined) return undefined;
    const unknown = unknownRates(plan);
    const asOf = listed.correctedOn ?? (source === undefined ? refreshedAt : undefined) ?? listVersion();
    const priced: Priced = {
      rates: filled(found.rates, unknown),
      bound: filled(found.bound, unknown),
      origin: { from: listed.correctedOn === undefined ? 'list' : 'correction', entry: listed.entry, asOf },
      surcharge: 1,
    };
    return withSurcharge(priced, placeFactor(plan, deployment, listed.name));
  }

  #tableOf(plan: Plan): PriceTable {
    let table = this.#tables.get(plan);
    if (table === undefined) {
      table = this.#table;
      this.#tables.set(plan, table);
    }
    return table;
  }
}

function withoutUnknown<T extends object>(price: T): T {
  const known: Partial<T> = {};
  for (const name of Object.keys(price) as (keyof T)[]) if (price[name] !== undefined) known[name] = price[name];
  return known as T;
}

function withSurcharge(priced: Priced, factor: number): Priced {
  if (factor === 1) return priced;
  const rates = scaled(priced.rates, factor);
  const bound = priced.bound === priced.rates ? rates : scaled(priced.bound, factor);
  return { ...priced, rates, bound, surcharge: priced.surcharge * factor };
}

/** The rates of what has no known price; undefined if that is refused. */
export function unknownRates({ unknownPrice }: Plan): Rates | undefined {
  return unknownPrice === 'refuse' ? undefined : ratesOfUnknown(unknownPrice);
}

function unknownPriced(plan: Plan): Priced | undefined {
  const rates = unknownRates(plan);
  return rates && { rates, bound: rates, origin: { from: 'unknownPrice' }, surcharge: 1 };
}

/** The rates for an input of this size, as a user writes a price. */
export function priceFor(
  rates: Rates,
  inputTokens: number,
): TokenPrices & Pick<AppliedPrice, 'cacheRead' | 'cacheWrite' | 'reasoning' | 'requestUsd'> {
  const set = ratesFor(rates, inputTokens);
  const units = rates.units?.price;
  const usd = (rate: number | undefined) => (rate === undefined ? undefined : toUsdPerMillion(rate));
  return {
    input: toUsdPerMillion(set.input),
    output: toUsdPerMillion(set.output),
    cacheRead: toUsdPerMillion(set.cacheRead),
    cacheWrite: toUsdPerMillion(set.cacheWrite),
    cacheWrite1h: usd(set.hourCacheWrite),
    reasoning: toUsdPerMillion(set.reasoning),
    inputAudio: usd(set.inputAudio),
    cacheReadAudio: usd(set.cacheAudioRead),
    outputAudio: usd(set.outputAudio),
    inputImage: usd(set.inputImage),
    cacheReadImage: usd(set.cacheImageRead),
    outputImage: usd(set.outputImage),
    inputVideo: usd(set.inputVideo),
    outputVideo: usd(set.outputVideo),
    citation: usd(set.citation),
    requestUsd: set.request && units?.request === undefined ? set.request / PICO_PER_USD : undefined,
    ...units,
  };
}

const PICO_PER_USD = 1e12;
