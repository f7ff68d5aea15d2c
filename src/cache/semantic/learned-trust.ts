import type { CacheEntry } from '../cache-entry.ts';
import { answerDigest } from './answer-digest.ts';
import { RightCurve } from './right-curve.ts';

/** How far the kept answer of one question is trusted for others that are near it. What was learned goes with the answer. */
export class LearnedTrust {
  #curve: RightCurve | undefined;
  #answer: string;
  #keptAt: number;

  constructor(entry: CacheEntry) {
    this.#answer = answerDigest(entry);
    this.#keptAt = entry.keptAt;
  }

  /**
   * How often the answer may be given to a question this near, from 0 to 1, so that no more than `maxErrorRate` of all such
   * questions get a wrong one. `entry`: the answer as it is kept now, which others may have replaced.
   */
  reuseChance(similarity: number, maxErrorRate: number, entry: CacheEntry): number {
    this.renew(entry);
    return this.#curve?.reuseChance(similarity, maxErrorRate) ?? 0;
  }

  /** A question this near was asked anew: whether it got the same answer, which is learned from. */
  compare(similarity: number, fresh: CacheEntry): boolean {
    const isRight = answerDigest(fresh) === this.#answer;
    this.#curve ??= new RightCurve();
    this.#curve.observe(similarity, isRight);
    return isRight;
  }

  /** The question itself was answered anew: of another answer, nothing is known. */
  renew(entry: CacheEntry): void {
    if (entry.keptAt === this.#keptAt) return;
    this.#keptAt = entry.keptAt;
    const answer = answerDigest(entry);
    if (answer === this.#answer) return;
    this.#answer = answer;
    this.#curve = undefined;
  }
}
