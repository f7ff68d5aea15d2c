/**
 * Whether a body that begins so is server-sent events, whatever its type says; undefined: nothing but blanks so far, as some
 * hosts send while a model is at work.
 */
export function areEvents(chunk: Buffer): boolean | undefined {
  // JSON, as nearly every body is.
  if (chunk[0] === LEFT_BRACE) return false;
  const start = chunk.toString('latin1', 0, LONGEST_START).replace(BLANKS, '');
  if (start === '') return undefined;
  return FIELD.test(start) || FIELDS.some((field) => field.startsWith(start));
}

const LEFT_BRACE = 0x7b;
const LONGEST_START = 64;
// Of a byte order mark, too.
const BLANKS = /^(?:\u00EF\u00BB\u00BF)?\s*/;
const FIELDS = ['data:', 'event:', 'id:', 'retry:'];
// What is named nothing is a comment.
const FIELD = /^(?:data|event|id|retry)?:/;
