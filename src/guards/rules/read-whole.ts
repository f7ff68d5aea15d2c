import type { JsonScanner } from './json-scanner.ts';
import type { Rule } from './rule-set.ts';
import type { Steps } from './steps.ts';
import type { TextScanner } from './text-scanner.ts';

/** Units that are read in one step, at least, and how many take about a microsecond. */
const PIECE = 16_384;
const UNITS_PER_MICROSECOND = 100;

/** Reads a text from its start to its end. */
export function* readWhole<R extends Rule>(scanner: TextScanner<R> | JsonScanner<R>, text: string): Steps<void> {
  for (let at = 0; at < text.length; ) {
    // What is not decided yet is gone over again with each piece.
    const held = at - scanner.safe;
    const length = Math.max(PIECE, held >> 1);
    scanner.take(text.slice(at, at + length));
    at += length;
    yield (held + length) / UNITS_PER_MICROSECOND;
    yield* scanner.judge();
  }
  scanner.takeEnd();
  yield* scanner.judge();
}
