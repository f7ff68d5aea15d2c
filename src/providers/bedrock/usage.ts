import { mainCounts } from '../../core/main-counts.ts';
import { toOpenAiUsage } from '../../core/openai-usage.ts';
import { type OpenAiUsage, settledUsage, toTokenCount, type Usage } from '../../core/usage.ts';
import { NO_COUNTS } from '../../core/usage-counts.ts';
import { usageBeside } from '../reported-usage.ts';
import type { TokenUsage } from './wire-types.ts';

/** Bedrock's counts in OpenAI's form, of an answer of so many characters. */
export function toUsage(told: TokenUsage | undefined, characters = 0): OpenAiUsage | undefined {
  const usage = usageBeside(readUsage(told), characters);
  return usage && toOpenAiUsage(usage);
}

/**
 * Bedrock counts cache reads and writes apart from `inputTokens`. Undefined if there is no main count; one that was not
 * told is to be estimated.
 */
function readUsage(told: TokenUsage | undefined): Usage | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const main = mainCounts(told.inputTokens, told.outputTokens);
  if (main === undefined) return undefined;
  const cached = toTokenCount(told.cacheReadInputTokens) ?? toTokenCount(told.cacheReadInputTokenCount) ?? 0;
  const { all, forAnHour } = writesByTime(told.cacheDetails);
  const named = toTokenCount(told.cacheWriteInputTokens) ?? toTokenCount(told.cacheWriteInputTokenCount) ?? 0;
  const written = Math.max(named, all);
  const input = main.inputTokens + cached + written;
  return settledUsage(
    {
      ...NO_COUNTS,
      inputTokens: input,
      outputTokens: main.outputTokens,
      // A smaller total leaves the cache out; without an input it does not tell what it has beside the output.
      totalTokens:
        main.unreported === 'input' ? undefined : Math.max(toTokenCount(told.totalTokens) ?? 0, input + main.outputTokens),
      cachedInputTokens: cached,
      cacheWriteTokens: written,
      hourCacheWriteTokens: forAnHour,
    },
    main.unreported,
  );
}

/** `5m` and `1h` are the times that Bedrock knows (CacheTTL of its own client); what is kept longer is not cheaper. */
function writesByTime(details: TokenUsage['cacheDetails']): { all: number; forAnHour: number } {
  const writes = { all: 0, forAnHour: 0 };
  if (!Array.isArray(details)) return writes;
  for (const detail of details as readonly ({ ttl?: string; inputTokens?: number } | null)[]) {
    const tokens = toTokenCount(detail?.inputTokens) ?? 0;
    writes.all += tokens;
    if (detail?.ttl !== '5m') writes.forAnHour += tokens;
  }
  return writes;
}

/** Usage in the body of an error or of what is no answer. */
export function usageIn(body: unknown): Usage | undefined {
  return typeof body === 'object' && body !== null && 'usage' in body ? readUsage(body.usage as TokenUsage) : undefined;
}

/** The tier that answered, as fields of an answer; in its usage stands Bedrock's word if OpenAI has none for it. */
export function tierFields(tier: string | undefined, usage: OpenAiUsage | undefined): { service_tier?: string } {
  if (tier === 'default' || tier === 'flex' || tier === 'priority') return { service_tier: tier };
  if (typeof tier === 'string' && tier !== '' && usage !== undefined) usage.service_tier = tier;
  return {};
}
