import type { Deployment } from '../../core/deployment.ts';
import { ofList, type StagedStrategy, without } from './staged-strategy.ts';

/**
 * Each place is drawn among those left with a chance in proportion to `weight`. Weight 0 comes last.
 * Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006): order by -ln(u) / weight.
 */
export const weighted: StagedStrategy = {
  name: 'weighted',
  order(candidates, health) {
    const drawn = candidates.map((deployment) => ({ deployment, key: keyOf(deployment, health.random) }));
    // Two of weight 0 have the same key.
    return drawn.sort((a, b) => (a.key === b.key ? 0 : a.key - b.key)).map(({ deployment }) => deployment);
  },
  /** One random number points to a place on the weights laid end to end. */
  first(candidates, health, call) {
    const { drawable, ends } = sharesOf(candidates, call);
    const point = health.random() * (ends.at(-1) ?? 0);
    return drawable[placeOf(point, ends)] ?? candidates[0];
  },
  rest: (first, candidates, health, call) => weighted.order(without(first, candidates), health, call),
};

/** Those with a weight, and where the share of each ends. */
interface Shares {
  readonly drawable: readonly Deployment[];
  readonly ends: Float64Array;
}

const sharesOf = ofList((candidates): Shares => {
  const drawable = candidates.filter(({ weight }) => weight > 0);
  const ends = new Float64Array(drawable.length);
  let end = 0;
  for (const [place, { weight }] of drawable.entries()) {
    end += weight;
    ends[place] = end;
  }
  return { drawable, ends };
});

/** The place of the first share that ends beyond the point; of the last if rounding leaves none. */
function placeOf(point: number, ends: Float64Array): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) > point) high = middle;
    else low = middle + 1;
  }
  return low;
}

function keyOf({ weight }: Deployment, random: () => number): number {
  // 1 - u is in (0, 1], so that the logarithm is finite.
  return weight > 0 ? -Math.log(1 - random()) / weight : Number.POSITIVE_INFINITY;
}
