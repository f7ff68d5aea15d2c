import { isRecord } from '../../core/json.ts';
import { laterToken } from './finish.ts';
import { laterUsage } from './usage.ts';
import type { GeminiCandidate, GeminiResponse } from './wire-types.ts';

/**
 * The items of a `streamGenerateContent` answer in one: without `alt=sse`, which proxies may drop, they come as a list of
 * JSON. The body itself if it is no such list, or if an error is among the items.
 */
export function joinedItems(body: unknown): unknown {
  if (!Array.isArray(body) || body.length === 0 || !body.every(isItem)) return body;
  const candidates = new Map<number, GeminiCandidate>();
  const joined: GeminiResponse = {};
  for (const { candidates: further = [], usageMetadata, ...head } of body) {
    Object.assign(joined, head);
    joined.usageMetadata = laterUsage(joined.usageMetadata, usageMetadata);
    for (const candidate of further) {
      const index = candidate.index ?? 0;
      candidates.set(index, withMore(candidates.get(index), candidate));
    }
  }
  const isWhole = [...candidates.values()].every(({ finishReason }) => finishReason !== undefined);
  return isWhole ? { ...joined, candidates: [...candidates.values()] } : body;
}

function isItem(item: unknown): item is GeminiResponse {
  if (!isRecord(item) || 'error' in item) return false;
  return item.candidates === undefined || (Array.isArray(item.candidates) && item.candidates.every(isRecord));
}

function withMore(earlier: GeminiCandidate | undefined, later: GeminiCandidate): GeminiCandidate {
  if (earlier === undefined) return later;
  const parts = [...(earlier.content?.parts ?? []), ...(later.content?.parts ?? [])];
  const continuationToken = laterToken(earlier.continuationToken, later);
  return { ...earlier, ...later, continuationToken, content: { role: 'model', parts } };
}
