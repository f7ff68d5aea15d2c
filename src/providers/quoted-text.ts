/**
 * The inside of a JSON text, as a part of a pattern with two groups: what comes before the first escape, and the rest. It ends
 * where the text does, and has nothing that must not stand in one, so that only its escapes are left to look at.
 */
export const QUOTED = '([^"\\\\\\u0000-\\u001f]*)((?:\\\\[^\\u0000-\\u001f][^"\\\\\\u0000-\\u001f]*)*)';

/** A whole number as JSON has it, small enough for any count. */
export const COUNT = '(0|[1-9]\\d{0,9})';

/** In UTF-16 units. What is longer is left to the parser, so that a pattern has no long way back. */
export const LONGEST_BY_PATTERN = 8_192;

/** What the two groups say; undefined if an escape is none. */
export function unquoted(head = '', rest = ''): string | undefined {
  if (rest === '') return head;
  try {
    return JSON.parse(`"${head}${rest}"`);
  } catch {
    return undefined;
  }
}
