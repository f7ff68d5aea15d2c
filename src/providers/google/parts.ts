import type { AudioPart, ContentPart, FilePart } from '../../core/chat.ts';
import { parseDataUrl } from '../chat/data-url.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { GeminiPart } from './wire-types.ts';

/** A message's content as parts. Empty texts are left out; base64 data is passed along as it is. */
export function toParts(content: string | readonly ContentPart[] | null | undefined, path: string): GeminiPart[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ text: content }];
  const parts: GeminiPart[] = [];
  for (const [position, part] of content.entries()) {
    const converted = toPart(part, path, position);
    if (converted !== undefined) parts.push(converted);
  }
  return parts;
}

/** The name of a part that the wire has no counterpart of: files of other stores, and what is not known at all. */
export function lackingPart(part: ContentPart): string | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'input_audio':
      return undefined;
    case 'image_url':
      return toImage(part.image_url.url) ? undefined : 'image_url';
    case 'file':
      return part.file.file_data || isAddress(part.file.file_id ?? '') ? undefined : 'file';
    default:
      return (part as { type: string }).type;
  }
}

function toPart(part: ContentPart, path: string, position: number): GeminiPart | undefined {
  switch (part.type) {
    case 'text':
      return part.text ? { text: part.text } : undefined;
    case 'refusal':
      return part.refusal ? { text: part.refusal } : undefined;
    case 'image_url': {
      const image = toImage(part.image_url.url);
      if (image) return image;
      throw new RequestInvalid(
        `${path}[${position}].image_url.url`,
        'a data URL, a gs:// or https:// address, or the name of a file',
      );
    }
    case 'input_audio':
      if (part.input_audio.data === '') throw new RequestInvalid(`${path}[${position}].input_audio.data`, 'base64 data');
      return toAudio(part.input_audio);
    case 'file': {
      const file = toFile(part.file);
      if (file) return file;
      throw new RequestInvalid(`${path}[${position}].file`, 'file_data, or a file_id that is an address or the name of a file');
    }
    default:
      throw new RequestInvalid(`${path}[${position}].type`, 'text, image_url, input_audio or file');
  }
}

function toImage(url: string): GeminiPart | undefined {
  return fromDataUrl(url) ?? (isAddress(url) ? fromAddress(url, 'image/jpeg') : undefined);
}

function toAudio({ data, format: given }: AudioPart['input_audio']): GeminiPart {
  const format = given === 'pcm16' ? 'pcm' : given;
  return fromDataUrl(data) ?? { inlineData: { mimeType: `audio/${format ?? 'wav'}`, data } };
}

function toFile({ file_data: data, file_id: id, filename }: FilePart['file']): GeminiPart | undefined {
  const named = typeOfName(filename ?? undefined) ?? 'application/pdf';
  if (data) {
    if (isAddress(data)) return fromAddress(data, named);
    return fromDataUrl(data) ?? { inlineData: { mimeType: named, data } };
  }
  return id && isAddress(id) ? fromAddress(id, named) : undefined;
}

/** An address that `fileData` can carry, or the name of an uploaded file; OpenAI's own file ids mean nothing to Google. */
function isAddress(text: string): boolean {
  return /^((https?|gs):\/\/|files\/)/.test(text);
}

// Where the Files API keeps what was uploaded: `files/abc` is the name of what stands there
// (https://ai.google.dev/api/files#File).
const FILES = 'https://generativelanguage.googleapis.com/v1beta/';

function fromAddress(address: string, otherwise: string): GeminiPart {
  const fileUri = address.startsWith('files/') ? FILES + address : address;
  // Files of the Files API and YouTube links have a type of their own, which the server knows.
  if (/^https:\/\/(generativelanguage\.googleapis\.com|(www\.)?youtube\.com|youtu\.be)\//.test(fileUri)) {
    return { fileData: { fileUri } };
  }
  return { fileData: { fileUri, mimeType: typeOfName(fileUri.split(/[?#]/, 1)[0]) ?? otherwise } };
}

function fromDataUrl(url: string): GeminiPart | undefined {
  const parsed = parseDataUrl(url);
  if (parsed === undefined) return undefined;
  const { mediaType, base64 } = parsed;
  // `image/jpg` is no registered type, but common.
  return { inlineData: { mimeType: mediaType === 'image/jpg' ? 'image/jpeg' : mediaType, data: base64 } };
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['json', 'application/json'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
  ['flac', 'audio/flac'],
  ['ogg', 'audio/ogg'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/mov'],
  ['webm', 'video/webm'],
]);

function typeOfName(name: string | undefined): string | undefined {
  const extension = name === undefined ? undefined : /\.(\w{2,5})$/.exec(name)?.[1];
  return extension === undefined ? undefined : TYPES.get(extension.toLowerCase());
}
