import { crc32 } from 'node:zlib';
import type { AwsEvent } from '../core/transport.ts';
import { TransportError } from '../core/transport-error.ts';
import { ChunkQueue } from './chunk-queue.ts';
import type { EventDecoder } from './event-decoder.ts';

/**
 * Decodes `application/vnd.amazon.eventstream`: frames of a prelude (total length, headers' length, checksum of both),
 * headers, a payload and a checksum of all before it. Throws `TransportError`: `malformed-answer` for a wrong checksum
 * or length, `too-large` for a frame beyond `maxEventBytes`, `closed-in-answer` if the stream ends inside a frame.
 */
export class AwsEventDecoder implements EventDecoder<AwsEvent> {
  readonly chunks = new ChunkQueue();
  readonly #maxEventBytes: number;
  #chunk: Buffer = NOTHING;
  #position = 0;
  // The frame that began in an earlier chunk: first its prelude, then all of it.
  #partial: Buffer = NOTHING;
  #partialLength = 0;
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

  next(): AwsEvent | undefined {
    while (this.#position < this.#chunk.length || this.#openChunk()) {
      const frame = this.#partialLength === 0 ? this.#wholeFrame() : this.#partialFrame();
      if (frame !== undefined) return toEvent(frame);
    }
    if (!this.#ended || this.#partialLength === 0) return undefined;
    throw new TransportError('closed-in-answer', 'the event stream ended inside a frame');
  }

  #openChunk(): boolean {
    const chunk = this.chunks.shift();
    if (chunk === undefined) return false;
    this.#chunk = chunk;
    this.#position = 0;
    return true;
  }

  /** A frame that lies in the chunk as a whole, not copied; else what there is of it becomes the partial frame. */
  #wholeFrame(): Buffer | undefined {
    const left = this.#chunk.length - this.#position;
    const length = left < PRELUDE_BYTES ? PRELUDE_BYTES : this.#frameLength(this.#chunk, this.#position);
    if (left >= length) {
      const frame = this.#chunk.subarray(this.#position, this.#position + length);
      this.#position += length;
      return frame;
    }
    this.#partial = Buffer.allocUnsafe(length);
    this.#fill();
    return undefined;
  }

  #partialFrame(): Buffer | undefined {
    this.#fill();
    if (this.#partialLength < this.#partial.length) return undefined;
    if (this.#partial.length > PRELUDE_BYTES) {
      this.#partialLength = 0;
      return this.#partial;
    }
    const frame = Buffer.allocUnsafe(this.#frameLength(this.#partial, 0));
    this.#partial.copy(frame);
    this.#partial = frame;
    return undefined;
  }

  #fill(): void {
    const copied = this.#chunk.copy(this.#partial, this.#partialLength, this.#position);
    this.#partialLength += copied;
    this.#position += copied;
  }

  #frameLength(bytes: Buffer, start: number): number {
    const length = bytes.readUInt32BE(start);
    const headersLength = bytes.readUInt32BE(start + 4);
    if (crc32(bytes.subarray(start, start + 8)) !== bytes.readUInt32BE(start + 8)) throw malformed('a wrong prelude checksum');
    if (length > this.#maxEventBytes) {
      throw new TransportError('too-large', `a frame of the event stream is larger than ${this.#maxEventBytes} bytes`);
    }
    if (length < PRELUDE_BYTES + headersLength + CHECKSUM_BYTES) throw malformed('a wrong length');
    return length;
  }
}

const NOTHING = Buffer.alloc(0);
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;

function toEvent(frame: Buffer): AwsEvent {
  const payloadEnd = frame.length - CHECKSUM_BYTES;
  if (crc32(frame.subarray(0, payloadEnd)) !== frame.readUInt32BE(payloadEnd)) throw malformed('a wrong checksum');
  const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4);
  return { headers: readHeaders(frame, headersEnd), payload: frame.subarray(headersEnd, payloadEnd) };
}

const BYTE_ARRAY = 6;
const STRING = 7;
// Bytes of the types of fixed size: true, false, byte, short, integer, long, then timestamp and UUID.
const FIXED_SIZES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [8, 8],
  [9, 16],
]);

function readHeaders(frame: Buffer, headersEnd: number): Map<string, string> {
  const headers = new Map<string, string>();
  let position = PRELUDE_BYTES;
  while (position < headersEnd) {
    const nameEnd = position + 1 + frame.readUInt8(position);
    if (nameEnd >= headersEnd) throw malformed('a header that is cut');
    const type = frame.readUInt8(nameEnd);
    const hasLength = type === STRING || type === BYTE_ARRAY;
    const valueStart = nameEnd + (hasLength ? 3 : 1);
    const size = hasLength ? frame.readUInt16BE(nameEnd + 1) : FIXED_SIZES.get(type);
    if (size === undefined) throw malformed('a header of unknown type');
    if (valueStart + size > headersEnd) throw malformed('a header that is cut');
    if (type === STRING) {
      headers.set(frame.toString('utf8', position + 1, nameEnd), frame.toString('utf8', valueStart, valueStart + size));
    }
    position = valueStart + size;
  }
  return headers;
}

function malformed(what: string): TransportError {
  return new TransportError('malformed-answer', `a frame of the event stream has ${what}`);
}
