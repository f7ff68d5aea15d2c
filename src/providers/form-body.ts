import { randomBoundary } from '../core/random.ts';

/** What is larger is written as it is read, without its length at the head. */
const MOST_COPIED_BYTES = 4_194_304;

export interface FormBody {
  readonly contentType: string;
  readonly body: Uint8Array | ReadableStream<Uint8Array>;
}

/**
 * A form as multipart (RFC 7578). Not by `new Response(form)`: Node reads all of its files at once whoever reads it how
 * slowly, and throws outside of every promise where its stream is cancelled meanwhile (24.21, "ReadableStream is already closed").
 */
export async function encodeForm(form: FormData): Promise<FormBody> {
  const boundary = randomBoundary();
  const contentType = `multipart/form-data; boundary=${boundary}`;
  const body = ReadableStream.from(piecesOf(form, boundary));
  if (bytesIn(form) > MOST_COPIED_BYTES) return { contentType, body };
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return { contentType, body: Buffer.concat(pieces) };
}

async function* piecesOf(form: FormData, boundary: string): AsyncGenerator<Uint8Array> {
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withLineEnds(name))}"`;
    if (typeof value === 'string') {
      yield Buffer.from(`${head}\r\n\r\n${withLineEnds(value)}\r\n`);
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

function bytesIn(form: FormData): number {
  let bytes = 0;
  for (const value of form.values()) if (typeof value !== 'string') bytes += value.size;
  return bytes;
}
