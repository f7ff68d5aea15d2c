import type { Usage } from '../../core/usage.ts';

/** Completes usage of which a wire told only a part. */
export interface UsageCompleter {
  /** `answer`: what carries the usage that the caller is to see; `told`: what was read of it. */
  completeUsage(answer: unknown, told: Usage): void;
}

/** Gives an answer, a chunk or a response its whole counts, in whichever words it has them. What the wire told stays as it is. */
export function showCounts(answer: unknown, { inputTokens, outputTokens }: Usage): void {
  const { usage } = answer as { usage?: object };
  if (usage === undefined) return;
  const { unreported: _, ...told } = usage as Record<string, unknown>;
  const total_tokens = inputTokens + outputTokens;
  const counts =
    'input_tokens' in told
      ? { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens }
      : { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens };
  Object.assign(answer as object, { usage: { ...told, ...counts } });
}
