import type { ContentPart } from '../../core/chat.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { AudioBlock, AudioFormat, DocumentBlock, DocumentFormat, ImageBlock, ImageFormat, Source } from './wire-types.ts';

/** A part of a message as Bedrock's block; undefined for a text with nothing in it, which Bedrock refuses. */
export function toContentBlock(part: ContentPart, path: string, names: DocumentNames): PartBlock | undefined {
  switch (part.type) {
    case 'text':
      return textBlock(part.text);
    case 'refusal':
      return textBlock(part.refusal);
    case 'image_url':
      return toImage(part.image_url.url, `${path}.image_url.url`);
    case 'file':
      return toDocument(part.file, `${path}.file`, names);
    case 'input_audio':
      return toAudio(part.input_audio, `${path}.input_audio`);
    default:
      throw new RequestInvalid(`${path}.type`, 'a text, image_url, file or input_audio part');
  }
}

export type PartBlock = { text: string } | ImageBlock | DocumentBlock | AudioBlock;

export function textBlock(text: string): { text: string } | undefined {
  return text.trim() === '' ? undefined : { text };
}

/**
 * Names of one request's documents, made valid and distinct. Bedrock allows letters, digits, single spaces, hyphens,
 * and round and square brackets.
 */
export class DocumentNames {
  readonly #taken = new Map<string, number>();

  nameFor(filename: string | undefined): string {
    const stem = (filename ?? '').replace(/\.[a-zA-Z]{1,5}$/, '');
    const name =
      stem
        .replace(/[^a-zA-Z0-9\s()[\]-]/g, '-')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, LONGEST_NAME) || 'document';
    const before = this.#taken.get(name) ?? 0;
    this.#taken.set(name, before + 1);
    return before === 0 ? name : `${name} (${before + 1})`;
  }
}

const LONGEST_NAME = 190;

const IMAGE_FORMATS: ReadonlyMap<string, ImageFormat> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);
const IMAGE_EXTENSIONS: ReadonlyMap<string, ImageFormat> = new Map([
  ['png', 'png'],
  ['jpg', 'jpeg'],
  ['jpeg', 'jpeg'],
  ['gif', 'gif'],
  ['webp', 'webp'],
]);

function toImage(url: string, path: string): ImageBlock {
  if (url.startsWith('s3://')) {
    const format = IMAGE_EXTENSIONS.get(extensionOf(url));
    if (!format) throw new RequestInvalid(path, 'a name that ends in png, jpg, jpeg, gif or webp');
    return { image: { format, source: { s3Location: { uri: url } } } };
  }
  const { mediaType, data } = readDataUrl(url, path);
  const format = IMAGE_FORMATS.get(mediaType);
  if (!format) throw new RequestInvalid(path, 'an image of type png, jpeg, gif or webp');
  return { image: { format, source: { bytes: data } } };
}

const DOCUMENT_FORMATS: ReadonlyMap<string, DocumentFormat> = new Map([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['text/html', 'html'],
  ['text/plain', 'txt'],
  ['text/markdown', 'md'],
]);
const DOCUMENT_EXTENSIONS: ReadonlySet<string> = new Set(DOCUMENT_FORMATS.values());

function toDocument(file: { file_data?: string; filename?: string }, path: string, names: DocumentNames): DocumentBlock {
  if (!file.file_data) throw new RequestInvalid(`${path}.file_data`, 'the file itself; Bedrock keeps no files by id');
  const extension = extensionOf(file.filename ?? '');
  const isUrl = file.file_data.startsWith('data:');
  const { mediaType, data } = isUrl ? readDataUrl(file.file_data, `${path}.file_data`) : { mediaType: '', data: file.file_data };
  const format = DOCUMENT_FORMATS.get(mediaType) ?? (isDocumentFormat(extension) ? extension : undefined);
  if (!format) throw new RequestInvalid(`${path}.file_data`, 'a document: pdf, csv, doc, docx, xls, xlsx, html, txt or md');
  const source: Source = { bytes: data };
  return { document: { format, name: names.nameFor(file.filename), source } };
}

function isDocumentFormat(extension: string): extension is DocumentFormat {
  return DOCUMENT_EXTENSIONS.has(extension);
}

const AUDIO_FORMATS: ReadonlySet<string> = new Set<AudioFormat>(['mp3', 'wav', 'flac', 'ogg', 'opus', 'aac', 'm4a', 'webm']);

function toAudio({ data, format }: { data: string; format: string }, path: string): AudioBlock {
  if (!isAudioFormat(format)) throw new RequestInvalid(`${path}.format`, `one of ${[...AUDIO_FORMATS].join(', ')}`);
  return { audio: { format, source: { bytes: data } } };
}

function isAudioFormat(format: string): format is AudioFormat {
  return AUDIO_FORMATS.has(format);
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

/** The media type and base64 of a data URL; base64 is cut out, never decoded. */
function readDataUrl(url: string, path: string): { mediaType: string; data: string } {
  const comma = url.startsWith('data:') ? url.indexOf(',') : -1;
  if (comma < 0) throw new RequestInvalid(path, 'a data URL; Bedrock fetches nothing');
  const [mediaType = '', ...attributes] = url.slice('data:'.length, comma).toLowerCase().split(';');
  const data = url.slice(comma + 1);
  if (attributes.at(-1) === 'base64') return { mediaType, data };
  return { mediaType, data: Buffer.from(decodeURIComponent(data)).toString('base64') };
}
