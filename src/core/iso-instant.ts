/** A date of ISO 8601, or a time with its offset, as far as a pattern can say. */
export const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Milliseconds since the epoch of a date, or of a time with its offset; undefined for other text, and for a day that no calendar has. */
export function isoInstant(text: string): number | undefined {
  if (!ISO_DATE.test(text)) return undefined;
  const day = text.slice(0, 'yyyy-mm-dd'.length);
  const at = Date.parse(text);
  // A 31st of a month with 30 days would be read as the 1st of the next.
  if (!Number.isFinite(at) || new Date(Date.parse(day)).toISOString().slice(0, day.length) !== day) return undefined;
  return at;
}
