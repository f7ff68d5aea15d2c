import type { SemanticPlan } from '../../core/cache-plan.ts';
import type { Call } from '../../core/call.ts';
import type { Random } from '../../core/random.ts';
import type { CacheEntry } from '../cache-entry.ts';
import { contextKey } from '../cache-key.ts';
import { passesContentGate } from './content-gate.ts';
import { LearnedTrust } from './learned-trust.ts';
import { questionOf } from './question.ts';
import { type Indexed, type Meant, VectorIndex } from './vector-index.ts';

/** Makes the vector of a text with a model, charged to the caller of the call. A rejection is a miss. */
export type Embed = (text: string, call: Call) => Promise<readonly number[] | Float32Array>;

interface Asked extends Pick<Indexed, 'context' | 'text' | 'vector'> {
  /** The nearest, if what comes of this call tells how far it can be trusted. */
  readonly nearest: Meant | undefined;
}

/** Which questions have been answered, by what they mean. Only questions in the same context are compared. */
export class Meanings {
  readonly #embed: Embed;
  readonly #random: Random;
  readonly #index = new VectorIndex();
  /** Of calls under way, so that a question is embedded once. */
  readonly #asked = new WeakMap<Call['params'], Asked>();

  constructor(embed: Embed, random: Random) {
    this.#embed = embed;
    this.#random = random;
  }

  clear(): void {
    this.#index.clear();
  }

  async nearest(call: Call, scope: string, plan: SemanticPlan): Promise<Meant | undefined> {
    const question = questionOf(call, plan);
    if (question === undefined) return undefined;
    const context = contextKey(call, `${scope}/${plan.model}`, question.rest);
    const vector = await this.#vectorOf(question.text, call);
    if (vector === undefined) return undefined;
    const { text } = question;
    const isAllowed = plan.gate ? (other: string) => passesContentGate(text, other) : () => true;
    const nearest = this.#index.nearest(context, vector, plan.threshold, isAllowed);
    this.#asked.set(call.params, { context, text, vector, nearest: nearest?.indexed.trust && nearest });
    return nearest;
  }

  /** Whether the answer of the nearest may be given: always, or as often as what was learned of it allows. */
  trusts({ indexed, similarity }: Meant, entry: CacheEntry, { maxErrorRate }: SemanticPlan): boolean {
    if (maxErrorRate === undefined) return true;
    const chance = indexed.trust?.reuseChance(similarity, maxErrorRate, entry) ?? 0;
    return chance > 0 && this.#random() < chance;
  }

  /** Its answer is kept no longer: nothing may be found by it. */
  forget({ indexed }: Meant): void {
    this.#index.remove(indexed);
  }

  /** The answer of the call is kept. */
  learn(call: Call, { maxErrorRate, maxEntries }: SemanticPlan, entry: CacheEntry): void {
    const isLearning = maxErrorRate !== undefined;
    const known = isLearning ? this.#index.at(entry.key)?.trust : undefined;
    if (known !== undefined) {
      known.renew(entry);
      return;
    }
    const asked = this.#asked.get(call.params);
    if (asked === undefined) return;
    const { nearest, ...question } = asked;
    // Who has the same answer is answered by the nearest from now on, as are others near both.
    if (isLearning && nearest?.indexed.trust?.compare(nearest.similarity, entry) && this.#holds(nearest)) return;
    const trust = isLearning ? new LearnedTrust(entry) : undefined;
    this.#index.add({ ...question, key: entry.key, trust }, maxEntries);
  }

  #holds({ indexed }: Meant): boolean {
    return this.#index.at(indexed.key) === indexed;
  }

  async #vectorOf(text: string, call: Call): Promise<Float32Array | undefined> {
    try {
      return unit(Float32Array.from(await this.#embed(text, call)));
    } catch {
      if (call.cancellation.cancelled) throw call.cancellation.reason;
      return undefined;
    }
  }
}

/** The vector at length 1; undefined for one that has none. */
function unit(vector: Float32Array): Float32Array | undefined {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (!Number.isFinite(length) || length === 0) return undefined;
  return vector.map((value) => value / length);
}
