import { fieldTypes } from '../core/field-types.ts';
import { nextTurn } from '../core/next-turn.ts';
import { randomBoundary } from '../core/random.ts';
import { ByteRoom } from './byte-room.ts';

/** What is larger is written as it is read, without its length at the head. */
const MOST_COPIED_BYTES = 4_194_304;

export interface FormBody {
  readonly contentType: string;
  readonly body: Uint8Array | ReadableStream<Uint8Array>;
}

/**
 * A form as multipart (RFC 7578). Not by `new Response(form)`: Node reads all of its files at once whoever reads it how
 * slowly, and throws outside of every promise if its stream is cancelled meanwhile (24.21, "ReadableStream is already closed").
 */
export async function encodeForm(form: FormData): Promise<FormBody> {
  const boundary = randomBoundary();
  const contentType = `multipart/form-data; boundary=${boundary}`;
  const bytes = bytesIn(form);
  if (bytes > MOST_COPIED_BYTES) return { contentType, body: ReadableStream.from(piecesOf(form, boundary)) };
  const body = new ByteRoom(bytes);
  for await (const piece of piecesOf(form, boundary)) body.add(piece);
  return { contentType, body: body.take() };
}

async function* piecesOf(form: FormData, boundary: string): AsyncGenerator<Uint8Array> {
  const types = fieldTypes(form);
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withLineEnds(name))}"`;
    if (typeof value === 'string') {
      const typed = types.get(name);
      yield Buffer.from(`${head}${typed === undefined ? '' : `\r\nContent-Type: ${typed}`}\r\n\r\n`);
      yield* piecesOfText(value);
      yield Buffer.from('\r\n');
      continue;
    }
    const type = value.type || 'application/octet-stream';
    yield Buffer.from(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`);
    yield* value.stream();
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

/** As browsers do (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data). */
function escaped(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}

function withLineEnds(text: string): string {
  return text.replaceAll(/\r\n?|\n/g, '\r\n');
}

/** In UTF-16 units: what is written in one go. */
const PIECE = 16 * 1024;
/** Others have their turn of the event loop after so many pieces. */
const PIECES_OF_A_TURN = 16;

/** A text in pieces, whose bytes never stand beside another copy of all of it. */
async function* piecesOfText(text: string): AsyncGenerator<Uint8Array> {
  let pieces = 0;
  for (let from = 0; from < text.length; pieces += 1) {
    if (pieces > 0 && pieces % PIECES_OF_A_TURN === 0) await nextTurn();
    const to = endOfPiece(text, from + PIECE);
    yield Buffer.from(withLineEnds(text.slice(from, to)));
    from = to;
  }
}

/** The end of a piece, so that no surrogate pair and no end of a line is cut. */
function endOfPiece(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  const isInPair = (last & 0xfc00) === 0xd800 || (last === CARRIAGE_RETURN && text.charCodeAt(end) === LINE_FEED);
  return isInPair ? end + 1 : end;
}

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** About what stands before and after each part. */
const AROUND_A_PART = 256;

function bytesIn(form: FormData): number {
  let bytes = AROUND_A_PART;
  for (const value of form.values()) bytes += AROUND_A_PART + (typeof value === 'string' ? Buffer.byteLength(value) : value.size);
  return bytes;
}
