import type { SemanticPlan } from '../../core/cache-plan.ts';
import type { Call } from '../../core/call.ts';
import { contextKey } from '../cache-key.ts';
import { agree } from './content-gate.ts';
import { questionOf } from './question.ts';
import { type Meant, VectorIndex } from './vector-index.ts';

/** Makes the vector of a text with a model, charged to the caller of the call. A rejection is a miss. */
export type Embed = (text: string, call: Call) => Promise<readonly number[] | Float32Array>;

interface Asked {
  readonly context: string;
  readonly text: string;
  readonly vector: Float32Array;
}

/** Which questions have been answered, by what they mean. Only questions in the same context are compared. */
export class Meanings {
  readonly #embed: Embed;
  readonly #index = new VectorIndex();
  /** Of calls under way, so that a question is embedded once. */
  readonly #asked = new WeakMap<Call['params'], Asked>();

  constructor(embed: Embed) {
    this.#embed = embed;
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
    this.#asked.set(call.params, { context, text: question.text, vector });
    const isAllowed = plan.gate ? (text: string) => agree(question.text, text) : () => true;
    return this.#index.nearest(context, vector, plan.threshold, isAllowed);
  }

  /** The answer of the call is kept under the key. */
  learn(call: Call, plan: SemanticPlan, key: string): void {
    const asked = this.#asked.get(call.params);
    if (asked !== undefined) this.#index.add(asked.context, asked.text, asked.vector, key, plan.maxEntries);
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
