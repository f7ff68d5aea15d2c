import type { AudioPart, ContentPart, FilePart } from '../../core/chat.ts';
import { parseDataUrl } from '../chat/data-url.ts';
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
      return toImage(part.image_url.url) ?? refuse(`${path}.image_url.url`, AN_IMAGE);
    case 'file':
      return toDocument(part.file, names) ?? refuse(`${path}.file`, A_DOCUMENT);
    case 'input_audio':
      return toAudio(part.input_audio) ?? refuse(`${path}.input_audio.format`, AN_AUDIO);
    default:
      return refuse(`${path}.type`, 'a text, image_url, file or input_audio part');
  }
}

/** The name of a part that Converse can't carry: addresses that it would have to fetch, files by id, formats it does not know. */
export function lackingPart(part: ContentPart): string | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return undefined;
    case 'image_url':
      return imageFormat(part.image_url.url) ? undefined : 'image_url';
    case 'file':
      return documentFormat(part.file) ? undefined : 'file';
    case 'input_audio':
      return isAudioFormat(part.input_audio.format) ? undefined : 'input_audio';
    default:
      return (part as { type: string }).type;
  }
}

function refuse(path: string, expected: string): never {
  throw new RequestInvalid(path, expected);
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

  nameFor(filename: string | null | undefined): string {
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

const AN_IMAGE = 'a png, jpeg, gif or webp as a data URL or at an s3:// address';

function imageFormat(url: string): ImageFormat | undefined {
  return url.startsWith('s3://') ? IMAGE_EXTENSIONS.get(extensionOf(url)) : IMAGE_FORMATS.get(parseDataUrl(url)?.mediaType ?? '');
}

function toImage(url: string): ImageBlock | undefined {
  const format = imageFormat(url);
  if (!format) return undefined;
  const source: Source = url.startsWith('s3://') ? { s3Location: { uri: url } } : { bytes: parseDataUrl(url)?.base64 ?? '' };
  return { image: { format, source } };
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

const A_DOCUMENT = 'file_data with a document: pdf, csv, doc, docx, xls, xlsx, html, txt or md';

function documentFormat({ file_data: data, filename }: FilePart['file']): DocumentFormat | undefined {
  if (!data || WEB_ADDRESS.test(data)) return undefined;
  const extension = extensionOf(filename ?? '');
  return DOCUMENT_FORMATS.get(parseDataUrl(data)?.mediaType ?? '') ?? (isDocumentFormat(extension) ? extension : undefined);
}

const WEB_ADDRESS = /^https?:/i;

function toDocument(file: FilePart['file'], names: DocumentNames): DocumentBlock | undefined {
  const format = documentFormat(file);
  const data = file.file_data;
  if (!format || !data) return undefined;
  const source: Source = { bytes: parseDataUrl(data)?.base64 ?? data };
  return { document: { format, name: names.nameFor(file.filename), source } };
}

function isDocumentFormat(extension: string): extension is DocumentFormat {
  return DOCUMENT_EXTENSIONS.has(extension);
}

const AUDIO_FORMATS: ReadonlySet<string> = new Set<AudioFormat>(['mp3', 'wav', 'flac', 'ogg', 'opus', 'aac', 'm4a', 'webm']);

const AN_AUDIO = `one of ${[...AUDIO_FORMATS].join(', ')}`;

function toAudio({ data, format }: AudioPart['input_audio']): AudioBlock | undefined {
  return isAudioFormat(format) ? { audio: { format, source: { bytes: data } } } : undefined;
}

function isAudioFormat(format: string): format is AudioFormat {
  return AUDIO_FORMATS.has(format);
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}
