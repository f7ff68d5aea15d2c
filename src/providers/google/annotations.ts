import type { GeminiGroundingChunk, GeminiGroundingMetadata } from './wire-types.ts';

export interface UrlCitation {
  type: 'url_citation';
  url_citation: { start_index: number; end_index: number; title: string; url: string };
}

/** The sources of a grounded answer as OpenAI's annotations; the wire counts bytes of UTF-8, OpenAI characters. */
export function toAnnotations(grounding: GeminiGroundingMetadata | undefined, text: string): UrlCitation[] {
  const chunks = grounding?.groundingChunks ?? [];
  if (chunks.length === 0) return [];
  const supports = grounding?.groundingSupports ?? [];
  if (supports.length === 0) return chunks.flatMap((chunk) => toCitation(chunk, 0, 0));
  const bytes = Buffer.from(text);
  return supports.flatMap(({ segment, groundingChunkIndices }) => {
    const start = bytes.toString('utf8', 0, segment?.startIndex ?? 0).length;
    const end = bytes.toString('utf8', 0, segment?.endIndex ?? 0).length;
    return (groundingChunkIndices ?? []).flatMap((index) => toCitation(chunks[index], start, end));
  });
}

function toCitation(chunk: GeminiGroundingChunk | undefined, start: number, end: number): UrlCitation[] {
  const source = chunk?.web ?? chunk?.retrievedContext ?? chunk?.maps;
  if (!source?.uri) return [];
  const { uri, title } = source;
  return [{ type: 'url_citation', url_citation: { start_index: start, end_index: end, title: title ?? uri, url: uri } }];
}
