/** Counts of one answer as a provider told them: safe integers, 0 if it told none. */
export interface Counts {
  inputTokens: number;
  outputTokens: number;
  /** The provider's own sum; undefined if it gives none. */
  totalTokens: number | undefined;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  hourCacheWriteTokens: number;
  reasoningTokens: number;
  inputAudioTokens: number;
  inputImageTokens: number;
  inputVideoTokens: number;
  outputAudioTokens: number;
  outputImageTokens: number;
  outputVideoTokens: number;
  citationTokens: number;
  cachedAudioTokens: number;
  cachedImageTokens: number;
}

export const NO_COUNTS: Readonly<Counts> = {
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: undefined,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  hourCacheWriteTokens: 0,
  reasoningTokens: 0,
  inputAudioTokens: 0,
  inputImageTokens: 0,
  inputVideoTokens: 0,
  outputAudioTokens: 0,
  outputImageTokens: 0,
  outputVideoTokens: 0,
  citationTokens: 0,
  cachedAudioTokens: 0,
  cachedImageTokens: 0,
};

// Beyond this a count is a fault of the provider, not a size of a call (the largest context windows are some 10^7).
export const LARGEST_PLAUSIBLE_COUNT = 1_000_000_000;

/**
 * Makes every part lie within its whole, in place; true if the counts contradicted each other. What they prove is kept:
 *
 * - Reasoning beyond the output lies outside it and is added, whatever the total says: nobody thinks more than it writes.
 * - A part that the total has room for beside its whole lies outside it, as does one that is larger than its whole, as far
 *   as the total leaves room for it. Without a total there is room.
 * - What the total counts beyond all parts is output that nobody named, mostly hidden thinking; but a total that counts the
 *   input or the output twice proves nothing, and one that is smaller than its parts is none.
 */
export function settle(counts: Counts): boolean {
  if (isConsistent(counts)) return false;
  raiseParts(counts);
  const left = placeParts(counts, roomOf(counts));
  if (left === undefined) {
    counts.outputTokens = Math.max(counts.outputTokens, outputMedia(counts) + counts.reasoningTokens);
  } else if (left > 0 && left !== counts.inputTokens && left !== counts.outputTokens) {
    counts.outputTokens += left;
    counts.reasoningTokens = Math.max(counts.reasoningTokens, left);
  }
  capParts(counts);
  return true;
}

function isConsistent(counts: Counts): boolean {
  const { inputTokens, outputTokens, totalTokens } = counts;
  return (
    (totalTokens === undefined || totalTokens === inputTokens + outputTokens) &&
    counts.cachedInputTokens + counts.cacheWriteTokens <= inputTokens &&
    counts.hourCacheWriteTokens <= counts.cacheWriteTokens &&
    inputMedia(counts) <= inputTokens &&
    outputMedia(counts) + counts.reasoningTokens <= outputTokens &&
    counts.cachedAudioTokens + counts.cachedImageTokens <= counts.cachedInputTokens &&
    counts.cachedAudioTokens <= counts.inputAudioTokens &&
    counts.cachedImageTokens <= counts.inputImageTokens
  );
}

function inputMedia({ inputAudioTokens, inputImageTokens, inputVideoTokens }: Counts): number {
  return inputAudioTokens + inputImageTokens + inputVideoTokens;
}

function outputMedia({ outputAudioTokens, outputImageTokens, outputVideoTokens, citationTokens }: Counts): number {
  return outputAudioTokens + outputImageTokens + outputVideoTokens + citationTokens;
}

/** A part of a part is at least a part. */
function raiseParts(counts: Counts): void {
  counts.inputAudioTokens = Math.max(counts.inputAudioTokens, counts.cachedAudioTokens);
  counts.inputImageTokens = Math.max(counts.inputImageTokens, counts.cachedImageTokens);
  counts.cachedInputTokens = Math.max(counts.cachedInputTokens, counts.cachedAudioTokens + counts.cachedImageTokens);
  counts.cacheWriteTokens = Math.max(counts.cacheWriteTokens, counts.hourCacheWriteTokens);
}

/** What the total counts beside input and output; undefined if it is none. */
function roomOf({ inputTokens, outputTokens, totalTokens }: Counts): number | undefined {
  const beside = (totalTokens ?? -1) - inputTokens - outputTokens;
  return beside < 0 ? undefined : beside;
}

/** Adds the parts that lie outside their wholes; returns the room that is left. */
function placeParts(counts: Counts, room: number | undefined): number | undefined {
  const { reasoningTokens: reasoning, outputTokens: output } = counts;
  const thinksOutside = reasoning > output || (reasoning > 0 && reasoning === room);
  if (thinksOutside) counts.outputTokens += reasoning;
  let left = room === undefined ? undefined : Math.max(0, room - (thinksOutside ? reasoning : 0));
  const cache = outside(counts.cachedInputTokens + counts.cacheWriteTokens, counts.inputTokens, left);
  counts.inputTokens += cache;
  if (left !== undefined) left -= cache;
  const media = outside(inputMedia(counts), counts.inputTokens, left);
  counts.inputTokens += media;
  if (left !== undefined) left -= media;
  const given = outside(outputMedia(counts), output, left);
  counts.outputTokens += given;
  return left === undefined ? undefined : left - given;
}

/** How much of a part lies beside its whole. */
function outside(part: number, whole: number, room: number | undefined): number {
  if (room === undefined) return part > whole ? part : 0;
  if (part === room) return part;
  return part > whole ? Math.min(part, room) : 0;
}

/** If there was no room, the dearest parts stay: written before read, pictures and speech before thoughts. */
function capParts(counts: Counts): void {
  const input = Math.min(counts.inputTokens, LARGEST_PLAUSIBLE_COUNT);
  counts.inputTokens = input;
  counts.cacheWriteTokens = Math.min(counts.cacheWriteTokens, input);
  counts.hourCacheWriteTokens = Math.min(counts.hourCacheWriteTokens, counts.cacheWriteTokens);
  counts.cachedInputTokens = Math.min(counts.cachedInputTokens, input - counts.cacheWriteTokens);
  counts.inputAudioTokens = Math.min(counts.inputAudioTokens, input);
  counts.inputImageTokens = Math.min(counts.inputImageTokens, input - counts.inputAudioTokens);
  counts.inputVideoTokens = Math.min(counts.inputVideoTokens, input - counts.inputAudioTokens - counts.inputImageTokens);
  const cached = counts.cachedInputTokens;
  counts.cachedAudioTokens = Math.min(counts.cachedAudioTokens, cached, counts.inputAudioTokens);
  counts.cachedImageTokens = Math.min(counts.cachedImageTokens, cached - counts.cachedAudioTokens, counts.inputImageTokens);
  let output = Math.min(counts.outputTokens, LARGEST_PLAUSIBLE_COUNT);
  counts.outputTokens = output;
  for (const part of OUTPUT_PARTS) {
    counts[part] = Math.min(counts[part], output);
    output -= counts[part];
  }
}

const OUTPUT_PARTS = [
  'outputImageTokens',
  'outputAudioTokens',
  'outputVideoTokens',
  'citationTokens',
  'reasoningTokens',
] as const;
