import { isAscii } from 'node:buffer';
import { nextTurn } from '../../../core/next-turn.ts';
import type { GatheredBytes } from './gathered-bytes.ts';
import { WideTexts } from './wide-texts.ts';

/**
 * What `JSON.parse` makes of these bytes, with less than four times their size in memory, and with the event loop free
 * between its steps; but half a surrogate pair, which no UTF-8 can have, becomes U+FFFD. The bytes are gone then. Throws
 * `SyntaxError`.
 */
export async function parseLargeJson(gathered: GatheredBytes): Promise<unknown> {
  if (!mayBeWide(gathered.bytes)) {
    const text = gathered.bytes.toString('latin1');
    gathered.clear();
    await nextTurn();
    return JSON.parse(text);
  }
  const texts = new WideTexts(withoutMark(gathered.bytes));
  await nextTurn();
  // Before the texts are decoded, which changes the bytes.
  const skeleton = texts.skeleton();
  await nextTurn();
  texts.decode();
  gathered.clear();
  await nextTurn();
  const value: unknown = JSON.parse(skeleton.toString('latin1'));
  await nextTurn();
  return texts.restoredIn(value);
}

/** Whether parsing may make strings of two bytes a character. */
function mayBeWide(bytes: Buffer): boolean {
  return !isAscii(bytes) || bytes.includes('\\u');
}

/** As a `TextDecoder` leaves it out. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
