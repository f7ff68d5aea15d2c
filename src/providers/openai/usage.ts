import { inputDetails, outputDetails } from '../../core/openai-usage.ts';
import { type OpenAiUsage, reportedFromOpenAi, toTokenCount, type Usage } from '../../core/usage.ts';
import type { VendorQuirks } from './quirks.ts';
import { isRecord, type RawRecord } from './wire-types.ts';

/**
 * A vendor's `usage` of a chat or text completion. What the vendor counts apart is put in its place within `raw` first.
 * Undefined if the counts are not plausible; an output that was not told is to be estimated.
 */
export function readUsage(raw: unknown, quirks: VendorQuirks): Usage | undefined {
  if (!isRecord(raw)) return undefined;
  if (quirks.totalCountsThoughts) addThoughts(raw);
  if (quirks.countsApart) addPartsApart(raw);
  return markUntoldOutput(reportedFromOpenAi(raw), raw);
}

/** Only embeddings and their like have no output to tell. */
export function markUntoldOutput(usage: Usage | undefined, raw: RawRecord): Usage | undefined {
  if (usage === undefined || usage.outputTokens > 0 || usage.unreported !== undefined) return usage;
  const isTold = raw.completion_tokens !== undefined || raw.output_tokens !== undefined;
  return isTold ? usage : { ...usage, unreported: 'output' };
}

/** Whatever the total has beyond input and output is thinking. */
function addThoughts(raw: RawRecord): void {
  const prompt = toTokenCount(raw.prompt_tokens);
  const completion = toTokenCount(raw.completion_tokens);
  const thoughts = (toTokenCount(raw.total_tokens) ?? 0) - (prompt ?? 0) - (completion ?? 0);
  if (prompt === undefined || completion === undefined || thoughts <= 0) return;
  const details = detailsOf(raw, 'completion_tokens_details');
  details.reasoning_tokens = Math.max(toTokenCount(details.reasoning_tokens) ?? 0, thoughts);
  raw.completion_tokens = completion + thoughts;
  raw.repaired = true;
}

/** Perplexity's reasoning and citations stand beside the details, and are in neither the completion nor the total. */
function addPartsApart(raw: RawRecord): void {
  const completion = toTokenCount(raw.completion_tokens);
  const reasoning = toTokenCount(raw.reasoning_tokens) ?? 0;
  const citations = toTokenCount(raw.citation_tokens) ?? 0;
  if (completion === undefined || reasoning + citations === 0) return;
  const details = detailsOf(raw, 'completion_tokens_details');
  if (details.reasoning_tokens !== undefined) return;
  details.reasoning_tokens = reasoning;
  if (citations > 0) details.citation_tokens = citations;
  raw.completion_tokens = completion + reasoning + citations;
  raw.total_tokens = (toTokenCount(raw.prompt_tokens) ?? 0) + completion + reasoning + citations;
}

function detailsOf(raw: RawRecord, name: string): RawRecord {
  const known = raw[name];
  if (isRecord(known)) return known;
  const details: RawRecord = {};
  raw[name] = details;
  return details;
}

/** Makes the vendor's own object say what was read of it, with all that OpenAI's has; its further fields stay. */
export function writeUsage(raw: RawRecord, usage: Usage): OpenAiUsage {
  raw.prompt_tokens = usage.inputTokens;
  raw.completion_tokens = usage.outputTokens;
  raw.total_tokens = usage.inputTokens + usage.outputTokens;
  const input = cleanDetails(raw, 'prompt_tokens_details');
  const output = cleanDetails(raw, 'completion_tokens_details');
  input.cached_tokens = usage.cachedInputTokens;
  input.cache_write_tokens = usage.cacheWriteTokens;
  output.reasoning_tokens = usage.reasoningTokens;
  // What stands beside the details counts only if they are silent.
  if (raw.citation_tokens !== undefined) output.citation_tokens = usage.citationTokens ?? 0;
  if (raw.audio_prompt_tokens !== undefined) input.audio_tokens = usage.inputAudioTokens ?? 0;
  // If nothing was put right, the classes stand there as they were read, but for those that stood elsewhere.
  if (usage.repaired) {
    for (const name of CLASSES) {
      if (input[name] !== undefined) input[name] = 0;
      if (output[name] !== undefined) output[name] = 0;
    }
  }
  if (usage.repaired || hasClasses(usage)) {
    Object.assign(input, inputDetails(usage));
    Object.assign(output, outputDetails(usage));
  }
  mark(raw, usage);
  return raw as unknown as OpenAiUsage;
}

/** Counts that are none (null, negative, text) are left out; what tells the cache writes apart stays as it is. */
function cleanDetails(raw: RawRecord, place: string): RawRecord {
  const details = detailsOf(raw, place);
  for (const name in details) if (name !== 'cache_write_tokens_details') details[name] = toTokenCount(details[name]);
  return details;
}

/** Classes of tokens that stand in the details only if there are some. */
const CLASSES = ['cache_write_1h_tokens', 'audio_tokens', 'image_tokens', 'video_tokens', 'citation_tokens'] as const;

function hasClasses(usage: Usage): boolean {
  return (
    (usage.hourCacheWriteTokens ?? usage.inputAudioTokens ?? usage.inputImageTokens ?? usage.inputVideoTokens) !== undefined ||
    (usage.outputAudioTokens ?? usage.outputImageTokens ?? usage.outputVideoTokens ?? usage.citationTokens) !== undefined ||
    (usage.cachedAudioTokens ?? usage.cachedImageTokens) !== undefined
  );
}

/** Says beside the counts what they can't. */
export function mark(raw: RawRecord, { repaired, unreported }: Usage): void {
  if (repaired) raw.repaired = true;
  if (raw.unreported !== unreported) raw.unreported = unreported;
}

/** Usage in the body of an error or of what is no answer: beside the error, within it, or in the response that failed. */
export function usageIn(body: unknown, quirks: VendorQuirks): Usage | undefined {
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(outer)) return undefined;
  for (const place of [outer, outer.error, outer.response, outer.x_groq]) {
    const usage = isRecord(place) ? readUsage(place.usage, quirks) : undefined;
    if (usage !== undefined) return usage;
  }
  return undefined;
}
