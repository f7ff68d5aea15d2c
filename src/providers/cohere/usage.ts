import { mainCounts } from '../../core/main-counts.ts';
import { toOpenAiUsage } from '../../core/openai-usage.ts';
import { type OpenAiUsage, settledUsage, toTokenCount, type Usage } from '../../core/usage.ts';
import { NO_COUNTS } from '../../core/usage-counts.ts';
import { usageBeside } from '../reported-usage.ts';
import type { CohereUsage } from './wire-types.ts';

/** Cohere's counts and, beside OpenAI's fields, what it bills. */
type CohereOpenAiUsage = OpenAiUsage & { billed_units?: object };

/** Cohere's counts in OpenAI's form, of an answer of so many characters. */
export function toUsage(told: CohereUsage | undefined, characters = 0): CohereOpenAiUsage | undefined {
  const usage = usageBeside(readUsage(told), characters);
  if (usage === undefined) return undefined;
  const words: CohereOpenAiUsage = toOpenAiUsage(usage);
  if (isRecord(told?.billed_units)) words.billed_units = told.billed_units;
  return words;
}

/**
 * What the model saw, images included, as the cached tokens are part of that, and never less than what is billed, which
 * mostly leaves out Cohere's own template. Undefined if there is no main count; one that was not told is to be estimated.
 */
function readUsage(told: CohereUsage | undefined): Usage | undefined {
  if (!isRecord(told)) return undefined;
  const tokens = isRecord(told.tokens) ? told.tokens : undefined;
  const billed = isRecord(told.billed_units) ? told.billed_units : undefined;
  const main = mainCounts(
    toTokenCount(tokens?.input_tokens) ?? billed?.input_tokens,
    toTokenCount(tokens?.output_tokens) ?? billed?.output_tokens,
  );
  if (main === undefined) return undefined;
  const images = toTokenCount(tokens?.image_tokens) ?? 0;
  const counts = {
    ...NO_COUNTS,
    inputTokens: Math.max(main.inputTokens + images, toTokenCount(billed?.input_tokens) ?? 0),
    outputTokens: Math.max(main.outputTokens, toTokenCount(billed?.output_tokens) ?? 0),
    inputImageTokens: images,
    cachedInputTokens: toTokenCount(told.cached_tokens) ?? 0,
    reasoningTokens: toTokenCount(tokens?.reasoning_tokens) ?? 0,
  };
  return settledUsage(counts, main.unreported);
}

/** Usage in the body of an error or of what is no answer. */
export function usageIn(body: unknown): Usage | undefined {
  if (!isRecord(body)) return undefined;
  const { usage, delta } = body as { usage?: CohereUsage; delta?: { usage?: CohereUsage } };
  return readUsage(usage) ?? (isRecord(delta) ? readUsage(delta.usage) : undefined);
}

function isRecord<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
