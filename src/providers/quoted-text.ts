/**
 * The inside of a JSON text, as a part of a pattern with one group. It ends where the text does, and has nothing that must not
 * stand in one, so that only its escapes are left to look at.
 */
export const QUOTED = '([^"\\\\\\u0000-\\u001f]*(?:\\\\[^\\u0000-\\u001f][^"\\\\\\u0000-\\u001f]*)*)';

/** A whole number as JSON has it, small enough for any count. */
export const COUNT = '(0|[1-9]\\d{0,9})';

/** In UTF-16 units. What is longer is left to the parser, so that a pattern has no long way back. */
export const LONGEST_BY_PATTERN = 8_192;

/** What stands between two quotes in the form of `QUOTED`; undefined if an escape is none. */
export function unquoted(inside: string): string | undefined {
  if (!inside.includes('\\')) return inside;
  try {
    return JSON.parse(`"${inside}"`);
  } catch {
    return undefined;
  }
}
