import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RightCurve } from '../../src/cache/semantic/right-curve.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

/** How likely the kept answer is right, in truth. */
type Truth = (similarity: number) => number;

const TRUTHS: Readonly<Record<string, Truth>> = {
  'a logistic curve': (similarity) => 1 / (1 + Math.exp(-30 * (similarity - 0.8))),
  'a step': (similarity) => (similarity > 0.9 ? 1 : 0),
  'a share that is wrong however near': () => 0.9,
  'one that is never right': () => 0,
  'one that is worse the nearer, as no fit assumes': (similarity) => 1.6 - similarity,
};

/** Questions to several kept answers, each of which learns by itself: the shares of wrong answers and of hits. */
function simulate(truth: Truth, maxErrorRate: number, entries: number, questions: number) {
  const random = seededRandom(7);
  let wrong = 0;
  let hits = 0;
  for (let entry = 0; entry < entries; entry += 1) {
    const curve = new RightCurve();
    for (let question = 0; question < questions; question += 1) {
      const similarity = 0.7 + 0.3 * random();
      const isRight = random() < truth(similarity);
      if (random() >= curve.reuseChance(similarity, maxErrorRate)) curve.observe(similarity, isRight);
      else {
        hits += 1;
        if (!isRight) wrong += 1;
      }
    }
  }
  return { wrong: wrong / (entries * questions), hits: hits / (entries * questions) };
}

describe('what is learned of a kept answer', () => {
  it.each(Object.entries(TRUTHS))('keeps wrong answers under the bound if the truth is %s', (_name, truth) => {
    expect(simulate(truth, 0.1, 15, 40).wrong).toBeLessThanOrEqual(0.1);
  });

  it('gives most answers that are always right, and more of them under a looser bound', () => {
    const strict = simulate(() => 1, 0.01, 4, 150).hits;
    const loose = simulate(() => 1, 0.1, 4, 150).hits;
    expect([strict > 0.2, loose > 0.7]).toEqual([true, true]);
  });

  it('gives nothing before six questions were asked anew', () => {
    const curve = new RightCurve();
    for (let count = 0; count < 5; count += 1) curve.observe(0.9, true);
    expect(curve.reuseChance(1, 0.5)).toBe(0);
    curve.observe(0.9, true);
    expect(curve.reuseChance(1, 0.5)).toBe(1);
  });

  it('trusts the nearer no less, the looser bound no less, and never for sure after what was wrong', () => {
    const similarity = fc.double({ min: 0, max: 1, noNaN: true });
    const observations = fc.array(fc.tuple(similarity, fc.boolean()), { minLength: 6, maxLength: 12 });
    fc.assert(
      fc.property(observations, similarity, similarity, (observed, one, other) => {
        const curve = new RightCurve();
        for (const [at, isRight] of observed) curve.observe(at, isRight);
        const [far, near] = one < other ? [one, other] : [other, one];
        expect(curve.leastChance(near)).toBeGreaterThanOrEqual(curve.leastChance(far) - 1e-9);
        expect(curve.reuseChance(near, 0.1)).toBeGreaterThanOrEqual(curve.reuseChance(near, 0.01));
        curve.observe(1, false);
        curve.observe(1, false);
        expect(curve.reuseChance(1, 0.01)).toBeLessThan(1);
      }),
      { numRuns: 30 },
    );
  });
});
