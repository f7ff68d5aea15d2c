import type { ContentPart, FilePart, ImagePart } from '../../core/chat.ts';
import { type DataUrl, parseDataUrl } from '../chat/data-url.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { cacheMark } from './cache-marks.ts';
import type { DocumentBlock, ImageBlock, ImageMediaType, MediaBlock } from './wire-types.ts';

/** A message's content as blocks. Empty and blank text gives no block: Anthropic refuses it. */
export function toBlocks(content: string | readonly ContentPart[] | null | undefined, path: string): MediaBlock[] {
  if (typeof content === 'string') return isBlank(content) ? [] : [{ type: 'text', text: content }];
  const blocks: MediaBlock[] = [];
  for (const [position, part] of (content ?? []).entries()) {
    const block = toBlock(part, path, position);
    if (block) blocks.push(block);
  }
  return blocks;
}

/** The name of a part that Anthropic has no counterpart of: audio, formats of files and images, what is not known at all. */
export function lackingPart(part: ContentPart): string | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return undefined;
    case 'image_url':
      return toImage(part) ? undefined : 'image_url';
    case 'file':
      return isExpressibleFile(part.file) ? undefined : 'file';
    default:
      return isNativeBlock(part) ? undefined : (part as { type: string }).type;
  }
}

function toBlock(part: ContentPart, path: string, position: number): MediaBlock | undefined {
  switch (part.type) {
    case 'text':
      return isBlank(part.text) ? undefined : cached({ type: 'text', text: part.text }, part);
    case 'refusal':
      return isBlank(part.refusal) ? undefined : { type: 'text', text: part.refusal };
    case 'image_url': {
      const image = toImage(part);
      if (image) return cached(image, part);
      throw new RequestInvalid(
        `${path}[${position}].image_url.url`,
        'an https URL, or PNG, JPEG, GIF or WebP as a base64 data URL',
      );
    }
    case 'file': {
      const block = toFileBlock(part.file);
      if (block) return cached(block, part);
      throw new RequestInvalid(`${path}[${position}].file`, 'a PDF, plain text or an image as file_data, or a file_id');
    }
    default: {
      const native: unknown = part;
      if (isNativeBlock(native)) return native;
      throw new RequestInvalid(`${path}[${position}].type`, 'text, image_url or file');
    }
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
  return typeof part === 'object' && part !== null && 'type' in part && NATIVE_BLOCKS.has(part.type);
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function cached<Block extends MediaBlock>(block: Block, part: ContentPart): Block {
  if ('cache_control' in part && part.cache_control) block.cache_control = cacheMark(part.cache_control);
  return block;
}

function toImage({ image_url: { url } }: ImagePart): ImageBlock | undefined {
  if (WEB_ADDRESS.test(url)) return { type: 'image', source: { type: 'url', url } };
  return base64Image(parseDataUrl(url));
}

const WEB_ADDRESS = /^https?:/i;

function base64Image(media: DataUrl | undefined): ImageBlock | undefined {
  const mediaType = IMAGE_TYPES.get(media?.mediaType ?? '');
  if (!media || !mediaType) return undefined;
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: media.base64 } };
}

const IMAGE_TYPES: ReadonlyMap<string, ImageMediaType> = new Map<string, ImageMediaType>([
  ['image/jpeg', 'image/jpeg'],
  // No registered type, but common.
  ['image/jpg', 'image/jpeg'],
  ['image/png', 'image/png'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
]);

const PDF = 'application/pdf';

function isExpressibleFile({ file_id, file_data, filename }: FilePart['file']): boolean {
  const data = file_data ?? '';
  if (file_id || WEB_ADDRESS.test(data)) return true;
  const mediaType = dataOf(data, filename)?.mediaType ?? '';
  return mediaType === PDF || mediaType.startsWith('text/') || IMAGE_TYPES.has(mediaType);
}

function toFileBlock(file: FilePart['file']): DocumentBlock | ImageBlock | undefined {
  if (file.file_id) return { type: 'document', source: { type: 'file', file_id: file.file_id } };
  const data = file.file_data ?? '';
  if (WEB_ADDRESS.test(data)) return titled({ type: 'document', source: { type: 'url', url: data } }, file);
  const media = dataOf(data, file.filename);
  if (!media) return undefined;
  if (media.mediaType === PDF) {
    return titled({ type: 'document', source: { type: 'base64', media_type: PDF, data: media.base64 } }, file);
  }
  if (!media.mediaType.startsWith('text/')) return base64Image(media);
  const text = Buffer.from(media.base64, 'base64').toString('utf8');
  return titled({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: text } }, file);
}

function titled(document: DocumentBlock, file: FilePart['file']): DocumentBlock {
  if (file.filename) document.title = file.filename;
  return document;
}

/** A file's data URL taken apart; bare base64 is a PDF if its name says so. */
function dataOf(data: string, filename: string | null | undefined): DataUrl | undefined {
  const isNamedPdf = data !== '' && filename?.toLowerCase().endsWith('.pdf') === true;
  return parseDataUrl(data) ?? (isNamedPdf ? { mediaType: PDF, base64: data } : undefined);
}
