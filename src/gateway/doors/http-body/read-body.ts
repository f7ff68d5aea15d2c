import type { Clock } from '../../../core/clock.ts';
import { nextTurn } from '../../../core/next-turn.ts';
import type { HandlerLimits } from '../../../core/plan.ts';
import { InvalidParamsError } from '../../../errors/invalid-params-error.ts';
import { httpError } from '../http-error.ts';
import { BodyReader } from './body-reader.ts';
import { JsonShape } from './json-shape.ts';
import { readForm } from './read-form.ts';
import type { ReceivedBody } from './received-body.ts';

/** Others have their turn after so many bytes: some milliseconds of work. */
const TURN_BYTES = 512 * 1024;

/** Reads a body within the limits: JSON in memory, a multipart form with its files on disk. Throws what `BodyReader` throws. */
export async function readBody(request: Request, limits: HandlerLimits, clock: Clock): Promise<ReceivedBody> {
  const { body } = request;
  if (body === null) return NOTHING;
  const type = request.headers.get('content-type') ?? '';
  const isForm = /^\s*multipart\/form-data\b/i.test(type);
  const maxBytes = isForm ? limits.maxUploadBytes : limits.maxRequestBytes;
  const reader = new BodyReader(request, body, maxBytes, limits.bodyTimeoutMs, clock);
  try {
    if (isForm) return await readForm(reader, type, limits.maxRequestBytes);
    const chunks = await readJsonBytes(reader, limits.maxNesting);
    const isLarge = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) > TURN_BYTES;
    if (isLarge) await nextTurn();
    const value = parsed(chunks, request.headers);
    if (isLarge) await nextTurn();
    return { value };
  } finally {
    reader.close();
  }
}

const NOTHING: ReceivedBody = Object.freeze({ value: undefined });

/** The chunks of a JSON text that is safe to parse. */
async function readJsonBytes(reader: BodyReader, maxNesting: number): Promise<Uint8Array[]> {
  const shape = new JsonShape(maxNesting);
  const chunks: Uint8Array[] = [];
  let sinceTurn = 0;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    chunks.push(chunk);
    for (let at = 0; at < chunk.byteLength; at += TURN_BYTES) {
      const part = chunk.subarray(at, at + TURN_BYTES);
      shape.follow(part);
      sinceTurn += part.byteLength;
      if (sinceTurn < TURN_BYTES) continue;
      sinceTurn = 0;
      await nextTurn();
    }
  }
  return chunks;
}

/** Takes the chunks out of their list, so that bytes, text and value are not all in memory at once. */
function parsed(chunks: Uint8Array[], headers: Headers): unknown {
  const text = decoded(chunks);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    if (COMPRESSED.test(headers.get('content-encoding') ?? ''))
      throw httpError(415, 'expected a body that is not compressed', 'unsupported_content_encoding');
    throw new InvalidParamsError('body', 'expected valid JSON');
  }
}

function decoded(chunks: Uint8Array[]): string {
  const [only] = chunks;
  const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  chunks.length = 0;
  return new TextDecoder().decode(whole);
}

const COMPRESSED = /\b(?:gzip|deflate|compress|br|zstd)\b/i;
