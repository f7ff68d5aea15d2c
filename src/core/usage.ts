/** Tokens of one call. Input includes cached and cache-written tokens; output includes reasoning. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  /** Part of the cache writes that is kept for an hour, where a provider tells it apart; it is dearer. */
  readonly hourCacheWriteTokens?: number | undefined;
  /** Parts of input and output that are not text, where a provider reports them; they have prices of their own. */
  readonly inputAudioTokens?: number | undefined;
  readonly inputImageTokens?: number | undefined;
  readonly inputVideoTokens?: number | undefined;
  readonly outputAudioTokens?: number | undefined;
  readonly outputImageTokens?: number | undefined;
  readonly outputVideoTokens?: number | undefined;
  /** Part of the output that quotes sources, where it has a price of its own (Perplexity). */
  readonly citationTokens?: number | undefined;
  /** Parts of `cachedInputTokens` that are not text, where a provider tells them apart. */
  readonly cachedAudioTokens?: number | undefined;
  readonly cachedImageTokens?: number | undefined;
  /** True where a provider's counts contradicted each other and were put right. */
  readonly repaired?: boolean | undefined;
}

export type UsageSource = 'reported' | 'estimated';

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

/** Class by class. */
export function addUsage(left: Usage, right: Usage): Usage {
  const sum: Record<string, number | boolean | undefined> = { ...left };
  for (const [name, added] of Object.entries(right)) {
    if (typeof added === 'number') sum[name] = Number(sum[name] ?? 0) + added;
    else if (added) sum[name] = true;
  }
  return sum as unknown as Usage;
}

/** OpenAI's `usage` object of chat completions and embeddings, with the fields that native wires add. */
export interface OpenAiUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: {
    cached_tokens?: number;
    cache_write_tokens?: number;
    cache_write_1h_tokens?: number;
    audio_tokens?: number;
  } | null;
  completion_tokens_details?: {
    reasoning_tokens?: number;
    audio_tokens?: number;
    accepted_prediction_tokens?: number;
    rejected_prediction_tokens?: number;
  } | null;
}

// Beyond this a count is a fault of the provider, not a size of a call (the largest context windows are some 10^7).
const LARGEST_PLAUSIBLE_COUNT = 1_000_000_000;

/** A provider's count as a safe integer; undefined where it is no plausible count (negative, NaN, text, absurd). */
export function toTokenCount(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0) || value > LARGEST_PLAUSIBLE_COUNT) return undefined;
  return Math.ceil(value);
}

/**
 * Reads `usage` of a chat completion, text completion, embedding, moderation or Responses answer.
 * Undefined where there is none or where its main counts are not plausible, so that the caller estimates instead.
 */
export function usageFromOpenAi(raw: unknown): Usage | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const usage = raw as Record<string, unknown>;
  const inputTokens = toTokenCount(usage.prompt_tokens ?? usage.input_tokens);
  const outputTokens = toTokenCount(
    usage.completion_tokens ?? usage.output_tokens ?? (inputTokens === undefined ? undefined : 0),
  );
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const input = details(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const output = details(usage.completion_tokens_details ?? usage.output_tokens_details);
  const cachedInputTokens = Math.min(toTokenCount(input?.cached_tokens) ?? 0, inputTokens);
  const cacheWriteTokens = Math.min(toTokenCount(input?.cache_write_tokens) ?? 0, inputTokens - cachedInputTokens);
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens,
    cacheWriteTokens,
    reasoningTokens: Math.min(toTokenCount(output?.reasoning_tokens) ?? 0, outputTokens),
    hourCacheWriteTokens: Math.min(toTokenCount(input?.cache_write_1h_tokens) ?? 0, cacheWriteTokens) || undefined,
    inputAudioTokens: toTokenCount(input?.audio_tokens) || undefined,
    outputAudioTokens: toTokenCount(output?.audio_tokens) || undefined,
  };
}

function details(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
