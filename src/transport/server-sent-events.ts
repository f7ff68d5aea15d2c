import type { ServerSentEvent } from '../core/transport.ts';
import { TransportError } from '../core/transport-error.ts';
import { ChunkQueue } from './chunk-queue.ts';
import type { EventDecoder } from './event-decoder.ts';

/**
 * Decodes a `text/event-stream` as the HTML standard says, with one leniency: data that the end of the stream
 * leaves without its blank line is dispatched, because many hosts omit it. `id` and `retry` are ignored, and so is an
 * event whose data is blank, which some hosts send as a sign of life.
 * Throws `TransportError` `too-large` for an event or a line beyond `maxEventBytes`.
 */
export class ServerSentEventDecoder implements EventDecoder<ServerSentEvent> {
  readonly chunks = new ChunkQueue();
  readonly #maxEventBytes: number;
  /** The whole lines of what was opened last, decoded together, and where the next one begins. */
  #text = '';
  #position = 0;
  /** True if each unit of the text is one byte. */
  #isAscii = true;
  // Positions in the text at or after #position, or its length if it has none; each unit is searched once for each.
  #lineFeedAt = 0;
  #carriageReturnAt = 0;
  /** What follows the text in its chunk: the start of a line that goes on in the next one. */
  #rest: Buffer = NOTHING;
  #afterCarriageReturn = false;
  #beforeFirstLine = true;
  // The line that began in an earlier chunk.
  #partial: Buffer = NOTHING;
  #partialLength = 0;
  #data: string | undefined;
  #event = '';
  #lastName = '';
  /** The name of the event before, and how one of that name begins, up to its data. */
  #usualName = DEFAULT_NAME;
  #usualHead = USUAL_FIELD;
  #eventBytes = 0;
  #ended = false;

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  push(bytes: Uint8Array): void {
    this.chunks.push(bytes);
  }

  end(): void {
    this.#ended = true;
  }

  next(): ServerSentEvent | undefined {
    while (this.#position < this.#text.length || this.#openChunk()) {
      while (this.#position < this.#text.length) {
        const start = this.#position;
        const event = this.#usual(start) ?? this.#line(start, this.#lineEnd(start));
        if (event !== undefined) return event;
      }
    }
    return this.#ended ? this.#last() : undefined;
  }

  /** The whole lines of the next chunk; what the one before left of a line comes before them. */
  #openChunk(): boolean {
    this.#keepRest();
    // What has been read is not kept for as long as somebody still holds the decoder.
    this.#text = '';
    this.#position = 0;
    const chunk = this.chunks.shift();
    if (chunk === undefined) return false;
    const start = this.#afterCarriageReturn && chunk[0] === LINE_FEED ? 1 : 0;
    const end = afterLastLine(chunk);
    this.#afterCarriageReturn = end === chunk.length && chunk[end - 1] === CARRIAGE_RETURN;
    this.#rest = end === chunk.length ? NOTHING : chunk.subarray(Math.max(start, end));
    if (end > start) this.#openLines(chunk, start, end);
    return true;
  }

  #openLines(chunk: Buffer, start: number, end: number): void {
    if (this.#partialLength === 0) this.#openText(chunk, start, end);
    else {
      this.#append(chunk, start, end);
      this.#openText(this.#partial, 0, this.#partialLength);
      this.#partialLength = 0;
    }
  }

  #openText(bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString('utf8', start, end);
    this.#text = text;
    this.#isAscii = text.length === end - start;
    this.#lineFeedAt = -1;
    this.#carriageReturnAt = -1;
    this.#position = 0;
    if (!this.#beforeFirstLine) return;
    this.#beforeFirstLine = false;
    if (text.charCodeAt(0) === BYTE_ORDER_MARK) this.#position = 1;
  }

  /** The event that starts there if it is in the words of the one before, and whole: its lines are read in one step. */
  #usual(start: number): ServerSentEvent | undefined {
    const text = this.#text;
    const head = this.#usualHead;
    const dataStart = start + head.length;
    // The engine compares two strings much faster than it answers `startsWith` of a long one.
    if (this.#eventBytes > 0 || text.slice(start, dataStart) !== head) return undefined;
    const lineFeedAt = indexOf(text, '\n', dataStart);
    const end = Math.min(lineFeedAt, this.#findCarriageReturn(start));
    const next = behindBlankLine(text, end, lineFeedAt);
    if (next === undefined || (end - start) * MOST_BYTES_PER_UNIT > this.#maxEventBytes) return undefined;
    const data = text.slice(dataStart, end);
    if (isBlank(data)) return undefined;
    this.#position = next;
    return { event: this.#usualName, data };
  }

  /** Where the line ends that starts there; the next one starts behind it. */
  #lineEnd(start: number): number {
    const text = this.#text;
    if (this.#lineFeedAt < start) this.#lineFeedAt = indexOf(text, '\n', start);
    const lineFeedAt = this.#lineFeedAt;
    const end = Math.min(lineFeedAt, this.#findCarriageReturn(start));
    this.#position = end < lineFeedAt && end + 1 === lineFeedAt && lineFeedAt < text.length ? end + 2 : end + 1;
    return end;
  }

  #findCarriageReturn(from: number): number {
    if (this.#carriageReturnAt < from) this.#carriageReturnAt = indexOf(this.#text, '\r', from);
    return this.#carriageReturnAt;
  }

  #keepRest(): void {
    const rest = this.#rest;
    if (rest.length === 0) return;
    this.#rest = NOTHING;
    if (this.#eventBytes + this.#partialLength + rest.length > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes);
    this.#append(rest, 0, rest.length);
  }

  /** Doubles the room if it is short, so that a line costs time linear in its length for any chunking. */
  #append(source: Buffer, start: number, end: number): void {
    const length = this.#partialLength + end - start;
    if (length > this.#partial.length) {
      const roomier = Buffer.allocUnsafe(Math.max(length, this.#partial.length * 2, SMALLEST_PARTIAL));
      this.#partial.copy(roomier, 0, 0, this.#partialLength);
      this.#partial = roomier;
    }
    source.copy(this.#partial, this.#partialLength, start, end);
    this.#partialLength = length;
  }

  #line(start: number, end: number): ServerSentEvent | undefined {
    if (start === end) return this.#dispatch();
    const text = this.#text;
    const first = text.charCodeAt(start);
    if (first === COLON) return undefined;
    this.#eventBytes += this.#isAscii ? end - start : Buffer.byteLength(text.slice(start, end));
    if (this.#eventBytes > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes);
    if (first === D && isField(text, start, end, 'data')) {
      const value = text.slice(valueStart(text, start + 4), end);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (first === E && isField(text, start, end, 'event')) {
      this.#event = this.#name(text, valueStart(text, start + 5), end);
    } else if (first === LEFT_BRACE && this.#data === undefined) {
      // No field is named so: JSON without its `data:`, as some hosts write errors and whole answers into a stream.
      this.#data = text.slice(start, end);
      return this.#dispatch();
    }
    return undefined;
  }

  /** Most events have the name of the one before. */
  #name(text: string, start: number, end: number): string {
    const last = this.#lastName;
    if (end - start !== last.length || !text.startsWith(last, start)) this.#lastName = text.slice(start, end);
    return this.#lastName;
  }

  #dispatch(): ServerSentEvent | undefined {
    const data = this.#data;
    const event = this.#event;
    this.#data = undefined;
    this.#event = '';
    this.#eventBytes = 0;
    if (data === undefined || isBlank(data)) return undefined;
    this.#usualName = event === '' ? DEFAULT_NAME : event;
    this.#usualHead = event === '' ? USUAL_FIELD : `event: ${event}\n${USUAL_FIELD}`;
    return { event: this.#usualName, data };
  }

  #last(): ServerSentEvent | undefined {
    const length = this.#partialLength;
    this.#partialLength = 0;
    if (length > 0) {
      this.#openText(this.#partial, 0, length);
      const start = this.#position;
      this.#position = this.#text.length;
      const event = start < this.#text.length ? this.#line(start, this.#text.length) : undefined;
      if (event !== undefined) return event;
    }
    return this.#dispatch();
  }
}

const NOTHING = Buffer.alloc(0);
const DEFAULT_NAME = 'message';
const USUAL_FIELD = 'data: ';
const MOST_BYTES_PER_UNIT = 3;
const SMALLEST_PARTIAL = 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;
const COLON = 0x3a;
const SPACE = 0x20;
const D = 0x64;
const E = 0x65;
const LEFT_BRACE = 0x7b;

/** Behind the last line end of a chunk; zero if it has none. */
function afterLastLine(chunk: Buffer): number {
  const { length } = chunk;
  if (chunk[length - 1] === LINE_FEED) return length;
  return Math.max(chunk.lastIndexOf(LINE_FEED), chunk.lastIndexOf(CARRIAGE_RETURN)) + 1;
}

/** Behind the blank line that follows a line; undefined if the two do not end alike, with one line feed each, or none follows. */
function behindBlankLine(text: string, end: number, lineFeedAt: number): number | undefined {
  const next = lineFeedAt + 1;
  if (end === lineFeedAt) return text.charCodeAt(next) === LINE_FEED ? next + 1 : undefined;
  if (end !== lineFeedAt - 1) return undefined;
  return text.charCodeAt(next) === CARRIAGE_RETURN && text.charCodeAt(next + 1) === LINE_FEED ? next + 2 : undefined;
}

function indexOf(text: string, unit: string, from: number): number {
  const index = text.indexOf(unit, from);
  return index === -1 ? text.length : index;
}

function isField(text: string, start: number, end: number, name: string): boolean {
  const nameEnd = start + name.length;
  return nameEnd <= end && (nameEnd === end || text.charCodeAt(nameEnd) === COLON) && text.startsWith(name, start);
}

/** Behind the colon and one space; a line that is the bare name has nothing there. */
function valueStart(text: string, nameEnd: number): number {
  return nameEnd + (text.charCodeAt(nameEnd + 1) === SPACE ? 2 : 1);
}

function isBlank(data: string): boolean {
  return data === '' || (data.charCodeAt(0) <= SPACE && data.trim() === '');
}

function tooLarge(maxEventBytes: number): TransportError {
  return new TransportError('too-large', `an event of the stream is larger than ${maxEventBytes} bytes`);
}
