import { toOpenAiUsage } from '../../core/openai-usage.ts';
import { type OpenAiUsage, settledUsage, toTokenCount, type Usage } from '../../core/usage.ts';
import { NO_COUNTS } from '../../core/usage-counts.ts';
import { usageBeside } from '../reported-usage.ts';
import type { GeminiTokenCount, GeminiUsage } from './wire-types.ts';

/** The wire's counts in OpenAI's form, of an answer of so many characters. */
export function toUsage(told: GeminiUsage | undefined, characters = 0): OpenAiUsage | undefined {
  const usage = usageBeside(readUsage(told), characters);
  if (usage === undefined || told === undefined) return undefined;
  const words = toOpenAiUsage(usage);
  const tier = unknownTier(told);
  if (tier !== undefined) words.service_tier = tier;
  return words;
}

/**
 * `promptTokenCount` includes cached tokens but not those of the wire's own tools; `candidatesTokenCount` leaves out the
 * thoughts. A main count that was not told, or can't be one, is to be estimated; undefined if nothing was counted, as on
 * the early items of a stream. A count of zero is left out by this wire.
 */
function readUsage(told: GeminiUsage | undefined): Usage | undefined {
  if (!isRecord(told)) return undefined;
  const thoughts = toTokenCount(told.thoughtsTokenCount) ?? 0;
  const candidates = told.candidatesTokenCount == null ? 0 : toTokenCount(told.candidatesTokenCount);
  const output = (candidates ?? 0) + thoughts;
  const prompt = promptTokens(told, output);
  if (prompt === undefined) return undefined;
  const input = mediaOf(told.promptTokensDetails, told.toolUsePromptTokensDetails);
  const cached = mediaOf(told.cacheTokensDetails);
  const made = mediaOf(told.candidatesTokensDetails);
  return settledUsage(
    {
      ...NO_COUNTS,
      inputTokens: prompt,
      outputTokens: output,
      // A smaller total of this wire leaves parts out, as the early items of a stream do.
      totalTokens: Math.max(toTokenCount(told.totalTokenCount) ?? 0, prompt + output),
      cachedInputTokens: toTokenCount(told.cachedContentTokenCount) ?? 0,
      reasoningTokens: thoughts,
      inputAudioTokens: input.audio,
      inputImageTokens: input.image,
      inputVideoTokens: input.video,
      cachedAudioTokens: cached.audio,
      cachedImageTokens: cached.image,
      outputAudioTokens: made.audio,
      outputImageTokens: made.image,
      outputVideoTokens: made.video,
    },
    unreportedOf(told, prompt, candidates),
    told.shrank,
  );
}

function unreportedOf(told: GeminiUsage, prompt: number, candidates: number | undefined): Usage['unreported'] {
  if (prompt === 0 && toTokenCount(told.promptTokenCount) === undefined) return 'input';
  return candidates === undefined ? 'output' : undefined;
}

/** With the wire's own tools; of the total if the prompt has no count of its own. */
function promptTokens(told: GeminiUsage, output: number): number | undefined {
  const prompt = toTokenCount(told.promptTokenCount);
  if (prompt !== undefined) return prompt + (toTokenCount(told.toolUsePromptTokenCount) ?? 0);
  return output === 0 ? undefined : Math.max(0, (toTokenCount(told.totalTokenCount) ?? 0) - output);
}

interface Media {
  audio: number;
  image: number;
  video: number;
}

const NO_MEDIA: Readonly<Media> = { audio: 0, image: 0, video: 0 };

/** The tokens that are not text. */
function mediaOf(...lists: readonly (readonly GeminiTokenCount[] | undefined)[]): Readonly<Media> {
  let media: Media | undefined;
  for (const list of lists) {
    if (!Array.isArray(list)) continue;
    for (const detail of list as readonly unknown[]) {
      if (!isRecord(detail)) continue;
      const kind = KINDS.get(detail.modality);
      if (kind === undefined) continue;
      media ??= { ...NO_MEDIA };
      media[kind] += toTokenCount(detail.tokenCount) ?? 0;
    }
  }
  return media ?? NO_MEDIA;
}

// The numbers of google.ai.generativelanguage.v1.Modality. Pages of documents are priced as images (so the price list's own
// reader of this wire has it).
const KINDS: ReadonlyMap<unknown, keyof Media> = new Map<unknown, keyof Media>([
  ['IMAGE', 'image'],
  [2, 'image'],
  ['VIDEO', 'video'],
  [3, 'video'],
  ['AUDIO', 'audio'],
  [4, 'audio'],
  ['DOCUMENT', 'image'],
  [5, 'image'],
]);

const COUNTS = [
  'promptTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
  'cachedContentTokenCount',
  'toolUsePromptTokenCount',
  'totalTokenCount',
] as const;

const DETAILS = ['promptTokensDetails', 'candidatesTokensDetails', 'cacheTokensDetails', 'toolUsePromptTokensDetails'] as const;

/** The counts of a stream grow: a later item takes nothing back. What it does not name is added to it. */
export function laterUsage(earlier: GeminiUsage | undefined, later: GeminiUsage | undefined): GeminiUsage | undefined {
  if (!isRecord(later) || earlier === undefined) return isRecord(later) ? later : earlier;
  if (earlier.shrank) later.shrank = true;
  if (!hasGrown(earlier, later)) keepCounts(earlier, later);
  // Nothing is set that was not told: each shape of these is one more for the engine to know.
  if (earlier.serviceTier !== undefined) later.serviceTier ??= earlier.serviceTier;
  if (earlier.trafficType !== undefined) later.trafficType ??= earlier.trafficType;
  return later;
}

/** True if no count is below what it was, which is so for nearly every item. */
function hasGrown(earlier: GeminiUsage, later: GeminiUsage): boolean {
  return (
    isAtLeast(earlier.promptTokenCount, later.promptTokenCount) &&
    isAtLeast(earlier.candidatesTokenCount, later.candidatesTokenCount) &&
    isAtLeast(earlier.totalTokenCount, later.totalTokenCount) &&
    isAtLeast(earlier.thoughtsTokenCount, later.thoughtsTokenCount) &&
    isAtLeast(earlier.cachedContentTokenCount, later.cachedContentTokenCount) &&
    isAtLeast(earlier.toolUsePromptTokenCount, later.toolUsePromptTokenCount) &&
    hasAtLeast(earlier.promptTokensDetails, later.promptTokensDetails) &&
    hasAtLeast(earlier.candidatesTokensDetails, later.candidatesTokensDetails) &&
    hasAtLeast(earlier.cacheTokensDetails, later.cacheTokensDetails) &&
    hasAtLeast(earlier.toolUsePromptTokensDetails, later.toolUsePromptTokensDetails)
  );
}

function isAtLeast(before: number | undefined, now: number | undefined): boolean {
  const counted = toTokenCount(before);
  return counted === undefined || (toTokenCount(now) ?? -1) >= counted;
}

function hasAtLeast(before: GeminiTokenCount[] | undefined, now: GeminiTokenCount[] | undefined): boolean {
  return before === undefined || tokensOf(before) <= tokensOf(now);
}

function keepCounts(earlier: GeminiUsage, later: GeminiUsage): void {
  for (const name of COUNTS) {
    const before = toTokenCount(earlier[name]);
    if (before === undefined) continue;
    const now = toTokenCount(later[name]);
    if (now !== undefined && now >= before) continue;
    later[name] = before;
    if (now !== undefined) later.shrank = true;
  }
  for (const name of DETAILS) {
    const before = earlier[name];
    if (!hasAtLeast(before, later[name])) later[name] = before;
  }
}

function tokensOf(details: readonly GeminiTokenCount[] | undefined): number {
  if (!Array.isArray(details)) return 0;
  let sum = 0;
  for (const detail of details) if (isRecord(detail)) sum += toTokenCount(detail.tokenCount) ?? 0;
  return sum;
}

/** Usage in the body of an error or of what is no answer. */
export function usageIn(body: unknown): Usage | undefined {
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(outer)) return undefined;
  const { error } = outer;
  return (
    readUsage(outer.usageMetadata as GeminiUsage) ?? readUsage(isRecord(error) ? (error.usageMetadata as GeminiUsage) : undefined)
  );
}

/** The tier that answered, in OpenAI's words; undefined if the wire does not tell. */
export function toServiceTier(usage: GeminiUsage | undefined): string | undefined {
  const tier = usage?.serviceTier;
  if (typeof tier !== 'string') return TRAFFIC.get(usage?.trafficType);
  return TIERS.get(tier.toLowerCase());
}

const TIERS: ReadonlyMap<string, string> = new Map([
  ['standard', 'default'],
  ['flex', 'flex'],
  ['priority', 'priority'],
]);

// Vertex AI's word (TrafficType of Google's own client).
const TRAFFIC: ReadonlyMap<unknown, string> = new Map([
  ['ON_DEMAND_FLEX', 'flex'],
  ['ON_DEMAND_PRIORITY', 'priority'],
]);

/** The wire's own word for a tier that OpenAI has none for, if it may cost more than the standard one. */
function unknownTier({ serviceTier: tier, trafficType: traffic }: GeminiUsage): string | undefined {
  if (typeof tier === 'string') return TIERS.has(tier.toLowerCase()) || tier === 'unspecified' ? undefined : tier;
  return typeof traffic !== 'string' || TRAFFIC.has(traffic) || STANDARD_AT_MOST.has(traffic) ? undefined : traffic;
}

const STANDARD_AT_MOST: ReadonlySet<string> = new Set([
  'TRAFFIC_TYPE_UNSPECIFIED',
  'ON_DEMAND',
  'ON_DEMAND_OFFPEAK',
  'PROVISIONED_THROUGHPUT',
]);

function isRecord<T>(value: T): value is T & Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
