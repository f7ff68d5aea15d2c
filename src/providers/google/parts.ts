import type { ContentPart } from '../../core/chat.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { GeminiPart } from './wire-types.ts';

/** A message's content as parts. Empty texts are left out; base64 data is passed along as it is. */
export function toParts(content: string | readonly ContentPart[] | null | undefined, path: string): GeminiPart[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ text: content }];
  if (!Array.isArray(content)) throw new RequestInvalid(path, 'a string or an array of parts');
  const parts: GeminiPart[] = [];
  for (const [position, part] of content.entries()) {
    const converted = toPart(part, `${path}[${position}]`);
    if (converted !== undefined) parts.push(converted);
  }
  return parts;
}

function toPart(part: ContentPart, path: string): GeminiPart | undefined {
  switch (part?.type) {
    case 'text':
      return part.text ? { text: part.text } : undefined;
    case 'refusal':
      return part.refusal ? { text: part.refusal } : undefined;
    case 'image_url':
      return toImage(part.image_url?.url, `${path}.image_url.url`);
    case 'input_audio':
      return toAudio(part.input_audio, `${path}.input_audio.data`);
    case 'file':
      return toFile(part.file, `${path}.file`);
    default:
      throw new RequestInvalid(`${path}.type`, 'text, image_url, input_audio or file');
  }
}

function toImage(url: unknown, path: string): GeminiPart {
  if (typeof url !== 'string' || url === '') throw new RequestInvalid(path, 'a URL');
  return fromDataUrl(url) ?? fromAddress(url, 'image/jpeg');
}

function toAudio(audio: { data?: unknown; format?: unknown } | undefined, path: string): GeminiPart {
  if (typeof audio?.data !== 'string' || audio.data === '') throw new RequestInvalid(path, 'base64 data');
  const format = audio.format === 'pcm16' ? 'pcm' : audio.format;
  return fromDataUrl(audio.data) ?? { inlineData: { mimeType: `audio/${format ?? 'wav'}`, data: audio.data } };
}

function toFile(file: { file_data?: string; file_id?: string; filename?: string } | undefined, path: string): GeminiPart {
  const named = typeOfName(file?.filename) ?? 'application/pdf';
  if (file?.file_data) {
    if (isAddress(file.file_data)) return fromAddress(file.file_data, named);
    return fromDataUrl(file.file_data) ?? { inlineData: { mimeType: named, data: file.file_data } };
  }
  if (file?.file_id && isAddress(file.file_id)) return fromAddress(file.file_id, named);
  throw new RequestInvalid(path, 'file_data, or a file_id that is a gs:// or https:// address');
}

/** An address that `fileData` can carry; OpenAI's own file ids mean nothing to Google. */
export function isAddress(text: string): boolean {
  return /^(https?|gs):\/\//.test(text);
}

function fromAddress(fileUri: string, otherwise: string): GeminiPart {
  // Files of the Files API and YouTube links have a type of their own, which the server knows.
  if (/^https:\/\/(generativelanguage\.googleapis\.com|(www\.)?youtube\.com|youtu\.be)\//.test(fileUri)) {
    return { fileData: { fileUri } };
  }
  return { fileData: { fileUri, mimeType: typeOfName(fileUri.split(/[?#]/, 1)[0]) ?? otherwise } };
}

function fromDataUrl(url: string): GeminiPart | undefined {
  if (!url.startsWith('data:')) return undefined;
  const comma = url.indexOf(',');
  const head = url.slice('data:'.length, comma);
  const type = head.split(';', 1)[0] || 'text/plain';
  const data = url.slice(comma + 1);
  return {
    inlineData: {
      // `image/jpg` is no registered type, but common.
      mimeType: type === 'image/jpg' ? 'image/jpeg' : type,
      data: head.endsWith(';base64') ? data : Buffer.from(decodeURIComponent(data)).toString('base64'),
    },
  };
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
