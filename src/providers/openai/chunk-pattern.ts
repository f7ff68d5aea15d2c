import { LONGEST_BY_PATTERN } from '../quoted-text.ts';
import { isRecord } from './wire-types.ts';

/** What a chunk says in the words of the pattern: all but the text is the same each time. */
interface Form {
  /** Up to the text, its opening quote included. */
  readonly before: string;
  /** From its closing quote; to the end, or to the padding that some hosts add. */
  readonly after: string;
  readonly isPadded: boolean;
  readonly chunk: Record<string, unknown>;
  readonly choice: Record<string, unknown>;
}

/**
 * Reads the chunks of one chat stream. Nearly all of them are the one before with another text: such a one is read in a part
 * of the time that JSON takes. Any other is left to the parser, and shows what the next ones may look like.
 */
export class ChunkPattern {
  #form: Form | undefined;
  #triesLeft = MOST_TRIES;

  /** The chunk; throws `SyntaxError` if it is no JSON. */
  read(data: string): unknown {
    const known = this.#form && readAs(this.#form, data);
    if (known !== undefined) return known;
    const chunk: unknown = JSON.parse(data);
    if (this.#triesLeft > 0 && data.length <= LONGEST_BY_PATTERN) this.#learn(data);
    return chunk;
  }

  #learn(data: string): void {
    const form = formOf(data);
    if (form === undefined) return;
    this.#form = form;
    this.#triesLeft -= 1;
  }
}

// A stream whose chunks differ elsewhere is not worth the look.
const MOST_TRIES = 4;

const TEXT = '"delta":{"content":"';
// OpenAI's, so that the length of an event tells nothing of its text.
const PADDING = ',"obfuscation":"';
const END = '"}';
// A text that no chunk has, so that it is seen where the pattern puts it.
const PROBE = '\u2063tollgate\u2063';

function readAs({ before, after, isPadded, chunk, choice }: Form, data: string): unknown {
  const start = before.length;
  // The engine compares two strings much faster than it answers `startsWith` of a long one.
  if (data.slice(0, start) !== before) return undefined;
  const end = data.indexOf('"', start);
  const rest = end + after.length;
  if (end < 0 || data.slice(end, rest) !== after) return undefined;
  if (!isPadded && rest !== data.length) return undefined;
  const text = data.slice(start, end);
  if (NOT_PLAIN.test(text)) return undefined;
  const read = { ...chunk, choices: [{ ...choice, delta: { content: text } }] };
  if (!isPadded) return read;
  const padding = data.slice(rest, -END.length);
  if (!data.endsWith(END) || rest + padding.length + END.length !== data.length || NOT_PLAIN.test(padding)) return undefined;
  return Object.assign(read, { obfuscation: padding });
}

/** What must be escaped in a text, what escapes, and some that need not be. */
const NOT_PLAIN = /["\\\p{Cc}]/u;

/** The form of a chunk that is nothing but a piece of text in one choice. */
function formOf(data: string): Form | undefined {
  const at = data.indexOf(TEXT);
  if (at < 1 || (data[at - 1] !== ',' && data[at - 1] !== '{') || data.includes(PROBE)) return undefined;
  const before = data.slice(0, at + TEXT.length);
  const end = data.indexOf('"', before.length);
  const rest = data.slice(end);
  const padding = rest.indexOf(PADDING);
  const isPadded = padding >= 0;
  const after = isPadded ? rest.slice(0, padding + PADDING.length) : rest;
  const probed = parsed(`${before}${PROBE}${after}${isPadded ? PROBE + END : ''}`);
  if (!isRecord(probed) || !Array.isArray(probed.choices) || probed.choices.length !== 1) return undefined;
  const { choices, ...others } = probed;
  const [choice] = choices;
  if (!isRecord(choice) || !isRecord(choice.delta) || !hasOnlyText(choice.delta)) return undefined;
  if (isPadded !== (others.obfuscation === PROBE)) return undefined;
  if (!areSimple(others) || !areSimple({ ...choice, delta: undefined })) return undefined;
  return { before, after, isPadded, chunk: { ...probed }, choice: { ...choice } };
}

function hasOnlyText(delta: Record<string, unknown>): boolean {
  return delta.content === PROBE && Object.keys(delta).length === 1;
}

/** Whether a copy of the fields has nothing in common with them. */
function areSimple(fields: Record<string, unknown>): boolean {
  return Object.values(fields).every((value) => typeof value !== 'object' || value === null);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
