/** Most numbers that are written at once: of 25 characters at most, with their commas (ECMA-262, Number::toString). */
const MOST = 512;

/**
 * Where the numbers end that begin at an index, or as many of them as are written at once: one by one the hundreds of
 * thousands of tokens that a list may have would hold the event loop.
 */
export function endOfNumbers(items: readonly unknown[], from: number): number {
  const most = Math.min(items.length, from + MOST);
  let end = from;
  while (end < most && typeof items[end] === 'number') end += 1;
  return end;
}

/** Their JSON, with commas between them. */
export function textOfNumbers(items: readonly unknown[], from: number, end: number): string {
  return JSON.stringify(items.slice(from, end)).slice(1, -1);
}
