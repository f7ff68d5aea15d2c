import type { OpenAiUsage, Usage } from './usage.ts';

/** Usage in OpenAI's form; `reportedFromOpenAi` reads the same out of it. */
export function toOpenAiUsage(usage: Usage): OpenAiUsage {
  const { inputTokens, outputTokens, repaired, unreported } = usage;
  const told: OpenAiUsage = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: inputDetails(usage),
    completion_tokens_details: outputDetails(usage),
  };
  if (repaired) told.repaired = true;
  if (unreported) told.unreported = unreported;
  return told;
}

/** Classes that most answers have none of stand there only if there are some. */
export function inputDetails(usage: Usage): NonNullable<OpenAiUsage['prompt_tokens_details']> {
  const { hourCacheWriteTokens, inputAudioTokens, inputImageTokens, inputVideoTokens } = usage;
  const { cachedAudioTokens, cachedImageTokens } = usage;
  const details: NonNullable<OpenAiUsage['prompt_tokens_details']> = {
    cached_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteTokens,
  };
  if (hourCacheWriteTokens) details.cache_write_1h_tokens = hourCacheWriteTokens;
  if (inputAudioTokens) details.audio_tokens = inputAudioTokens;
  if (inputImageTokens) details.image_tokens = inputImageTokens;
  if (inputVideoTokens) details.video_tokens = inputVideoTokens;
  if (cachedAudioTokens || cachedImageTokens) {
    details.cached_tokens_details = { audio_tokens: cachedAudioTokens ?? 0, image_tokens: cachedImageTokens ?? 0 };
  }
  return details;
}

export function outputDetails(usage: Usage): NonNullable<OpenAiUsage['completion_tokens_details']> {
  const { outputAudioTokens, outputImageTokens, outputVideoTokens, citationTokens } = usage;
  const details: NonNullable<OpenAiUsage['completion_tokens_details']> = { reasoning_tokens: usage.reasoningTokens };
  if (outputAudioTokens) details.audio_tokens = outputAudioTokens;
  if (outputImageTokens) details.image_tokens = outputImageTokens;
  if (outputVideoTokens) details.video_tokens = outputVideoTokens;
  if (citationTokens) details.citation_tokens = citationTokens;
  return details;
}
