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
  #chunk: Buffer = NOTHING;
  #position = 0;
  // Positions in the chunk at or after #position, or its length where it has none; each byte is searched once for each.
  #lineFeedAt = 0;
  #carriageReturnAt = 0;
  #afterCarriageReturn = false;
  #beforeFirstLine = true;
  // The line that began in an earlier chunk.
  #partial: Buffer = NOTHING;
  #partialLength = 0;
  #data: string | undefined;
  #event = '';
  /** Most events have the name of the one before, whose bytes are compared and not decoded again. */
  #lastName = '';
  #lastNameBytes: Buffer = NOTHING;
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
    while (this.#position < this.#chunk.length || this.#openChunk()) {
      const end = this.#lineEnd();
      if (end === this.#chunk.length) {
        this.#keepPartial();
        continue;
      }
      const event = this.#partialLength === 0 ? this.#line(this.#chunk, this.#position, end) : this.#partialLine(end);
      this.#afterCarriageReturn = this.#chunk[end] === CARRIAGE_RETURN;
      this.#position = end + 1;
      if (event !== undefined) return event;
    }
    return this.#ended ? this.#last() : undefined;
  }

  #openChunk(): boolean {
    const chunk = this.chunks.shift();
    if (chunk === undefined) return false;
    this.#chunk = chunk;
    this.#position = 0;
    this.#lineFeedAt = -1;
    this.#carriageReturnAt = -1;
    return true;
  }

  /** Where the line at the position ends; the chunk's length where it goes on in the next one. */
  #lineEnd(): number {
    const chunk = this.#chunk;
    if (this.#afterCarriageReturn) {
      this.#afterCarriageReturn = false;
      if (chunk[this.#position] === LINE_FEED) this.#position += 1;
    }
    const position = this.#position;
    if (chunk[position] === LINE_FEED) return position;
    if (this.#lineFeedAt < position) this.#lineFeedAt = indexOf(chunk, LINE_FEED, position);
    if (this.#carriageReturnAt < position) this.#carriageReturnAt = indexOf(chunk, CARRIAGE_RETURN, position);
    return Math.min(this.#lineFeedAt, this.#carriageReturnAt);
  }

  #keepPartial(): void {
    this.#append(this.#chunk, this.#position, this.#chunk.length);
    this.#chunk = NOTHING;
    this.#position = 0;
  }

  #partialLine(end: number): ServerSentEvent | undefined {
    this.#append(this.#chunk, this.#position, end);
    const length = this.#partialLength;
    this.#partialLength = 0;
    return this.#line(this.#partial, 0, length);
  }

  /** Doubles the room where it is short, so that a line costs time linear in its length for any chunking. */
  #append(source: Buffer, start: number, end: number): void {
    const length = this.#partialLength + end - start;
    if (this.#eventBytes + length > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes);
    if (length > this.#partial.length) {
      const roomier = Buffer.allocUnsafe(Math.max(length, this.#partial.length * 2, SMALLEST_PARTIAL));
      this.#partial.copy(roomier, 0, 0, this.#partialLength);
      this.#partial = roomier;
    }
    source.copy(this.#partial, this.#partialLength, start, end);
    this.#partialLength = length;
  }

  #line(bytes: Buffer, from: number, end: number): ServerSentEvent | undefined {
    let start = from;
    if (this.#beforeFirstLine) {
      this.#beforeFirstLine = false;
      if (end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3;
    }
    if (start === end) return this.#dispatch();
    if (bytes[start] === COLON) return undefined;
    this.#eventBytes += end - start;
    if (this.#eventBytes > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes);
    if (isField(bytes, start, end, DATA)) {
      const value = fieldValue(bytes, start + DATA.length, end);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (isField(bytes, start, end, EVENT)) {
      this.#event = this.#name(bytes, valueStart(bytes, start + EVENT.length), end);
    }
    return undefined;
  }

  #name(bytes: Buffer, start: number, end: number): string {
    const length = Math.max(0, end - start);
    if (length !== this.#lastNameBytes.length || !isAt(bytes, start, this.#lastNameBytes)) {
      this.#lastNameBytes = Buffer.from(bytes.subarray(start, start + length));
      this.#lastName = this.#lastNameBytes.toString('utf8');
    }
    return this.#lastName;
  }

  #dispatch(): ServerSentEvent | undefined {
    const data = this.#data;
    const event = this.#event;
    this.#data = undefined;
    this.#event = '';
    this.#eventBytes = 0;
    if (data === undefined || isBlank(data)) return undefined;
    return { event: event === '' ? 'message' : event, data };
  }

  #last(): ServerSentEvent | undefined {
    const length = this.#partialLength;
    this.#partialLength = 0;
    if (length > 0) this.#line(this.#partial, 0, length);
    return this.#dispatch();
  }
}

const NOTHING = Buffer.alloc(0);
const SMALLEST_PARTIAL = 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');

function indexOf(chunk: Buffer, byte: number, from: number): number {
  const index = chunk.indexOf(byte, from);
  return index === -1 ? chunk.length : index;
}

function isField(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  const nameEnd = start + name.length;
  return nameEnd <= end && (nameEnd === end || bytes[nameEnd] === COLON) && isAt(bytes, start, name);
}

function isAt(bytes: Buffer, start: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index += 1) {
    if (bytes[start + index] !== expected[index]) return false;
  }
  return true;
}

/** What follows the colon and one space; empty where the line is the bare name. */
function fieldValue(bytes: Buffer, nameEnd: number, end: number): string {
  const start = valueStart(bytes, nameEnd);
  return start < end ? bytes.toString('utf8', start, end) : '';
}

function valueStart(bytes: Buffer, nameEnd: number): number {
  return nameEnd + (bytes[nameEnd + 1] === SPACE ? 2 : 1);
}

function isBlank(data: string): boolean {
  return data === '' || (data.charCodeAt(0) <= SPACE && data.trim() === '');
}

function tooLarge(maxEventBytes: number): TransportError {
  return new TransportError('too-large', `an event of the stream is larger than ${maxEventBytes} bytes`);
}
