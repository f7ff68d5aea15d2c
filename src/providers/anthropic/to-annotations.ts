import type { Citation } from './wire-types.ts';

interface UrlCitation {
  type: 'url_citation';
  url_citation: { url: string; title: string; start_index: number; end_index: number };
}

/** Citations that have a URL, as OpenAI's annotations of the text they stand at. Others have no counterpart there. */
export function toAnnotations(citations: readonly Citation[], start: number, end: number): UrlCitation[] {
  const annotations: UrlCitation[] = [];
  for (const citation of citations) {
    const url = citation.url ?? citation.source;
    if (typeof url !== 'string' || !URL.canParse(url)) continue;
    annotations.push({
      type: 'url_citation',
      url_citation: { url, title: citation.title ?? '', start_index: start, end_index: end },
    });
  }
  return annotations;
}
