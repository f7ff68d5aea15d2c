/**
 * How often a cache by meaning would answer the wrong question, by threshold, without and with the gate of content. The
 * vectors are those of hashed trigrams, in place of a model's. Run: node bench/semantic-cache.ts
 */
import { agree } from '../src/cache/semantic/content-gate.ts';
import { mustHit, mustMiss, type QuestionPair, trigramVector } from '../test/cache/question-pairs.ts';

const misses = mustMiss();
const hits = mustHit();
console.log(
  `| threshold | false hits, cosine alone (of ${misses.length}) | with the gate | right hits with the gate (of ${hits.length}) |`,
);
console.log('|---|---|---|---|');
for (const threshold of [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]) {
  const isNear = ({ one, other }: QuestionPair) => cosine(trigramVector(one), trigramVector(other)) >= threshold;
  const near = misses.filter(isNear);
  const wrong = near.filter(({ one, other }) => agree(one, other)).length;
  const right = hits.filter((pair) => isNear(pair) && agree(pair.one, pair.other)).length;
  console.log(`| ${threshold} | ${near.length} (${((100 * near.length) / misses.length).toFixed(1)} %) | ${wrong} | ${right} |`);
}

function cosine(one: Float32Array, other: Float32Array): number {
  const product = (left: Float32Array, right: Float32Array) =>
    left.reduce((sum, value, place) => sum + value * (right[place] ?? 0), 0);
  return product(one, other) / Math.sqrt(product(one, one) * product(other, other));
}
