import type { Deployment } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import { vendorToolsIn } from '../core/vendor-tools.ts';
import { contextOf, isGptOss } from './model-facts.ts';
import { PICO_PER_NANO } from './price.ts';
import { type Prices, TURN_MS } from './prices.ts';
import type { Rates } from './rates.ts';

/** A deployment by what a plain text comes to there. */
export interface Alike {
  readonly deployment: Deployment;
  /** The same number: the same tokens. */
  readonly shape: number;
  readonly rates: Rates | undefined;
}

/** A model's deployments, of which few are to be estimated to know the most at any. */
export interface AlikeList {
  readonly plan: Plan;
  readonly turn: number;
  /** At least one of each shape: at no other deployment does a plain text come to more than at the most of them. */
  readonly samples: readonly Deployment[];
  /** In their order those among which the cheapest for any plain text is, the first of equal ones. */
  readonly cheapest: readonly Deployment[];
  readonly byId: ReadonlyMap<string, Alike>;
}

/** Shorter lists are estimated as they are. */
const FEWEST = 16;

/** Of one shape: more prices of which none is the dearest or the cheapest whatever the text, and each is estimated. */
const MOST_APART = 64;

/** Deployments with the same number of tokens. */
interface Shape {
  readonly number: number;
  readonly dearest: readonly Alike[];
  readonly cheapest: readonly Alike[];
}

/**
 * Lists of deployments by what decides an estimate: for a plain text many deployments come to the same, or to less than another
 * does, whatever the text. Worked out once for a list, and again when prices turn.
 */
export class AlikeLists {
  readonly #prices: Prices;
  readonly #lists = new WeakMap<readonly Deployment[], AlikeList>();

  constructor(prices: Prices) {
    this.#prices = prices;
  }

  /** Undefined for a list that is short, or whose deployments are sent params of their own. */
  of(plan: Plan, deployments: readonly Deployment[], now: number): AlikeList | undefined {
    if (deployments.length < FEWEST) return undefined;
    const turn = Math.floor(now / TURN_MS);
    let known = this.#lists.get(deployments);
    if (known === undefined || known.plan !== plan || known.turn !== turn) {
      known = this.#compile(plan, deployments, now, turn);
      this.#lists.set(deployments, known);
    }
    return known.samples.length === 0 ? undefined : known;
  }

  #compile(plan: Plan, deployments: readonly Deployment[], now: number, turn: number): AlikeList {
    const byId = new Map<string, Alike>();
    const none: AlikeList = { plan, turn, samples: [], cheapest: [], byId };
    if (deployments.some(({ params }) => params !== undefined)) return none;
    const shapes = new Map<string, Shape>();
    for (const deployment of deployments) {
      const key = shapeOf(plan, deployment);
      const shape = shapes.get(key) ?? { number: shapes.size, dearest: [], cheapest: [] };
      const own = { deployment, shape: shape.number, rates: this.#prices.boundOf(plan, deployment, now) };
      byId.set(deployment.id, own);
      const dearest = withDearest(shape.dearest, own);
      const cheapest = withCheapest(shape.cheapest, own);
      if (dearest.length + cheapest.length > MOST_APART) return none;
      shapes.set(key, { number: shape.number, dearest, cheapest });
    }
    const all = [...shapes.values()];
    const samples = all.flatMap(({ dearest }) => dearest.map(({ deployment }) => deployment));
    const among = new Set(all.flatMap(({ cheapest }) => cheapest.map(({ deployment }) => deployment)));
    return { plan, turn, samples, cheapest: deployments.filter((deployment) => among.has(deployment)), byId };
  }
}

/** What decides the tokens of a plain text beside the text. */
function shapeOf(plan: Plan, deployment: Deployment): string {
  const { id, provider, vendor, upstreamModel, capabilities } = deployment;
  const hasTools = vendorToolsIn({}, upstreamModel).length > 0;
  if (hasTools) return `its own ${id}`;
  const drop = plan.providers.get(provider)?.options.drop ?? [];
  // How Claude counts, and what a limit of 0 means, is told by the vendor.
  const teller = vendor === 'anthropic' || vendor === 'openai' || upstreamModel.startsWith('claude') ? vendor : '';
  return JSON.stringify([
    drop.length > 0 ? provider : '',
    teller,
    isGptOss(deployment),
    contextOf(deployment),
    capabilities.maxOutputTokens,
  ]);
}

/** Those of a shape than which no other is dearer, with one more. */
function withDearest(alike: readonly Alike[], own: Alike): readonly Alike[] {
  if (alike.some(({ rates }) => isNoDearer(own.rates, rates))) return alike;
  return [...alike.filter(({ rates }) => !isNoDearer(rates, own.rates)), own];
}

/** The same of the cheapest ones, if of equal ones the first listed stays. */
function withCheapest(alike: readonly Alike[], own: Alike): readonly Alike[] {
  if (alike.some(({ rates }) => isNoDearer(rates, own.rates))) return alike;
  return [...alike.filter(({ rates }) => !isCheaper(own.rates, rates)), own];
}

const INPUT_OF_TEXT = ['input', 'cacheRead', 'cacheWrite', 'hourCacheWrite'] as const;

/** Whether every text costs less by `left` than by `right`, by a nano-dollar at least, so that no rounding hides it. */
function isCheaper(left: Rates | undefined, right: Rates | undefined): boolean {
  if (left === undefined || right === undefined || !isNoDearer(left, right)) return false;
  return INPUT_OF_TEXT.every((name) => {
    const [own, other] = [left.base[name], right.base[name]];
    return own === undefined || other === undefined || own + PICO_PER_NANO <= other;
  });
}

/** Whether no text costs more by `left` than by `right`. */
function isNoDearer(left: Rates | undefined, right: Rates | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (!isPlain(left) || !isPlain(right)) return false;
  const names = new Set([...Object.keys(left.base), ...Object.keys(right.base)]) as Set<keyof Rates['base']>;
  for (const name of names) {
    const [own, other] = [left.base[name], right.base[name]];
    if ((own === undefined) !== (other === undefined) || (own ?? 0) > (other ?? 0)) return false;
  }
  return true;
}

function isPlain({ tiers, draws, units }: Rates): boolean {
  return tiers.length === 0 && draws === undefined && units === undefined;
}
