import { type OpenAiUsage, toTokenCount } from '../../core/usage.ts';
import type { GeminiTokenCount, GeminiUsage } from './wire-types.ts';

/**
 * The wire's counts in OpenAI's form. `promptTokenCount` includes cached tokens but not those of the wire's own tools;
 * `candidatesTokenCount` leaves out the thoughts. Undefined where the prompt was not counted, as on the early items of a stream.
 */
export function toUsage(usage: GeminiUsage | undefined): OpenAiUsage | undefined {
  const prompt = toTokenCount(usage?.promptTokenCount);
  if (usage === undefined || prompt === undefined) return undefined;
  const reasoning = toTokenCount(usage.thoughtsTokenCount) ?? 0;
  const promptTokens = prompt + (toTokenCount(usage.toolUsePromptTokenCount) ?? 0);
  const completionTokens = (toTokenCount(usage.candidatesTokenCount) ?? 0) + reasoning;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: {
      cached_tokens: Math.min(toTokenCount(usage.cachedContentTokenCount) ?? 0, promptTokens),
      cache_write_tokens: 0,
      audio_tokens: audioTokens(usage.promptTokensDetails),
    },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: audioTokens(usage.candidatesTokensDetails) },
  };
}

function audioTokens(details: readonly GeminiTokenCount[] | undefined): number {
  return toTokenCount(details?.find((detail) => detail.modality === 'AUDIO')?.tokenCount) ?? 0;
}

/** The tier that answered, in OpenAI's words; undefined where the wire does not tell. */
export function toServiceTier(usage: GeminiUsage | undefined): string | undefined {
  const tier = usage?.serviceTier?.toLowerCase();
  if (tier === 'standard') return 'default';
  return tier === 'flex' || tier === 'priority' ? tier : undefined;
}
