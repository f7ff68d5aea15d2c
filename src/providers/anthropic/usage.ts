import { mainCounts } from '../../core/main-counts.ts';
import { toOpenAiUsage as inOpenAiForm } from '../../core/openai-usage.ts';
import type { Params } from '../../core/params.ts';
import { type OpenAiUsage, settledUsage, toTokenCount, type Usage } from '../../core/usage.ts';
import { NO_COUNTS } from '../../core/usage-counts.ts';
import { vendorToolsIn } from '../../core/vendor-tools.ts';
import { usageBeside } from '../reported-usage.ts';
import type { AnswerUsage } from './wire-types.ts';

/**
 * Usage in OpenAI's form of an answer of so many characters, with Anthropic's words on how and where it was made, which
 * have prices.
 */
export function toOpenAiUsage(told: AnswerUsage | null | undefined, params: Params, characters: number): OpenAiUsage | undefined {
  const usage = usageBeside(readUsage(told), characters);
  return usage && told ? inWords(usage, told, params) : undefined;
}

/** The words for the ordinary case, which adds nothing to a price, are left out unless the call asked for something else. */
function inWords(usage: Usage, told: AnswerUsage, params: Params): OpenAiUsage {
  const { speed, inference_geo: geo, server_tool_use: uses } = told;
  const words = inOpenAiForm(usage);
  if (isText(speed) && (speed !== 'standard' || params.speed != null)) words.speed = speed;
  if (isText(geo) && geo !== NOT_TOLD && (geo !== 'global' || params.inference_geo != null)) words.inference_geo = geo;
  if (isText(told.service_tier) && toServiceTier(told) === undefined) words.service_tier = told.service_tier;
  if (vendorToolsIn(params).length > 0) words.server_tool_use = countsIn(uses);
  return words;
}

/** Of those that Anthropic counts, those that are not told of were not used. */
function countsIn(uses: AnswerUsage['server_tool_use']): Record<string, number> {
  const counts = Object.entries<unknown>({ web_search_requests: 0, web_fetch_requests: 0, ...uses }).map(
    ([name, count]) => [name, toTokenCount(count) ?? 0] as const,
  );
  return Object.fromEntries(counts);
}

const NOT_TOLD = 'not_available';

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/**
 * Anthropic's `input_tokens` leaves out what was read from and written to the cache, and `output_tokens` includes thinking.
 * Undefined if there is no main count; one that was not told is to be estimated.
 */
function readUsage(told: AnswerUsage | null | undefined): Usage | undefined {
  const main = mainCounts(told?.input_tokens, told?.output_tokens);
  if (main === undefined) return undefined;
  const cached = toTokenCount(told?.cache_read_input_tokens) ?? 0;
  const forAnHour = toTokenCount(told?.cache_creation?.ephemeral_1h_input_tokens) ?? 0;
  const forMinutes = toTokenCount(told?.cache_creation?.ephemeral_5m_input_tokens) ?? 0;
  const written = Math.max(toTokenCount(told?.cache_creation_input_tokens) ?? 0, forAnHour + forMinutes);
  return settledUsage(
    {
      ...NO_COUNTS,
      inputTokens: main.inputTokens + cached + written,
      outputTokens: main.outputTokens,
      cachedInputTokens: cached,
      cacheWriteTokens: written,
      hourCacheWriteTokens: forAnHour,
      reasoningTokens: toTokenCount(told?.output_tokens_details?.thinking_tokens) ?? 0,
    },
    main.unreported,
    told?.shrank,
  );
}

/** The counts of a stream are cumulative: of each that a later event names the larger stands. */
export function laterUsage(earlier: AnswerUsage | undefined, later: AnswerUsage | null | undefined): AnswerUsage | undefined {
  if (!earlier || !later) return later ?? earlier;
  const growing = new Growth(earlier.shrank ?? false);
  const usage: AnswerUsage = {
    input_tokens: growing.largest(earlier.input_tokens, later.input_tokens),
    output_tokens: growing.largest(earlier.output_tokens, later.output_tokens),
    cache_read_input_tokens: growing.largest(earlier.cache_read_input_tokens, later.cache_read_input_tokens),
    cache_creation_input_tokens: growing.largest(earlier.cache_creation_input_tokens, later.cache_creation_input_tokens),
    cache_creation: {
      ephemeral_1h_input_tokens: growing.largest(
        earlier.cache_creation?.ephemeral_1h_input_tokens,
        later.cache_creation?.ephemeral_1h_input_tokens,
      ),
      ephemeral_5m_input_tokens: growing.largest(
        earlier.cache_creation?.ephemeral_5m_input_tokens,
        later.cache_creation?.ephemeral_5m_input_tokens,
      ),
    },
    output_tokens_details: {
      thinking_tokens: growing.largest(
        earlier.output_tokens_details?.thinking_tokens,
        later.output_tokens_details?.thinking_tokens,
      ),
    },
    service_tier: later.service_tier ?? earlier.service_tier,
    speed: later.speed ?? earlier.speed,
    inference_geo: later.inference_geo ?? earlier.inference_geo,
    server_tool_use: later.server_tool_use ?? earlier.server_tool_use,
  };
  if (growing.shrank) usage.shrank = true;
  return usage;
}

/** Counts that should only grow. */
class Growth {
  shrank: boolean;

  constructor(shrank: boolean) {
    this.shrank = shrank;
  }

  /** A later count that is none leaves it open what the count is, so that it is told on. */
  largest(earlier: number | null | undefined, later: number | null | undefined): number | null | undefined {
    const before = toTokenCount(earlier);
    if (before === undefined || later === null || later === undefined) return later ?? earlier;
    if (!(later < before)) return later;
    this.shrank = true;
    return before;
  }
}

/** Usage in the body of an error or of what is no answer. */
export function usageIn(body: unknown): Usage | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { usage, message, error } = body as Record<string, unknown>;
  return readUsage(asUsage(usage) ?? asUsage(usageOf(message)) ?? asUsage(usageOf(error)));
}

function usageOf(holder: unknown): unknown {
  return typeof holder === 'object' && holder !== null && 'usage' in holder ? holder.usage : undefined;
}

function asUsage(value: unknown): AnswerUsage | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** OpenAI's word for the tier that served the call; undefined if it has none. */
export function toServiceTier(usage: AnswerUsage | null | undefined): 'default' | 'priority' | undefined {
  if (usage?.service_tier === 'standard') return 'default';
  return usage?.service_tier === 'priority' ? 'priority' : undefined;
}
