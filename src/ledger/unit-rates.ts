import type { PriceOverride } from '../core/deployment.ts';
import type { UnitCounts } from '../core/usage.ts';
import { mapSets, type OptionalClass, type RateSet, type Rates, toPicoEach, type UnitRates, whole } from './rates.ts';

/** What a price says of other units than tokens; undefined if it says nothing. */
export function unitRatesOf(price: PriceOverride): UnitRates | undefined {
  const { input, request, image, minute, character, session } = price;
  if ((request ?? image ?? minute ?? character ?? session) === undefined) return undefined;
  const each = (usd: number | undefined) => (usd === undefined ? undefined : toPicoEach(usd));
  const stated = new Set<OptionalClass>();
  if (input !== undefined) for (const name of STOOD_FOR) if (price[name] !== undefined) stated.add(name);
  return {
    price: { request, image, minute, character, session },
    image: each(image),
    minute: each(minute),
    character: each(character),
    session: each(session),
    hasTokens: input !== undefined,
    ratedClasses: stated,
  };
}

/** Classes of tokens that a unit stands for. */
const STOOD_FOR = ['inputAudio', 'outputAudio', 'outputImage'] as const;

const MS_PER_MINUTE = 60_000;

/**
 * Rates of a call in which so much was counted, all of it in the fee of the request; the class of tokens that a unit stands
 * for costs nothing beside it, unless a rate is stated for it. Undefined if the price says nothing of such a call:
 * none of its units was counted, and it has no price for every request or for tokens. `units`: the call is not billed by
 * tokens, so that their price is none of it, and a fee of every request beside it neither.
 */
export function ratesWithUnits(
  rates: Rates | undefined,
  counts: UnitCounts | undefined,
  price: 'any' | 'units',
): Rates | undefined {
  const units = rates?.units;
  if (rates === undefined || units === undefined) return price === 'any' ? rates : undefined;
  const fee = counts === undefined ? undefined : feeOf(units, counts);
  if (fee === undefined) return coversAll(units, price) ? rates : undefined;
  return mapSets(rates, (set) => withFee(set, fee, units, counts ?? NOTHING));
}

function coversAll({ hasTokens, price: { request } }: UnitRates, price: 'any' | 'units'): boolean {
  return hasTokens ? price === 'any' : request !== undefined;
}

const NOTHING: UnitCounts = {};

/** In pico-dollars; undefined if nothing was counted that has a price. */
function feeOf({ image, minute, character, session }: UnitRates, counts: UnitCounts): number | undefined {
  let fee: number | undefined;
  const add = (rate: number | undefined, count: number | undefined) => {
    if (rate !== undefined && count !== undefined) fee = (fee ?? 0) + rate * count;
  };
  add(image, counts.images);
  add(character, counts.characters);
  add(session, counts.sessions);
  if (minute !== undefined && counts.seconds !== undefined) {
    fee = (fee ?? 0) + whole((minute * Math.ceil(counts.seconds * 1_000 - 1e-6)) / MS_PER_MINUTE);
  }
  return fee;
}

function withFee(set: RateSet, fee: number, units: UnitRates, counts: UnitCounts): RateSet {
  const isSound =
    (units.minute !== undefined && counts.seconds !== undefined) ||
    (units.character !== undefined && counts.characters !== undefined);
  const isDrawn = units.image !== undefined && counts.images !== undefined;
  const rated = (name: OptionalClass, stoodFor: boolean) => (stoodFor && !units.ratedClasses.has(name) ? 0 : set[name]);
  return {
    ...set,
    inputAudio: rated('inputAudio', isSound),
    outputAudio: rated('outputAudio', isSound),
    outputImage: rated('outputImage', isDrawn),
    request: (set.request ?? 0) + fee,
  };
}
