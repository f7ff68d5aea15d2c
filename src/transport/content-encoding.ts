import {
  type BrotliOptions,
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import { TransportError } from '../core/transport-error.ts';
import type { BodyControl, BodyReader } from './body-reader.ts';

/** The value of a `content-encoding` header, lower-case; undefined if the body is as it is. */
export function contentEncoding(headers: Readonly<Record<string, string>>): string | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  return encoding === '' || encoding === 'identity' ? undefined : encoding;
}

/** Decodes a whole body. Throws `TransportError`: `too-large` beyond `maxBytes`, `malformed-answer` if it cannot. */
export function decompress(body: Buffer, encoding: string, maxBytes: number): Buffer {
  try {
    const decoded = decode(body, encoding, { maxOutputLength: maxBytes });
    if (decoded !== undefined) return decoded;
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    throw isTooLarge ? new TransportError('too-large', `the answer is larger than ${maxBytes} bytes`) : malformed(error);
  }
  throw unknownEncoding();
}

/** Decodes a body that broke off as far as it goes; undefined if it is not in its coding. */
export function decompressSoFar(body: Buffer, encoding: string, maxBytes: number): Buffer | undefined {
  const finishFlush = encoding === 'br' ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  try {
    return decode(body, encoding, { maxOutputLength: maxBytes, finishFlush });
  } catch {
    return undefined;
  }
}

function decode(body: Buffer, encoding: string, options: ZlibOptions & BrotliOptions): Buffer | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(body, options);
    case 'deflate':
      return hasZlibHeader(body) ? inflateSync(body, options) : inflateRawSync(body, options);
    case 'br':
      return brotliDecompressSync(body, options);
    default:
      return undefined;
  }
}

/** Decodes a body while it arrives, between the answer and the reader of its body. */
export class StreamDecompressor implements BodyReader, BodyControl {
  readonly #encoding: string;
  readonly #control: BodyControl;
  #reader: BodyReader | undefined;
  #stream: ReturnType<typeof createDecompressor>;
  #readerPaused = false;

  constructor(encoding: string, control: BodyControl) {
    this.#encoding = encoding;
    this.#control = control;
  }

  /** Who gets the decoded bytes; before the first of them. */
  pipeTo(reader: BodyReader): void {
    this.#reader = reader;
  }

  data(chunk: Buffer): void {
    this.#stream ??= this.#open(chunk);
    if (this.#stream !== undefined && !this.#stream.write(chunk)) this.#control.pause();
  }

  end(): void {
    if (this.#stream === undefined) this.#reader?.end();
    else this.#stream.end();
  }

  fail(error: unknown): void {
    this.#stream?.destroy();
    this.#reader?.fail(error);
  }

  pause(): void {
    this.#readerPaused = true;
    this.#stream?.pause();
    this.#control.pause();
  }

  resume(): void {
    this.#readerPaused = false;
    this.#stream?.resume();
    if (!this.#stream?.writableNeedDrain) this.#control.resume();
  }

  startWaiting(): void {
    this.#control.startWaiting();
  }

  stopWaiting(): void {
    this.#control.stopWaiting();
  }

  close(): void {
    this.#stream?.destroy();
    this.#control.close();
  }

  #open(firstChunk: Buffer): ReturnType<typeof createDecompressor> {
    const stream = createDecompressor(this.#encoding, firstChunk);
    if (stream === undefined) {
      this.#control.close();
      this.#reader?.fail(unknownEncoding());
      return undefined;
    }
    stream.on('data', (chunk: Buffer) => this.#reader?.data(chunk));
    stream.on('end', () => this.#reader?.end());
    stream.on('drain', () => {
      if (!this.#readerPaused) this.#control.resume();
    });
    stream.on('error', (error) => {
      this.#control.close();
      this.#reader?.fail(malformed(error));
    });
    return stream;
  }
}

function createDecompressor(encoding: string, firstChunk: Buffer) {
  const flush = { flush: constants.Z_SYNC_FLUSH };
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(flush);
    case 'deflate':
      return hasZlibHeader(firstChunk) ? createInflate(flush) : createInflateRaw(flush);
    case 'br':
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH });
    default:
      return undefined;
  }
}

// `deflate` means the zlib format, whose first byte ends in 8 (RFC 1950), but some servers send bare deflate data.
function hasZlibHeader(body: Buffer): boolean {
  return ((body[0] ?? 0) & 0x0f) === 8;
}

function malformed(cause: unknown): TransportError {
  return new TransportError('malformed-answer', 'the compressed answer cannot be decoded', { cause });
}

function unknownEncoding(): TransportError {
  return new TransportError('malformed-answer', 'the answer has a content encoding that was not asked for');
}
