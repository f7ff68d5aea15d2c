import { InvalidParamsError } from '../../../errors/invalid-params-error.ts';

/** What stands before a part's content. */
export interface PartHead {
  readonly name: string;
  /** Undefined if the part is a field and no file. */
  readonly filename: string | undefined;
  readonly type: string;
}

/** Who takes the parts of a form as they come; each verb is awaited, so that a slow taker slows the sender. */
export interface PartTaker {
  begin(head: PartHead): void;
  content(bytes: Uint8Array): void | Promise<void>;
  end(): void | Promise<void>;
}

const LONGEST_HEAD_BYTES = 16 * 1024;
const LONGEST_NAME = 256;
const MOST_PARTS = 1_000;
// RFC 2046 section 5.1.1.
const LONGEST_BOUNDARY = 70;

/** Takes a multipart form apart while it arrives (RFC 7578); holds a part's head, and of its content no more than a chunk. */
export class MultipartParser {
  readonly #delimiter: Buffer;
  readonly #taker: PartTaker;
  #state: 'preamble' | 'boundary' | 'head' | 'content' | 'epilogue' = 'preamble';
  // The first boundary has no line before it.
  #rest: Buffer = Buffer.from('\r\n');
  #parts = 0;

  /** Throws `InvalidParamsError` if the content type has no boundary. */
  constructor(contentType: string, taker: PartTaker) {
    const { quoted, bare } = /;\s*boundary=(?:"(?<quoted>[^"]+)"|(?<bare>[^\s;"]+))/i.exec(contentType)?.groups ?? {};
    const boundary = quoted ?? bare;
    if (boundary === undefined || boundary.length > LONGEST_BOUNDARY) throw malformed('a boundary in the content type');
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#taker = taker;
  }

  async push(chunk: Uint8Array): Promise<void> {
    this.#rest =
      this.#rest.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : Buffer.concat([this.#rest, chunk]);
    let goesOn = true;
    while (goesOn) goesOn = await this.#step();
  }

  /** Throws `InvalidParamsError` if the form has no end. */
  finish(): void {
    if (this.#state !== 'epilogue') throw malformed('its last boundary');
  }

  /** Whether there is more to do with what has arrived. */
  #step(): boolean | Promise<boolean> {
    switch (this.#state) {
      case 'preamble':
        return this.#skip();
      case 'boundary':
        return this.#readBoundary();
      case 'head':
        return this.#readHead();
      case 'content':
        return this.#readContent();
      case 'epilogue':
        this.#rest = Buffer.alloc(0);
        return false;
    }
  }

  #skip(): boolean {
    const at = this.#rest.indexOf(this.#delimiter);
    if (at < 0) {
      this.#rest = this.#rest.subarray(Math.max(0, this.#rest.length - this.#delimiter.length + 1));
      return false;
    }
    this.#rest = this.#rest.subarray(at + this.#delimiter.length);
    this.#state = 'boundary';
    return true;
  }

  #readBoundary(): boolean {
    if (this.#rest.length < 2) return false;
    const next = this.#rest.toString('latin1', 0, 2);
    if (next !== '--' && next !== '\r\n') throw malformed('a line break after each boundary');
    this.#state = next === '--' ? 'epilogue' : 'head';
    // The break stays: a head without lines ends at it.
    if (next === '--') this.#rest = this.#rest.subarray(2);
    return true;
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end > LONGEST_HEAD_BYTES || (end < 0 && this.#rest.length > LONGEST_HEAD_BYTES))
      throw malformed('shorter heads of its parts');
    if (end < 0) return false;
    this.#parts += 1;
    if (this.#parts > MOST_PARTS) throw malformed(`at most ${MOST_PARTS} parts`);
    this.#taker.begin(toHead(this.#rest.toString('utf8', 0, end)));
    this.#rest = this.#rest.subarray(end + 4);
    this.#state = 'content';
    return true;
  }

  async #readContent(): Promise<boolean> {
    const at = this.#rest.indexOf(this.#delimiter);
    const until = at < 0 ? this.#rest.length - this.#delimiter.length + 1 : at;
    if (until > 0) await this.#taker.content(this.#rest.subarray(0, until));
    if (at < 0) {
      if (until > 0) this.#rest = this.#rest.subarray(until);
      return false;
    }
    this.#rest = this.#rest.subarray(at + this.#delimiter.length);
    this.#state = 'boundary';
    await this.#taker.end();
    return true;
  }
}

function toHead(text: string): PartHead {
  const lines = new Map(
    text
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => [
        line
          .slice(0, Math.max(0, line.indexOf(':')))
          .trim()
          .toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );
  const disposition = lines.get('content-disposition') ?? '';
  const name = parameter(disposition, 'name');
  if (!/^form-data\b/i.test(disposition) || name === undefined) throw malformed('the name of each part');
  if (name.length > LONGEST_NAME) throw malformed('shorter names of its parts');
  const filename = extended(disposition) ?? parameter(disposition, 'filename');
  return { name, filename, type: lines.get('content-type') ?? '' };
}

/** As browsers and OpenAI's clients write it (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data). */
function parameter(disposition: string, name: string): string | undefined {
  const { quoted, bare } =
    new RegExp(`;\\s*${name}=(?:"(?<quoted>(?:\\\\"|[^"])*)"|(?<bare>[^\\s;"]+))`, 'i').exec(disposition)?.groups ?? {};
  return (quoted ?? bare)?.replaceAll('\\"', '"').replaceAll(/%(22|0D|0A)/gi, (encoded) => decodeURIComponent(encoded));
}

/** `filename*=utf-8''…` of RFC 5987, which some clients send beside or instead of the other. */
function extended(disposition: string): string | undefined {
  const encoded = /;\s*filename\*=utf-8'[^']*'(?<encoded>[^\s;]+)/i.exec(disposition)?.groups?.encoded;
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function malformed(expected: string): InvalidParamsError {
  return new InvalidParamsError('body', `expected a valid multipart form: ${expected}`);
}
