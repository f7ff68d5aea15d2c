const TEXT_TYPES = /^(?:text\/|application\/(?:json|x-subrip|x-ndjson|jsonl))/;

/** Whether a media type is one of texts, as transcripts have them. */
export function isTextType(contentType: string): boolean {
  return TEXT_TYPES.test(contentType);
}
