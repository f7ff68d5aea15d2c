import type { ChatChoice } from '../../core/chat.ts';
import type { GeminiCandidate, GeminiLogprob } from './wire-types.ts';

/** The chosen tokens' log probabilities with those of their rivals; null if none were asked for. */
export function toLogprobs(result: GeminiCandidate['logprobsResult']): ChatChoice['logprobs'] {
  const chosen = result?.chosenCandidates;
  if (!Array.isArray(chosen)) return null;
  const content = chosen.map((token, position) => ({
    ...toLogprob(token),
    top_logprobs: (result?.topCandidates?.[position]?.candidates ?? []).map(toLogprob),
  }));
  return { content, refusal: null };
}

function toLogprob({ token, logProbability }: GeminiLogprob): { token: string; logprob: number; bytes: null } {
  return { token: token ?? '', logprob: logProbability ?? 0, bytes: null };
}
