import { type OpenAiUsage, toTokenCount } from '../../core/usage.ts';
import type { AnswerUsage } from './wire-types.ts';

/**
 * Usage in OpenAI's form: Anthropic's `input_tokens` leaves out what was read from and written to the cache, and
 * `output_tokens` includes thinking. Undefined where a main count is missing or implausible.
 */
export function toOpenAiUsage(usage: AnswerUsage | null | undefined): OpenAiUsage | undefined {
  const uncached = toTokenCount(usage?.input_tokens);
  const completion = toTokenCount(usage?.output_tokens);
  if (uncached === undefined || completion === undefined) return undefined;
  const cached = toTokenCount(usage?.cache_read_input_tokens) ?? 0;
  const written = toTokenCount(usage?.cache_creation_input_tokens) ?? 0;
  const forAnHour = toTokenCount(usage?.cache_creation?.ephemeral_1h_input_tokens) ?? 0;
  const prompt = uncached + cached + written;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: cached,
      cache_write_tokens: written,
      ...(forAnHour > 0 && { cache_write_1h_tokens: forAnHour }),
    },
    completion_tokens_details: {
      reasoning_tokens: Math.min(toTokenCount(usage?.output_tokens_details?.thinking_tokens) ?? 0, completion),
    },
  };
}

/** The counts of a stream are cumulative: a later event replaces those that it names. */
export function laterUsage(earlier: AnswerUsage | undefined, later: AnswerUsage | undefined): AnswerUsage | undefined {
  if (!earlier || !later) return later ?? earlier;
  return {
    input_tokens: later.input_tokens ?? earlier.input_tokens,
    output_tokens: later.output_tokens ?? earlier.output_tokens,
    cache_read_input_tokens: later.cache_read_input_tokens ?? earlier.cache_read_input_tokens,
    cache_creation_input_tokens: later.cache_creation_input_tokens ?? earlier.cache_creation_input_tokens,
    cache_creation: later.cache_creation ?? earlier.cache_creation,
    output_tokens_details: later.output_tokens_details ?? earlier.output_tokens_details,
    service_tier: later.service_tier ?? earlier.service_tier,
  };
}

/** OpenAI's word for the tier that served the call; undefined where it has none. */
export function toServiceTier(usage: AnswerUsage | null | undefined): 'default' | 'priority' | undefined {
  if (usage?.service_tier === 'standard') return 'default';
  return usage?.service_tier === 'priority' ? 'priority' : undefined;
}
