import { isUtf8 } from 'node:buffer';
import type { Clock } from '../../../core/clock.ts';
import { nextTurn } from '../../../core/next-turn.ts';
import type { HandlerLimits } from '../../../core/plan.ts';
import { Upload } from '../../../core/upload.ts';
import { InvalidParamsError } from '../../../errors/invalid-params-error.ts';
import { httpError } from '../http-error.ts';
import { BodyReader } from './body-reader.ts';
import { checkArguments } from './check-arguments.ts';
import { GatheredBytes } from './gathered-bytes.ts';
import { JsonShape } from './json-shape.ts';
import { parseLargeJson } from './parse-large-json.ts';
import { readForm } from './read-form.ts';
import type { ReceivedBody, RefusedBody } from './received-body.ts';

/** Others have their turn after so many bytes: some milliseconds of work. */
const TURN_BYTES = 512 * 1024;
/** Of so many that are parsed at once, the call begins in a turn of its own: they may be items all over. */
const PARSE_TURN_BYTES = 64 * 1024;

/** Reads a body within the limits: JSON in memory, a multipart form with its files on disk. Never rejects. */
export async function readBody(request: Request, limits: HandlerLimits, clock: Clock): Promise<ReceivedBody | RefusedBody> {
  const { body } = request;
  if (body === null) return NOTHING;
  const type = request.headers.get('content-type') ?? '';
  const isForm = /^\s*multipart\/form-data\b/i.test(type);
  const maxBytes = isForm ? limits.maxUploadBytes : limits.maxRequestBytes;
  const reader = new BodyReader(request, body, maxBytes, limits.bodyTimeoutMs, clock);
  try {
    if (isForm) return await readForm(reader, type, limits.maxRequestBytes);
    if (isOffer(request, type)) return { value: await readText(reader, type, limits.maxRequestBytes) };
    const bytes = await readJsonBytes(reader, limits);
    const { byteLength } = bytes;
    if (byteLength <= TURN_BYTES) {
      const value = parsed(bytes.takeText());
      if (byteLength > PARSE_TURN_BYTES) await nextTurn();
      return { value };
    }
    await nextTurn();
    const value = await parsedLarge(bytes);
    await nextTurn();
    checkArguments(value, limits);
    await nextTurn();
    return { value, largeBytes: byteLength };
  } catch (refusal) {
    return { refusal: codedRefusal(refusal, request.headers), isWhole: reader.isWhole };
  } finally {
    reader.close();
  }
}

/** What a browser sends to begin a call over WebRTC, if it sends no form: its offer as SDP (RFC 8866). */
function isOffer({ url }: Request, type: string): boolean {
  return /^\s*application\/sdp\b/i.test(type) && new URL(url).pathname.endsWith('/realtime/calls');
}

async function readText(reader: BodyReader, contentType: string, most: number): Promise<Upload> {
  const bytes = new GatheredBytes(most);
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) bytes.add(chunk);
  const text = bytes.bytes;
  return new Upload(() => ReadableStream.from([text]), { contentType, byteLength: text.byteLength });
}

const NOTHING: ReceivedBody = Object.freeze({ value: undefined });

/** The bytes of a JSON text that is safe to parse. Of one that is not, the rest is read and dropped, within its limits. */
async function readJsonBytes(reader: BodyReader, limits: HandlerLimits): Promise<GatheredBytes> {
  const bytes = new GatheredBytes(limits.maxRequestBytes);
  try {
    await gather(bytes, reader, new JsonShape(limits));
  } catch (error) {
    bytes.clear();
    if (error instanceof InvalidParamsError) while ((await reader.next()) !== undefined);
    throw error;
  }
  if (!isUtf8Json(bytes.bytes)) throw new InvalidParamsError('body', 'expected valid JSON in UTF-8');
  return bytes;
}

async function gather(bytes: GatheredBytes, reader: BodyReader, shape: JsonShape): Promise<void> {
  let sinceTurn = 0;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    for (let at = 0; at < chunk.byteLength; at += TURN_BYTES) {
      const part = chunk.subarray(at, at + TURN_BYTES);
      shape.follow(part);
      bytes.add(part);
      sinceTurn += part.byteLength;
      if (sinceTurn < TURN_BYTES) continue;
      sinceTurn = 0;
      await nextTurn();
    }
  }
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

async function parsedLarge(bytes: GatheredBytes): Promise<unknown> {
  try {
    return await parseLargeJson(bytes);
  } catch {
    throw notJson();
  }
}

function notJson(): Error {
  return new InvalidParamsError('body', 'expected valid JSON');
}

/**
 * What is wrong with a body that could not be read as it is, if it may be compressed. That its header says so is no reason
 * before: some servers undo a coding and keep the header.
 */
function codedRefusal(refusal: unknown, headers: Headers): unknown {
  if (!(refusal instanceof InvalidParamsError) || isAsItIs(headers.get('content-encoding') ?? '')) return refusal;
  // What is taken is told by this header (RFC 9110, section 12.5.3).
  const accepted = { 'accept-encoding': 'identity' };
  return httpError(415, 'expected a body that is not compressed', 'unsupported_content_encoding', accepted);
}

function isAsItIs(coding: string): boolean {
  return coding === '' || /^\s*identity\s*$/i.test(coding);
}

/** JSON is UTF-8 whatever a charset says (RFC 8259, sections 8.1 and 11); UTF-16 and UTF-32 have bytes of zero. */
function isUtf8Json(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}
