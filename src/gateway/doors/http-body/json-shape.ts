import type { HandlerLimits } from '../../../core/plan.ts';
import { InvalidParamsError } from '../../../errors/invalid-params-error.ts';

/**
 * What parsing, checking, measuring and writing an item takes, in units of about 0.1 µs: an item is what a comma or a
 * bracket begins. A name costs most, since every further one makes another shape of object.
 */
const UNITS = { item: 1, text: 3, container: 2, name: 14 } as const;

/** A longer text is searched for its end, in bytes. */
const SHORT_TEXT = 32;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

type JsonLimits = Pick<HandlerLimits, 'maxNesting' | 'maxItems'>;

/**
 * Follows a JSON text byte by byte before it is parsed, and refuses one that nests too deeply or has too many items: the
 * parser, and all that goes through the value after it, would hold the event loop or end the process.
 */
export class JsonShape {
  readonly #limits: JsonLimits;
  #depth = 0;
  #units = 0;
  #inText = false;
  #escaped = false;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  /** Follows the next bytes. Throws `InvalidParamsError`. */
  follow(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at = this.#inText ? this.#followText(bytes, at) : this.#followStructure(bytes, at);
    if (this.#units > this.#limits.maxItems)
      throw new InvalidParamsError('body', 'expected fewer items: lists and fields are too many');
  }

  /** Follows a text that is all of some JSON, or none; its items count with those before. */
  followWhole(bytes: Uint8Array): void {
    this.#depth = 0;
    this.#inText = false;
    this.#escaped = false;
    this.follow(bytes);
  }

  /** Goes on to what follows the text, and gives its place; a long one is searched, since that is much faster. */
  #followText(bytes: Uint8Array, from: number): number {
    const until = Math.min(from + SHORT_TEXT, bytes.length);
    for (let at = from; at < until; at += 1) {
      if (this.#escaped) this.#escaped = false;
      else if (bytes[at] === BACKSLASH) this.#escaped = true;
      else if (bytes[at] === QUOTE) {
        this.#inText = false;
        return at + 1;
      }
    }
    if (this.#escaped) return until;
    const found = bytes.indexOf(QUOTE, until);
    const end = found < 0 ? bytes.length : found;
    let run = end;
    while (run > until && bytes[run - 1] === BACKSLASH) run -= 1;
    // What stands before `end` is escaped by an odd number of backslashes.
    this.#escaped = (end - run) % 2 === 1;
    return end;
  }

  /** Goes on to the next text, and gives the place in it. */
  #followStructure(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#inText = true;
        this.#units += UNITS.text;
        return at + 1;
      }
      if (byte === COMMA) this.#units += UNITS.item;
      else if (byte === COLON) this.#units += UNITS.name;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#deeper();
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.#depth -= 1;
    }
    return bytes.length;
  }

  #deeper(): void {
    this.#units += UNITS.container;
    this.#depth += 1;
    if (this.#depth > this.#limits.maxNesting)
      throw new InvalidParamsError('body', `expected at most ${this.#limits.maxNesting} levels of nesting`);
  }
}
