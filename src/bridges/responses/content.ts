import type { AudioPart, CacheControl, ContentPart, FilePart, ImagePart, TextPart } from '../../core/chat.ts';
import { isRecord, type JsonRecord } from '../../core/json.ts';
import { RequestInvalid } from '../../providers/request-invalid.ts';
import { isAbsent } from './is-absent.ts';

/** Names of what chat completions cannot express: params, types of items and parts. */
export type Inexpressible = Set<string>;

/** Content of a message or of a function's output as chat's; a single text without marks stays a string. */
export function toContent(content: unknown, path: string, inexpressible: Inexpressible): string | ContentPart[] {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw new RequestInvalid(path, 'a string or a list of content parts');
  const parts: ContentPart[] = [];
  for (const [position, part] of content.entries()) {
    const own = toPart(part, `${path}[${position}]`, inexpressible);
    if (own) parts.push(own);
  }
  const [only] = parts;
  return parts.length === 1 && only?.type === 'text' && only.cache_control === undefined ? only.text : parts;
}

function toPart(part: unknown, path: string, inexpressible: Inexpressible): ContentPart | undefined {
  if (!isRecord(part) || typeof part.type !== 'string' || part.type === '')
    throw new RequestInvalid(path, 'a content part with a type');
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return marked<TextPart>({ type: 'text', text: requiredText(part.text, `${path}.text`) }, part);
    case 'refusal':
      return { type: 'refusal', refusal: requiredText(part.refusal, `${path}.refusal`) };
    case 'input_image':
      return toImage(part, path, inexpressible);
    case 'input_file':
      return toFile(part, path);
    case 'input_audio':
      return toAudio(part, path);
    default:
      inexpressible.add(part.type);
      return undefined;
  }
}

/** An image that OpenAI keeps by id is nowhere to be found for another vendor; an address of the vendor's own is. */
function toImage(part: JsonRecord, path: string, inexpressible: Inexpressible): ContentPart | undefined {
  const url = part.image_url ?? part.file_id;
  if (typeof url !== 'string') throw new RequestInvalid(`${path}.image_url`, 'a URL');
  if (isAbsent(part.image_url) && !VENDORS_ADDRESS.test(url)) {
    inexpressible.add('file_id');
    return undefined;
  }
  const image: ImagePart = { type: 'image_url', image_url: { url } };
  const detail = part.detail === 'original' ? 'high' : part.detail;
  if (detail === 'auto' || detail === 'low' || detail === 'high') image.image_url.detail = detail;
  return marked(image, part);
}

// Google names an uploaded file by its URI, or as `files/…`; others by addresses of their stores.
const VENDORS_ADDRESS = /^(\w+:\/\/|files\/)/;

/** Chat has one place for a file's data and its address. */
function toFile(part: JsonRecord, path: string): ContentPart {
  const file: FilePart['file'] = {};
  const data = part.file_data ?? part.file_url;
  if (typeof data === 'string') file.file_data = data;
  else if (typeof part.file_id === 'string') file.file_id = part.file_id;
  else throw new RequestInvalid(path, 'file_data, file_url or file_id');
  if (typeof part.filename === 'string') file.filename = part.filename;
  return marked<FilePart>({ type: 'file', file }, part);
}

function toAudio(part: JsonRecord, path: string): ContentPart {
  const audio = part.input_audio;
  if (!isRecord(audio)) throw new RequestInvalid(`${path}.input_audio`, 'data and format');
  const data = requiredText(audio.data, `${path}.input_audio.data`);
  const format = requiredText(audio.format, `${path}.input_audio.format`);
  return marked<AudioPart>({ type: 'input_audio', input_audio: { data, format } }, part);
}

/** The text at `path`; throws `RequestInvalid` if there is none. */
export function requiredText(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new RequestInvalid(path, 'a string');
  return value;
}

/** With the source's mark for caching: Anthropic's as it is, OpenAI's breakpoint as one. */
export function marked<Marked extends { cache_control?: CacheControl }>(value: Marked, source: JsonRecord): Marked {
  const mark = source.cache_control;
  if (isCacheControl(mark)) value.cache_control = mark;
  else if (isRecord(source.prompt_cache_breakpoint)) value.cache_control = { type: 'ephemeral' };
  return value;
}

function isCacheControl(value: unknown): value is CacheControl {
  return isRecord(value) && value.type === 'ephemeral';
}
