import { LONGEST_BY_PATTERN, QUOTED, unquoted } from '../quoted-text.ts';
import type { StreamEvent } from './wire-types.ts';

/**
 * Nearly every event is a piece of text in these words, padded with spaces: it is read in a part of the time that JSON takes.
 * Any other form is left to the parser.
 */
export function asPieceOfText(data: string): StreamEvent | undefined {
  if (data.length > LONGEST_BY_PATTERN) return undefined;
  const match = PIECE.exec(data);
  if (match === null) return undefined;
  const text = unquoted(match[2], match[3]);
  if (text === undefined) return undefined;
  return { type: 'content_block_delta', index: Number(match[1]), delta: { type: 'text_delta', text } };
}

const PIECE = new RegExp(
  `^\\{"type":"content_block_delta","index":(0|[1-9]\\d{0,3}),"delta":\\{"type":"text_delta","text":"${QUOTED}"\\} *\\}$`,
);
