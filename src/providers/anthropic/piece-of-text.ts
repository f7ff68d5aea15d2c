import { LONGEST_BY_PATTERN, QUOTED, unquoted } from '../quoted-text.ts';
import type { StreamEvent } from './wire-types.ts';

/**
 * Nearly every event is a piece of text in these words, padded with spaces: it is read in a part of the time that JSON takes.
 * Any other form is left to the parser.
 */
export function asPieceOfText(data: string): StreamEvent | undefined {
  // The parts are found by their places: a match of the pattern would cost each event an array and its strings.
  if (data.length > LONGEST_BY_PATTERN || !PIECE.test(data)) return undefined;
  const indexEnd = data.indexOf(',', BEFORE_INDEX.length);
  let end = data.length - '"}}'.length;
  while (data.charCodeAt(end) !== QUOTE) end -= 1;
  const text = unquoted(data.slice(indexEnd + BEFORE_TEXT.length, end));
  if (text === undefined) return undefined;
  const index = Number(data.slice(BEFORE_INDEX.length, indexEnd));
  return { type: 'content_block_delta', index, delta: { type: 'text_delta', text } };
}

const QUOTE = 0x22;
const BEFORE_INDEX = '{"type":"content_block_delta","index":';
const BEFORE_TEXT = ',"delta":{"type":"text_delta","text":"';
const PIECE = new RegExp(
  `^${BEFORE_INDEX.replace('{', '\\{')}(?:0|[1-9]\\d{0,3})${BEFORE_TEXT.replace('{', '\\{')}${QUOTED}"\\} *\\}$`,
);
