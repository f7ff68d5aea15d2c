import type { Params } from '../core/params.ts';

/** Beyond any server; keeps products with absurd params within safe integers. */
const MOST_CHOICES = 1_000_000;

/** How many answers the params ask for; some servers take a number in a text or a fraction for one. */
export function choicesOf({ n, best_of: best, generationConfig, prompt }: Params): number {
  const prompts = promptsIn(prompt);
  if (n === undefined && best === undefined && generationConfig === undefined) return Math.min(prompts, MOST_CHOICES);
  const { candidateCount, candidate_count } = (generationConfig ?? {}) as Params;
  const ofEach = Math.max(toCount(n), toCount(best), toCount(candidateCount), toCount(candidate_count));
  return Math.min(prompts * ofEach, MOST_CHOICES);
}

/** Text completions take a list of prompts, each a text or the ids of its tokens, and answer every one of them. */
function promptsIn(prompt: unknown): number {
  if (!Array.isArray(prompt)) return 1;
  return Math.max(prompt.every((item) => typeof item === 'number') ? 1 : prompt.length, 1);
}

function toCount(value: unknown): number {
  const count = typeof value === 'number' || typeof value === 'string' ? Number(value) : 1;
  return count > 1 ? Math.ceil(count) : 1;
}
