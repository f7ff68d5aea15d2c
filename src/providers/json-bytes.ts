import { endOfNumbers, textOfNumbers } from '../core/number-runs.ts';
import { ByteRoom } from './byte-room.ts';

/** Most characters that are made one piece of text; a longer text is written in parts. */
const PIECE = 16 * 1024;

/**
 * The JSON of plain data as UTF-8 bytes, without ever holding it as text: a single wide character would make every one of
 * that text two bytes. `expected`: about how many bytes it will have. What is undefined is left out, as `JSON.stringify`
 * does.
 */
export function jsonBytes(value: object, expected: number): Uint8Array {
  const writer = new JsonWriter(expected + PIECE);
  writer.write(value);
  return writer.take();
}

class JsonWriter {
  readonly #room: ByteRoom;
  /** What is still to be made bytes of. */
  #text = '';

  constructor(expected: number) {
    this.#room = new ByteRoom(expected);
  }

  write(value: unknown): void {
    if (typeof value === 'string') this.#writeText(value);
    else if (Array.isArray(value)) this.#writeList(value);
    else if (typeof value === 'object' && value !== null && !('toJSON' in value)) this.#writeObject(value);
    else this.#add(JSON.stringify(value) ?? 'null');
  }

  take(): Uint8Array {
    this.#flush();
    return this.#room.take();
  }

  #writeList(items: readonly unknown[]): void {
    this.#add('[');
    let index = 0;
    while (index < items.length) {
      if (index > 0) this.#add(',');
      const end = endOfNumbers(items, index);
      if (end > index) this.#add(textOfNumbers(items, index, end));
      else this.write(items[index]);
      index = Math.max(end, index + 1);
    }
    this.#add(']');
  }

  #writeObject(fields: object): void {
    let before = '{';
    for (const name of Object.keys(fields)) {
      const value = (fields as Record<string, unknown>)[name];
      if (value === undefined) continue;
      this.#add(before);
      this.#writeText(name);
      this.#add(':');
      this.write(value);
      before = ',';
    }
    this.#add(before === '{' ? '{}' : '}');
  }

  #writeText(text: string): void {
    if (text.length <= PIECE) {
      this.#add(JSON.stringify(text));
      return;
    }
    this.#add('"');
    let from = 0;
    while (from < text.length) {
      let to = from + PIECE;
      // A surrogate pair stays together.
      if ((text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to -= 1;
      this.#add(JSON.stringify(text.slice(from, to)).slice(1, -1));
      from = to;
    }
    this.#add('"');
  }

  #add(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE) this.#flush();
  }

  #flush(): void {
    this.#room.addText(this.#text);
    this.#text = '';
  }
}
