/** Longest pattern and text that are compared; beyond it nothing matches. In UTF-16 units. */
const LONGEST = 4096;

/** A pattern with `*` (any run, also empty) and `?` (one character), made ready to match. Exact and case-sensitive. */
export type Glob = (text: string) => boolean;

/**
 * Prepares a pattern. Everything but `*` and `?` stands for itself. Matching takes at most |pattern| × |text| steps
 * whatever the input: only the last `*` is ever moved.
 */
export function toGlob(pattern: string): Glob {
  if (pattern.length > LONGEST) return () => false;
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  if (pattern === '*') return (text) => text.length <= LONGEST;
  return (text) => matches(pattern, text);
}

function matches(pattern: string, text: string): boolean {
  if (text.length > LONGEST) return false;
  let at = 0;
  let read = 0;
  let star = -1;
  let readAtStar = 0;
  while (read < text.length) {
    const expected = pattern[at];
    if (expected === '*') {
      star = at;
      readAtStar = read;
      at += 1;
    } else if (expected === '?' || expected === text[read]) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      at = star + 1;
      readAtStar += 1;
      read = readAtStar;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
