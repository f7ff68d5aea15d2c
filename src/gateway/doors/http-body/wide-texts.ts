import { unescapeInPlace } from './unescape-in-place.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const FIRST_PRINTABLE = 0x20;
const FIRST_BEYOND_ASCII = 0x80;

/** Begins each mark: no other text of the skeleton can begin so, since all with bytes beyond ASCII or with `\u` are taken out. */
const MARK = '\u00ff';

/**
 * The texts of some JSON that may hold characters of two bytes. A single one of those would widen every character of what
 * the engine parses; so these texts are decoded one by one, and the rest is parsed as a skeleton with a mark for each.
 */
export class WideTexts {
  readonly #bytes: Buffer;
  /** Where each begins and ends in the bytes, without its quotes. */
  readonly #places: number[] = [];
  #texts: string[] = [];

  /** Finds them. Throws `SyntaxError` if a text has no end, or holds what has to be escaped. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at)) at = this.#follow(at + 1);
  }

  /** The bytes with marks in the place of these texts; to be read as Latin 1. */
  skeleton(): Buffer {
    const marks = this.#places.length / 2;
    let length = this.#bytes.byteLength;
    for (let index = 0; index < marks; index += 1) {
      length += MARK.length + String(index).length - ((this.#places[2 * index + 1] ?? 0) - (this.#places[2 * index] ?? 0));
    }
    const skeleton = Buffer.allocUnsafeSlow(length);
    let from = 0;
    let to = 0;
    for (let index = 0; index < marks; index += 1) {
      to += this.#bytes.copy(skeleton, to, from, this.#places[2 * index]);
      to += skeleton.write(MARK + index, to, 'latin1');
      from = this.#places[2 * index + 1] ?? from;
    }
    this.#bytes.copy(skeleton, to, from);
    return skeleton;
  }

  /** Decodes them; of the bytes nothing is needed any more. Throws `SyntaxError` for an escape that is none. */
  decode(): void {
    const bytes = this.#bytes;
    for (let place = 0; place < this.#places.length; place += 2) {
      const from = this.#places[place] ?? 0;
      this.#texts.push(bytes.toString('utf8', from, unescapeInPlace(bytes, from, this.#places[place + 1] ?? from)));
    }
    this.#places.length = 0;
  }

  /** The parsed skeleton, its marks replaced by the texts, in place but for objects with a mark among their names. */
  restoredIn(value: unknown): unknown {
    if (typeof value === 'string') return this.#restored(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) this.#restoreAt(value as unknown[] & Holder, index);
      return value;
    }
    const names = Object.keys(value);
    if (names.some((name) => name.startsWith(MARK))) return this.#renamed(value);
    for (const name of names) this.#restoreAt(value as Holder, name);
    return value;
  }

  #restoreAt(holder: Holder, key: string | number): void {
    const value = holder[key];
    if (typeof value !== 'string' && typeof value !== 'object') return;
    const restored = this.restoredIn(value);
    // A name of `__proto__` is an own one here, and has its value itself; assigned, it would be the prototype.
    if (restored !== value) Object.defineProperty(holder, key, { value: restored, ...PLAIN });
  }

  /** Of a name that came twice, once with a mark and once without, the value with the mark counts. */
  #renamed(value: object): object {
    const renamed = {};
    for (const [name, item] of Object.entries(value))
      Object.defineProperty(renamed, this.#restored(name), { value: this.restoredIn(item), ...PLAIN });
    return renamed;
  }

  #restored(text: string): string {
    return text.startsWith(MARK) ? (this.#texts[Number(text.slice(MARK.length))] ?? '') : text;
  }

  /** Follows a text to its end, and gives the place behind it. */
  #follow(from: number): number {
    const bytes = this.#bytes;
    let isWide = false;
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte >= FIRST_BEYOND_ASCII) isWide = true;
      else if (byte < FIRST_PRINTABLE) break;
      else if (byte === BACKSLASH) {
        at += 1;
        if (bytes[at] === LETTER_U) isWide = true;
      } else if (byte === QUOTE) {
        if (isWide) this.#places.push(from, at);
        return at + 1;
      }
    }
    throw new SyntaxError('a text without its end');
  }
}

type Holder = { [key: string | number]: unknown };

const PLAIN = { writable: true, enumerable: true, configurable: true } as const;
