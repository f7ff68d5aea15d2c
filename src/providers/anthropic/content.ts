import type { ContentPart, FilePart, ImagePart } from '../../core/chat.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { DocumentBlock, ImageBlock, ImageMediaType, MediaBlock } from './wire-types.ts';

/** A message's content as blocks. Empty and blank text gives no block: Anthropic refuses it. */
export function toBlocks(content: unknown, path: string): MediaBlock[] {
  if (typeof content === 'string') return isBlank(content) ? [] : [{ type: 'text', text: content }];
  if (content === null || content === undefined) return [];
  if (!Array.isArray(content)) throw new RequestInvalid(path, 'text or an array of content parts');
  const blocks: MediaBlock[] = [];
  for (const [position, part] of content.entries()) {
    const block = toBlock(part, `${path}[${position}]`);
    if (block) blocks.push(block);
  }
  return blocks;
}

/** Why a part cannot be expressed, as the name that the router and `drop` use; undefined where it can. */
export function inexpressiblePart(part: unknown): InexpressiblePart | undefined {
  if (!isObject(part)) return undefined;
  switch (part.type) {
    case 'input_audio':
      return 'input_audio';
    case 'image_url':
      return isObject(part.image_url) && isForeignImage(part.image_url.url) ? 'image_url' : undefined;
    case 'file':
      return isObject(part.file) && isExpressibleFile(part.file) ? undefined : 'file';
    default:
      return undefined;
  }
}

export type InexpressiblePart = 'input_audio' | 'image_url' | 'file';

function toBlock(part: ContentPart, path: string): MediaBlock | undefined {
  const native: unknown = part;
  if (isNativeBlock(native)) return native;
  switch (part?.type) {
    case 'text':
      return isBlank(part.text) ? undefined : cached({ type: 'text', text: part.text }, part);
    case 'refusal':
      return isBlank(part.refusal) ? undefined : { type: 'text', text: part.refusal };
    case 'image_url':
      return cached(toImage(part, path), part);
    case 'file': {
      const block = isObject(part.file) ? toFileBlock(part.file) : undefined;
      if (!block) throw new RequestInvalid(`${path}.file`, 'a PDF, plain text or an image as file_data, or a file_id');
      return cached(block, part);
    }
    default:
      throw new RequestInvalid(`${path}.type`, 'text, image_url or file');
  }
}

// Anthropic's own blocks may stand among OpenAI's parts; they go out as they are.
const NATIVE_BLOCKS: ReadonlySet<unknown> = new Set([
  'image',
  'document',
  'search_result',
  'container_upload',
  'tool_reference',
  'server_tool_use',
  'web_search_tool_result',
  'web_fetch_tool_result',
  'code_execution_tool_result',
  'bash_code_execution_tool_result',
  'text_editor_code_execution_tool_result',
  'tool_search_tool_result',
]);

function isNativeBlock(part: unknown): part is MediaBlock {
  return isObject(part) && NATIVE_BLOCKS.has(part.type);
}

function isBlank(text: unknown): boolean {
  return typeof text !== 'string' || text.trim() === '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function cached<Block extends MediaBlock>(block: Block, part: ContentPart): Block {
  if ('cache_control' in part && part.cache_control) block.cache_control = part.cache_control;
  return block;
}

function toImage(part: ImagePart, path: string): ImageBlock {
  const url = part.image_url?.url;
  if (typeof url !== 'string') throw new RequestInvalid(`${path}.image_url.url`, 'a URL');
  if (!url.startsWith('data:')) return { type: 'image', source: { type: 'url', url } };
  const image = base64Image(parseDataUrl(url));
  if (!image) throw new RequestInvalid(`${path}.image_url.url`, 'an https URL, or PNG, JPEG, GIF or WebP as a base64 data URL');
  return image;
}

function base64Image(media: Base64Data | undefined): ImageBlock | undefined {
  const mediaType = IMAGE_TYPES.get(media?.mediaType ?? '');
  if (!media || !mediaType) return undefined;
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: media.data } };
}

const IMAGE_TYPES: ReadonlyMap<string, ImageMediaType> = new Map<string, ImageMediaType>([
  ['image/jpeg', 'image/jpeg'],
  // No registered type, but common.
  ['image/jpg', 'image/jpeg'],
  ['image/png', 'image/png'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
]);

function isForeignImage(url: unknown): boolean {
  return typeof url === 'string' && url.startsWith('data:') && !IMAGE_TYPES.has(parseDataUrl(url)?.mediaType ?? '');
}

function isExpressibleFile(file: FilePart['file']): boolean {
  if (file.file_id || /^https?:/.test(file.file_data ?? '')) return true;
  const mediaType = dataOf(file)?.mediaType ?? '';
  return mediaType === PDF || mediaType.startsWith('text/') || IMAGE_TYPES.has(mediaType);
}

const PDF = 'application/pdf';

function toFileBlock(file: FilePart['file']): DocumentBlock | ImageBlock | undefined {
  if (!isExpressibleFile(file)) return undefined;
  if (file.file_id) return { type: 'document', source: { type: 'file', file_id: file.file_id } };
  const media = dataOf(file);
  if (!media) return titled({ type: 'document', source: { type: 'url', url: file.file_data ?? '' } }, file);
  if (media.mediaType === PDF) {
    return titled({ type: 'document', source: { type: 'base64', media_type: PDF, data: media.data } }, file);
  }
  if (!media.mediaType.startsWith('text/')) return base64Image(media);
  const text = Buffer.from(media.data, 'base64').toString('utf8');
  return titled({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: text } }, file);
}

function titled(document: DocumentBlock, file: FilePart['file']): DocumentBlock {
  if (file.filename) document.title = file.filename;
  return document;
}

interface Base64Data {
  mediaType: string;
  data: string;
}

/** A file's data URL taken apart; bare base64 is a PDF where its name says so. */
function dataOf(file: FilePart['file']): Base64Data | undefined {
  const { file_data, filename } = file;
  if (typeof file_data !== 'string' || /^https?:/.test(file_data)) return undefined;
  if (file_data.startsWith('data:')) return parseDataUrl(file_data);
  return filename?.toLowerCase().endsWith('.pdf') ? { mediaType: PDF, data: file_data } : undefined;
}

/** `data:<type>[;parameters];base64,<data>`; the data is a slice, not a copy. */
function parseDataUrl(url: string): Base64Data | undefined {
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const head = url.slice('data:'.length, comma).toLowerCase();
  if (!head.endsWith(';base64')) return undefined;
  const semicolon = head.indexOf(';');
  return { mediaType: head.slice(0, semicolon), data: url.slice(comma + 1) };
}
