import { type Counts, LARGEST_PLAUSIBLE_COUNT, NO_COUNTS, settle } from './usage-counts.ts';

/** Tokens of one call. Input includes cached and cache-written tokens; output includes reasoning. */
export interface Usage {
  /** All tokens of the input, cached ones too. */
  readonly inputTokens: number;
  /** All tokens of the output, reasoning too. */
  readonly outputTokens: number;
  /** Part of the input that was read from a cache. */
  readonly cachedInputTokens: number;
  /** Part of the input that was written to a cache. */
  readonly cacheWriteTokens: number;
  /** Part of the output that is reasoning. */
  readonly reasoningTokens: number;
  /** Part of the cache writes that is kept for an hour, if a provider tells it apart; it is dearer. */
  readonly hourCacheWriteTokens?: number | undefined;
  /** Parts of input and output that are not text, if a provider reports them; they have prices of their own. */
  readonly inputAudioTokens?: number | undefined;
  readonly inputImageTokens?: number | undefined;
  readonly inputVideoTokens?: number | undefined;
  readonly outputAudioTokens?: number | undefined;
  readonly outputImageTokens?: number | undefined;
  readonly outputVideoTokens?: number | undefined;
  /** Part of the output that quotes sources, if it has a price of its own (Perplexity). */
  readonly citationTokens?: number | undefined;
  /** Parts of `cachedInputTokens` that are not text, if a provider tells them apart. */
  readonly cachedAudioTokens?: number | undefined;
  readonly cachedImageTokens?: number | undefined;
  /** Uses of tools that the vendor runs (`web_search`, …), by name, if the answer shows any or may have had some. */
  readonly toolUses?: Readonly<Record<string, number>> | undefined;
  /** What is counted beside tokens, if the price is by it. */
  readonly units?: UnitCounts | undefined;
  /** True if a provider's counts contradicted each other and were put right. */
  readonly repaired?: boolean | undefined;
  /** Main count that the provider did not tell, or told as one that can't be; what stands here is the least that it is. */
  readonly unreported?: 'input' | 'output' | undefined;
}

/** What a call is counted by that has a price for it: images made, seconds of sound or video, characters read aloud, sessions begun. */
export type UnitCounts = Readonly<Partial<Record<'images' | 'seconds' | 'characters' | 'sessions', number>>>;

/** Whether a provider told the usage, or it was estimated since none did. */
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
  const sum: Record<string, unknown> = { ...left };
  for (const [name, added] of Object.entries(right)) {
    if (name === 'toolUses' || name === 'units') sum[name] = eachOf(left[name], right[name], (one, two) => one + two);
    else if (typeof added === 'number') sum[name] = Number(sum[name] ?? 0) + added;
    else if (added) sum[name] = added;
  }
  return sum as unknown as Usage;
}

/**
 * The larger of two reports of one answer, class by class: counts grow, so that a later report that is smaller in a class
 * takes nothing back, and the usage says that it was repaired.
 */
export function largerUsage(earlier: Usage | undefined, later: Usage | undefined): Usage | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  const counts = { ...NO_COUNTS };
  let shrank = false;
  for (const name of CLASSES) {
    const before = earlier[name] ?? 0;
    const now = later[name] ?? 0;
    counts[name] = Math.max(before, now);
    if (now < before) shrank = true;
  }
  // The two main counts are right each by itself: their sum leaves no room for parts that do not fit.
  counts.totalTokens = counts.inputTokens + counts.outputTokens;
  const isRepaired = earlier.repaired || later.repaired || (shrank && later.unreported === undefined);
  const larger = settledUsage(counts, earlier.unreported === later.unreported ? later.unreported : undefined, isRepaired);
  const toolUses = eachOf(earlier.toolUses, later.toolUses, Math.max);
  return toolUses === undefined ? larger : { ...larger, toolUses };
}

type Counted = Readonly<Record<string, number>> | undefined;

function eachOf(left: Counted, right: Counted, join: (one: number, two: number) => number): Counted {
  if (left === undefined || right === undefined) return left ?? right;
  const joined: Record<string, number> = { ...left };
  for (const name in right) joined[name] = join(joined[name] ?? 0, right[name] ?? 0);
  return joined;
}

/** Usage with an estimate of what was not reported in the place of that. */
export function completedUsage(usage: Usage, estimate: Usage): Usage {
  const { unreported, ...reported } = usage;
  if (unreported === undefined) return usage;
  const name = unreported === 'input' ? 'inputTokens' : 'outputTokens';
  return { ...reported, [name]: Math.max(usage[name], estimate[name]) };
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
    image_tokens?: number;
    video_tokens?: number;
    cached_tokens_details?: { audio_tokens?: number; image_tokens?: number };
  } | null;
  completion_tokens_details?: {
    reasoning_tokens?: number;
    audio_tokens?: number;
    image_tokens?: number;
    video_tokens?: number;
    citation_tokens?: number;
    accepted_prediction_tokens?: number;
    rejected_prediction_tokens?: number;
  } | null;
  /** Anthropic's word on how the answer was made: `fast`, or left out. */
  speed?: string;
  /** Anthropic's word on where it was made. */
  inference_geo?: string;
  /** The vendor's word for the tier that answered, if OpenAI has none for it. */
  service_tier?: string;
  /** Anthropic's count of the uses of its own tools: `{ web_search_requests: 2 }`. */
  server_tool_use?: Readonly<Record<string, number>>;
  /** As in `Usage`. */
  repaired?: boolean;
  /** As in `Usage`: the count that it names, and the total, are no more than the least until an estimate was put in. */
  unreported?: 'input' | 'output';
}

/** A provider's count as a safe integer; undefined if it is no plausible count (negative, NaN, text, absurd). */
export function toTokenCount(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0) || value > LARGEST_PLAUSIBLE_COUNT) return undefined;
  return Math.ceil(value);
}

/**
 * Reads `usage` of a chat completion, text completion, embedding, Responses answer, image, transcript or realtime answer,
 * in any of the spellings in use. Counts that contradict each other are put right. Undefined if there is none or if
 * a main count is missing or not plausible, so that the caller estimates instead.
 */
export function usageFromOpenAi(raw: unknown): Usage | undefined {
  const usage = reportedFromOpenAi(raw);
  return usage?.unreported === undefined ? usage : undefined;
}

/** The same, but if a main count is missing or not plausible, which `unreported` names, what there is. */
export function reportedFromOpenAi(raw: unknown): Usage | undefined {
  const usage = recordOf(raw);
  // Transcripts are billed by tokens or by the length of the audio.
  if (usage === undefined || usage.type === 'duration') return undefined;
  const counts = readCounts(usage);
  if (counts === undefined) return undefined;
  return settledUsage(counts, unreportedOf(usage, counts), usage.repaired === true);
}

/** Usage of counts, which are put right if they contradict each other. */
export function settledUsage(counts: Counts, unreported?: Usage['unreported'], repaired?: boolean): Usage {
  const isRepaired = settle(counts) || repaired;
  return {
    inputTokens: counts.inputTokens,
    outputTokens: counts.outputTokens,
    cachedInputTokens: counts.cachedInputTokens,
    cacheWriteTokens: counts.cacheWriteTokens,
    reasoningTokens: counts.reasoningTokens,
    hourCacheWriteTokens: counts.hourCacheWriteTokens || undefined,
    inputAudioTokens: counts.inputAudioTokens || undefined,
    inputImageTokens: counts.inputImageTokens || undefined,
    inputVideoTokens: counts.inputVideoTokens || undefined,
    outputAudioTokens: counts.outputAudioTokens || undefined,
    outputImageTokens: counts.outputImageTokens || undefined,
    outputVideoTokens: counts.outputVideoTokens || undefined,
    citationTokens: counts.citationTokens || undefined,
    cachedAudioTokens: counts.cachedAudioTokens || undefined,
    cachedImageTokens: counts.cachedImageTokens || undefined,
    repaired: isRepaired || undefined,
    unreported,
  };
}

const { totalTokens: _, ...ALL_CLASSES } = NO_COUNTS;
const CLASSES = Object.keys(ALL_CLASSES) as (keyof typeof ALL_CLASSES)[];

type Raw = Readonly<Record<string, unknown>>;

/**
 * All counts; undefined if there is no main one. One that is missing, or is no count, is what the total leaves for it.
 * The singular names are those of OpenAI's transcripts and realtime answers, and of Mistral.
 */
function readCounts(usage: Raw): Counts | undefined {
  const [toldIn, toldOut] = [toldInput(usage), toldOutput(usage)];
  const total = toTokenCount(usage.total_tokens);
  // Voyage tells a total alone, which of embeddings is the input: https://docs.voyageai.com/reference/embeddings-api
  const isTotalAlone = toldIn === undefined && toldOut === undefined && total !== 0;
  const input = isTotalAlone ? total : toTokenCount(toldIn);
  const output = toTokenCount(toldOut);
  if (input === undefined && !output) return undefined;
  const inputs =
    recordOf(usage.prompt_tokens_details) ??
    recordOf(usage.input_tokens_details) ??
    recordOf(usage.input_token_details) ??
    recordOf(usage.prompt_token_details) ??
    NOTHING;
  const outputs =
    recordOf(usage.completion_tokens_details) ??
    recordOf(usage.output_tokens_details) ??
    recordOf(usage.output_token_details) ??
    NOTHING;
  const cached = recordOf(inputs.cached_tokens_details) ?? recordOf(usage.cached_tokens_details) ?? NOTHING;
  const written = writtenTokens(inputs, usage);
  return {
    inputTokens: input ?? Math.max(0, (total ?? 0) - (output ?? 0)),
    // Embeddings have no output to tell.
    outputTokens: output ?? Math.max(0, (total ?? 0) - (input ?? 0)),
    totalTokens: total,
    cachedInputTokens: cachedTokens(inputs, usage),
    cacheWriteTokens: written,
    hourCacheWriteTokens: written === 0 && inputs.cache_write_1h_tokens === undefined ? 0 : hourWrites(inputs, usage),
    reasoningTokens: toTokenCount(outputs.reasoning_tokens) ?? toTokenCount(usage.reasoning_tokens) ?? 0,
    // Azure's Grok has its audio beside the details.
    inputAudioTokens: toTokenCount(inputs.audio_tokens) ?? toTokenCount(usage.audio_prompt_tokens) ?? 0,
    inputImageTokens: toTokenCount(inputs.image_tokens) ?? 0,
    inputVideoTokens: toTokenCount(inputs.video_tokens) ?? 0,
    outputAudioTokens: toTokenCount(outputs.audio_tokens) ?? 0,
    outputImageTokens: toTokenCount(outputs.image_tokens) ?? 0,
    outputVideoTokens: toTokenCount(outputs.video_tokens) ?? 0,
    citationTokens: toTokenCount(outputs.citation_tokens) ?? toTokenCount(usage.citation_tokens) ?? 0,
    cachedAudioTokens: toTokenCount(cached.audio_tokens) ?? 0,
    cachedImageTokens: toTokenCount(cached.image_tokens) ?? toTokenCount(cached.cached_image_tokens) ?? 0,
  };
}

/** Beside the details: DeepSeek, Moonshot and Together, older Mistral. */
function cachedTokens(details: Raw, usage: Raw): number {
  return (
    toTokenCount(details.cached_tokens) ??
    toTokenCount(usage.prompt_cache_hit_tokens) ??
    toTokenCount(usage.cached_tokens) ??
    toTokenCount(usage.num_cached_tokens) ??
    0
  );
}

/** OpenAI's and OpenRouter's name; Alibaba's; that of LiteLLM's proxies; Vercel's. */
function writtenTokens(details: Raw, usage: Raw): number {
  return (
    toTokenCount(details.cache_write_tokens) ||
    toTokenCount(details.cache_creation_input_tokens) ||
    toTokenCount(details.cache_creation_tokens) ||
    toTokenCount(usage.cache_creation_input_tokens) ||
    0
  );
}

/** Anthropic's times, if proxies and gateways pass them on. */
function hourWrites(details: Raw, usage: Raw): number {
  const byTime =
    recordOf(details.cache_creation_token_details) ?? recordOf(details.cache_creation) ?? recordOf(usage.cache_creation);
  return toTokenCount(details.cache_write_1h_tokens) ?? toTokenCount(byTime?.ephemeral_1h_input_tokens) ?? 0;
}

const NOTHING: Raw = {};

function toldInput(usage: Raw): unknown {
  return usage.prompt_tokens === undefined ? usage.input_tokens : usage.prompt_tokens;
}

function toldOutput(usage: Raw): unknown {
  return usage.completion_tokens === undefined ? usage.output_tokens : usage.completion_tokens;
}

/** Whether an output that nothing tells is none, as of embeddings, only the operation knows. */
function unreportedOf(usage: Raw, { inputTokens, outputTokens }: Counts): Usage['unreported'] {
  if (inputTokens === 0 && toTokenCount(toldInput(usage)) === undefined) return 'input';
  const made = toldOutput(usage);
  if (outputTokens === 0 && made !== undefined && toTokenCount(made) === undefined) return 'output';
  return usage.unreported === 'input' || usage.unreported === 'output' ? usage.unreported : undefined;
}

function recordOf(value: unknown): Raw | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : undefined;
}
