/**
 * How often a cache by meaning would answer the wrong question, by threshold, without and with the gate of content. The
 * vectors are those of hashed trigrams, in place of a model's. Run: node bench/semantic-cache.ts
 */
import { passesContentGate } from '../src/cache/semantic/content-gate.ts';
import { RightCurve } from '../src/cache/semantic/right-curve.ts';
import { seededRandom } from '../src/testing/seeded-random.ts';
import { mustHit, mustMiss, type QuestionPair, trigramVector } from '../test/cache/question-pairs.ts';

const QUESTIONS = 20_000;
const misses = mustMiss();
const hits = mustHit();
console.log(
  `| threshold | false hits, cosine alone (of ${misses.length}) | with the gate | right hits with the gate (of ${hits.length}) |`,
);
console.log('|---|---|---|---|');
for (const threshold of [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]) {
  const isNear = ({ one, other }: QuestionPair) => cosine(trigramVector(one), trigramVector(other)) >= threshold;
  const near = misses.filter(isNear);
  const wrong = near.filter(({ one, other }) => passesContentGate(one, other)).length;
  const right = hits.filter((pair) => isNear(pair) && passesContentGate(pair.one, pair.other)).length;
  console.log(`| ${threshold} | ${near.length} (${((100 * near.length) / misses.length).toFixed(1)} %) | ${wrong} | ${right} |`);
}

function cosine(one: Float32Array, other: Float32Array): number {
  const product = (left: Float32Array, right: Float32Array) =>
    left.reduce((sum, value, place) => sum + value * (right[place] ?? 0), 0);
  return product(one, other) / Math.sqrt(product(one, one) * product(other, other));
}

interface Asked {
  /** The first question that the gate lets pass for this one. */
  readonly meaning: number;
  readonly vector: Float32Array;
}

const texts = [...new Set([...misses, ...hits].flatMap(({ one, other }) => [one, other]))];
const questions: readonly Asked[] = texts.map((text) => ({
  meaning: texts.findIndex((other) => passesContentGate(text, other)),
  vector: unit(trigramVector(text)),
}));

/** The same questions in a run, by a threshold for all and by those that each kept answer learns. */
console.log('\n| | answered, cosine alone | wrong | answered, with the gate | wrong |');
console.log('|---|---|---|---|---|');
for (const policy of [{ threshold: 0.8 }, { threshold: 0.9 }, { maxErrorRate: 0.01 }, { maxErrorRate: 0.05 }]) {
  const [name, value] = Object.entries(policy)[0] ?? [];
  const [alone, gated] = [false, true].map((gate) => run(policy, gate));
  console.log(`| \`${name}: ${value}\` | ${alone?.hits} | ${alone?.wrong} | ${gated?.hits} | ${gated?.wrong} |`);
}

/**
 * Questions drawn at random from both sides of the pairs, each as if it were put in other words than before (the same words
 * are answered without a look at their meaning); the index grows as the cache's does.
 */
function run({ threshold, maxErrorRate }: { threshold?: number; maxErrorRate?: number }, gate: boolean) {
  const random = seededRandom(1);
  const kept: { question: Asked; curve: RightCurve }[] = [];
  let given = 0;
  let wrong = 0;
  for (let count = 0; count < QUESTIONS; count += 1) {
    const question = questions[Math.floor(random() * questions.length)];
    if (question === undefined) break;
    let nearest: { entry: (typeof kept)[number]; similarity: number } | undefined;
    for (const entry of kept) {
      if (gate && question.meaning !== entry.question.meaning) continue;
      const similarity = dot(question.vector, entry.question.vector);
      if (similarity <= (nearest?.similarity ?? (threshold ?? 0) - 1e-9)) continue;
      nearest = { entry, similarity };
    }
    const isRight = question.meaning === nearest?.entry.question.meaning;
    const chance = maxErrorRate === undefined ? 1 : nearest?.entry.curve.reuseChance(nearest.similarity, maxErrorRate);
    if (nearest !== undefined && random() < (chance ?? 0)) {
      given += 1;
      if (!isRight) wrong += 1;
    } else {
      nearest?.entry.curve.observe(nearest.similarity, isRight);
      if (!isRight) kept.push({ question, curve: new RightCurve() });
    }
  }
  const share = (count: number) => `${((100 * count) / QUESTIONS).toFixed(2)} %`;
  return { hits: share(given), wrong: share(wrong) };
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let place = 0; place < one.length; place += 1) sum += (one[place] ?? 0) * (other[place] ?? 0);
  return sum;
}
