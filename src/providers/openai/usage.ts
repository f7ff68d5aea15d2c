import { type OpenAiUsage, toTokenCount } from '../../core/usage.ts';
import type { VendorQuirks } from './quirks.ts';
import { isRecord, type RawRecord } from './wire-types.ts';

/**
 * A vendor's `usage` in OpenAI's form, repaired in place: details are always there, `completion_tokens` includes
 * reasoning, cached and written tokens stand in `prompt_tokens_details`. Undefined where the counts are not plausible.
 */
export function repairUsage(raw: unknown, quirks: VendorQuirks): OpenAiUsage | undefined {
  if (!isRecord(raw)) return undefined;
  const prompt = toTokenCount(raw.prompt_tokens);
  let completion = toTokenCount(raw.completion_tokens);
  if (prompt === undefined || completion === undefined) return undefined;
  const input = repairDetails(raw.prompt_tokens_details);
  const output = repairDetails(raw.completion_tokens_details);
  let reasoning = toTokenCount(output.reasoning_tokens) ?? toTokenCount(raw.reasoning_tokens) ?? 0;
  // xAI leaves reasoning out of the completion, and its total shows it; Google's route shows it in the total only.
  const leftOut = (toTokenCount(raw.total_tokens) ?? 0) - prompt - completion;
  if (leftOut > 0 && (leftOut === reasoning || quirks.totalCountsThoughts)) {
    completion += leftOut;
    reasoning = Math.max(reasoning, leftOut);
  }
  output.reasoning_tokens = reasoning;
  input.cached_tokens = cachedTokens(input, raw);
  input.cache_write_tokens = toTokenCount(input.cache_write_tokens) ?? toTokenCount(raw.cache_creation_input_tokens) ?? 0;
  raw.prompt_tokens = prompt;
  raw.completion_tokens = completion;
  raw.total_tokens = toTokenCount(raw.total_tokens) ?? prompt + completion;
  raw.prompt_tokens_details = input;
  raw.completion_tokens_details = output;
  return raw as unknown as OpenAiUsage;
}

/** DeepSeek, Moonshot and Together, and older Mistral name cached tokens beside the details. */
function cachedTokens(input: RawRecord, usage: RawRecord): number {
  return (
    toTokenCount(input.cached_tokens) ??
    toTokenCount(usage.prompt_cache_hit_tokens) ??
    toTokenCount(usage.cached_tokens) ??
    toTokenCount(usage.num_cached_tokens) ??
    0
  );
}

/** Details, made where they are missing; counts that are none (null, negative, text) are left out. */
function repairDetails(raw: unknown): RawRecord {
  if (!isRecord(raw)) return {};
  for (const key in raw) if (toTokenCount(raw[key]) === undefined) raw[key] = undefined;
  return raw;
}
