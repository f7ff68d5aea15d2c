/**
 * The value of a JSON text that ends too early, as if it were closed where it ends: a text keeps what came of it; a name, a
 * number and a literal that may go on are left out. Undefined if the text is whole, or no JSON up to its end.
 */
export function closedJson(text: string): unknown {
  const end = endOf(text);
  if (end === undefined) return undefined;
  try {
    return JSON.parse(end.whole + end.closers) as unknown;
  } catch {
    return undefined;
  }
}

const OPEN_VALUE = /^(?:t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?|-|-?\d[-+.\deE]*)?$/;
const OPEN_ESCAPE = /^\\(?:u[\da-fA-F]{0,3})?$/;

const DEEPEST = 512;

/** Where a text ends: what of it is whole, and what closes all that is open there. */
interface End {
  readonly whole: string;
  readonly closers: string;
}

function endOf(text: string): End | undefined {
  const open: string[] = [];
  let isInText = false;
  let isName = false;
  let escapeAt = Number.NEGATIVE_INFINITY;
  let wholeUpTo = 0;
  /** Behind the last mark or text: a number or a literal, if anything. */
  let restAt = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (isInText) {
      if (unit === BACKSLASH) {
        escapeAt = at;
        at += 1;
      }
      if (unit !== QUOTE) continue;
      isInText = false;
      if (!isName) wholeUpTo = at + 1;
    } else if (unit === QUOTE) isInText = true;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      isName = unit === OPEN_BRACE;
      if (open.push(isName ? '}' : ']') > DEEPEST) return undefined;
      wholeUpTo = at + 1;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      open.pop();
      wholeUpTo = at + 1;
    } else if (unit === COMMA) {
      isName = open.at(-1) === '}';
      wholeUpTo = at;
    } else if (unit === COLON) isName = false;
    else continue;
    restAt = at + 1;
  }
  if (open.length === 0) return undefined;
  const closers = open.reverse().join('');
  if (isInText && !isName) return { whole: withoutOpenEscape(text, escapeAt), closers: `"${closers}` };
  if (!isInText && !OPEN_VALUE.test(text.slice(restAt).trim())) return undefined;
  return { whole: text.slice(0, wholeUpTo), closers };
}

function withoutOpenEscape(text: string, escapeAt: number): string {
  const isOpen = escapeAt >= text.length - LONGEST_ESCAPE && OPEN_ESCAPE.test(text.slice(escapeAt));
  return isOpen ? text.slice(0, escapeAt) : text;
}

const LONGEST_ESCAPE = 6;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
