import { parseObject } from './parse-object.ts';

/** In UTF-16 units: making values of so much takes a few milliseconds. */
const MOST_READ = 512 * 1024;

/**
 * Reads the results of one request's calls for wires that want objects: the first of them, to a bound together. Results can be
 * most of a large body, and have any number of items; what follows stays a text, so that equal beginnings stay equal.
 */
export class ResultReader {
  #left = MOST_READ;

  /** The JSON object that a result is; undefined if it is none, or stays a text. */
  objectIn(text: string): Record<string, unknown> | undefined {
    this.#left -= text.length;
    return this.#left < 0 ? undefined : parseObject(text);
  }
}
