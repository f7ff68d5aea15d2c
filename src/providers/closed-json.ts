/**
 * The value of a JSON text that ends too early, as if it were closed where it ends: a text keeps what came of it, a number,
 * a name and a literal that may go on are `null` or left out. Undefined if the text is whole, or no JSON up to its end.
 */
export function closedJson(text: string): unknown {
  const end = endOf(text);
  if (end === undefined) return undefined;
  const { head, isInText, closers } = end;
  if (isInText) return parse(`${head}"${closers}`) ?? parse(`${head}":null${closers}`);
  const whole = head.replace(OPEN_LITERAL, '$1null');
  return (
    parse(whole + closers) ??
    parse(whole.replace(LAST_COMMA, '') + closers) ??
    parse(`${whole}null${closers}`) ??
    parse(`${whole}:null${closers}`)
  );
}

// A number or a literal may go on.
const OPEN_LITERAL = /([[,:\s])(?:t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?|-|-?\d[-+.\deE]{0,63})$/;
const LAST_COMMA = /,\s*$/;
const OPEN_ESCAPE = /^\\(?:u[\da-fA-F]{0,3})?$/;

const DEEPEST = 512;

/** Where a text ends: what of it is definite, whether it is within a string, and what closes all that is open. */
interface End {
  readonly head: string;
  readonly isInText: boolean;
  readonly closers: string;
}

function endOf(text: string): End | undefined {
  const open: string[] = [];
  let isInText = false;
  let escapeAt = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (isInText) {
      if (unit === BACKSLASH) {
        escapeAt = at;
        at += 1;
      } else if (unit === QUOTE) isInText = false;
    } else if (unit === QUOTE) isInText = true;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) open.push(unit === OPEN_BRACE ? '}' : ']');
    else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) open.pop();
  }
  if (open.length === 0 || open.length > DEEPEST) return undefined;
  const isOpenEscape = isInText && escapeAt >= text.length - LONGEST_ESCAPE && OPEN_ESCAPE.test(text.slice(escapeAt));
  return { head: isOpenEscape ? text.slice(0, escapeAt) : text, isInText, closers: open.reverse().join('') };
}

const LONGEST_ESCAPE = 6;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
