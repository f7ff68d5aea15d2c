const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const REPLACEMENT = 0xfffd;

/** What an escape of one letter stands for. */
const SHORT: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(([letter, meant]) => [
    letter.charCodeAt(0),
    meant.charCodeAt(0),
  ]),
);

/**
 * Puts what the escapes of a JSON text stand for in their place, as UTF-8, which is never longer; gives the new end of the
 * text. Half a surrogate pair becomes U+FFFD. Throws `SyntaxError` for an escape that is none.
 */
export function unescapeInPlace(bytes: Buffer, from: number, end: number): number {
  // Of these alone: what follows them may be long.
  const first = bytes.subarray(from, end).indexOf(BACKSLASH);
  if (first < 0) return end;
  let at = from + first;
  let to = at;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== BACKSLASH) {
      bytes[to++] = byte;
      at += 1;
    } else if (bytes[at + 1] !== LETTER_U) {
      bytes[to++] = SHORT.get(bytes[at + 1] ?? 0) ?? noEscape();
      at += 2;
    } else {
      const character = characterAt(bytes, at, end);
      to = writeUtf8(bytes, to, isHalf(character) ? REPLACEMENT : character);
      at += character > 0xffff ? 12 : 6;
    }
  }
  return to;
}

/** The character of a `\u`, or of two that are a surrogate pair. */
function characterAt(bytes: Buffer, at: number, end: number): number {
  const unit = unitAt(bytes, at, end);
  if (unit < 0xd800 || unit > 0xdbff || bytes[at + 6] !== BACKSLASH || bytes[at + 7] !== LETTER_U) return unit;
  const next = unitAt(bytes, at + 6, end);
  return next < 0xdc00 || next > 0xdfff ? unit : 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
}

function unitAt(bytes: Buffer, at: number, end: number): number {
  if (at + 6 > end) noEscape();
  let unit = 0;
  for (let place = at + 2; place < at + 6; place += 1) unit = unit * 16 + digitOf(bytes[place] as number);
  return unit;
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  // Upper and lower letters differ in one bit.
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : noEscape();
}

function isHalf(character: number): boolean {
  return character >= 0xd800 && character <= 0xdfff;
}

function writeUtf8(bytes: Buffer, to: number, character: number): number {
  if (character < 0x80) {
    bytes[to] = character;
    return to + 1;
  }
  const [size, leading] = character < 0x800 ? TWO : character < 0x10000 ? THREE : FOUR;
  let rest = character;
  for (let place = to + size - 1; place > to; place -= 1) {
    bytes[place] = 0x80 | (rest & 0x3f);
    rest >>= 6;
  }
  bytes[to] = leading | rest;
  return to + size;
}

// Bytes of a character, and the bits that it begins with (RFC 3629, section 3).
const TWO = [2, 0xc0] as const;
const THREE = [3, 0xe0] as const;
const FOUR = [4, 0xf0] as const;

function noEscape(): never {
  throw new SyntaxError('an escape that is none');
}
