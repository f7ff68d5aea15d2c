/**
 * How likely the kept answer of one question is right for others, by how similar they are to it: a logistic curve, of which
 * is known what has been observed. Every curve of a grid is held with its weight, so that a further observation takes no
 * further memory, and observations that all agree are no trouble. After the method of vCache (arXiv 2502.03771).
 */
export class RightCurve {
  /** Natural logarithm of the weight of each curve, up to a constant. */
  readonly #weights = new Float32Array(CURVES.length);
  #observations = 0;

  get observations(): number {
    return this.#observations;
  }

  /** Another question, this similar, was asked anew: was the kept answer the right one? */
  observe(similarity: number, isRight: boolean): void {
    this.#observations += 1;
    for (const [place, curve] of CURVES.entries()) {
      const right = chanceOn(curve, similarity);
      const weight = (this.#weights[place] ?? 0) + Math.log(isRight ? right : 1 - right);
      this.#weights[place] = weight;
    }
  }

  /**
   * A chance that the answer is right which is not too high: for each share of the curves, the lowest chance among that share
   * that speaks best for it, times the share; the best of these. It is never above the mean of all curves.
   */
  leastChance(similarity: number): number {
    const most = this.#weights.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
    const held = CURVES.map((curve, place) => ({
      chance: chanceOn(curve, similarity),
      weight: Math.exp((this.#weights[place] ?? 0) - most),
    })).sort((one, other) => other.chance - one.chance);
    const total = held.reduce((sum, { weight }) => sum + weight, 0);
    let share = 0;
    let least = 0;
    for (const { chance, weight } of held) {
      share += weight / total;
      least = Math.max(least, chance * share);
    }
    return least;
  }

  /**
   * How often the kept answer may be given, so that no more than `maxErrorRate` of the answers are wrong in expectation: all
   * others are asked anew, and are right. 0 until enough has been observed.
   */
  reuseChance(similarity: number, maxErrorRate: number): number {
    if (this.#observations < LEAST_OBSERVATIONS) return 0;
    const wrong = 1 - this.leastChance(similarity);
    return wrong <= maxErrorRate ? 1 : maxErrorRate / wrong;
  }
}

/** As vCache's; before it, an entry has nothing to go by but what is assumed of all. */
const LEAST_OBSERVATIONS = 6;

interface Curve {
  /** Where a right answer is as likely as a wrong one; above 1 if it never is likely. */
  readonly middle: number;
  readonly steepness: number;
}

const STEEPNESSES = [2, 4, 8, 16, 32, 64, 128];
const MIDDLES = Array.from({ length: 31 }, (_, step) => step * 0.04);
const CURVES: readonly Curve[] = STEEPNESSES.flatMap((steepness) => MIDDLES.map((middle) => ({ middle, steepness })));

/** Never quite 0 or 1: nothing that is observed may rule a curve out for ever. */
function chanceOn({ middle, steepness }: Curve, similarity: number): number {
  const chance = 1 / (1 + Math.exp(-steepness * (similarity - middle)));
  return Math.min(1 - NEVER_SURE, Math.max(NEVER_SURE, chance));
}

const NEVER_SURE = 0.0005;
