import type { BodyReader } from './body-reader.ts';

/** A body whose type does not tell what it is: its first bytes do. */
export class UntypedBody implements BodyReader {
  readonly #choose: (areEvents: boolean) => BodyReader;

  constructor(choose: (areEvents: boolean) => BodyReader) {
    this.#choose = choose;
  }

  data(chunk: Buffer): void {
    this.#choose(areEvents(chunk.toString('latin1', 0, LONGEST_START))).data(chunk);
  }

  end(): void {
    this.#choose(false).end();
  }

  fail(error: unknown): void {
    this.#choose(false).fail(error);
  }
}

function areEvents(start: string): boolean {
  return FIRST_LINE.test(start) || FIELDS.some((field) => field.startsWith(start));
}

const LONGEST_START = 64;
const FIELDS = ['data:', 'event:'];
// A field of server-sent events or a comment, after a byte order mark and empty lines if there are any.
const FIRST_LINE = /^(?:\u00EF\u00BB\u00BF)?[\r\n]*(?:(?:data|event|id|retry):|: ?[\w-])/;
