import type { Call } from '../core/call.ts';
import type { Params } from '../core/params.ts';
import type { Upload } from '../core/upload.ts';
import type { ImageDetail } from './media-tokens.ts';

/** What a call sends, counted once: bytes of text, and the parts that are not text. */
export interface Measure {
  /** UTF-8 bytes of all text, names, keys and schemas. */
  bytes: number;
  messages: number;
  /** Tools, and a schema for the output, which some vendors turn into one. */
  tools: number;
  readonly images: Record<ImageDetail, number>;
  audioBytes: number;
  /** Bytes of each attached file; undefined if it is named by id or address. */
  readonly files: (number | undefined)[];
  /** Kinds that come as files or by address. */
  readonly media: { audio: boolean; video: boolean };
  /** The provider adds a context that the params do not show (an earlier response, a stored prompt, a cache by its name, an answer to go on with). */
  hiddenContext: boolean;
  /** Something is to be kept in the provider's cache for an hour. */
  hourCache: boolean;
}

/** As deep as the gateway lets params nest. */
const DEEPEST = 128;

/**
 * Counts a call's input. A byte-level tokenizer never makes more tokens than the text has UTF-8 bytes, and one with
 * byte fallback only a few more; so the bytes are the bound on the text's tokens, whatever the model.
 */
export function measure(call: Call): Measure {
  const found: Measure = {
    bytes: 0,
    messages: 0,
    tools: 0,
    images: { low: 0, high: 0, auto: 0 },
    audioBytes: 0,
    files: [],
    media: { audio: false, video: false },
    hiddenContext: isKeptByGoogle(call.params),
    hourCache: false,
  };
  const { params, operation, form, upload } = call;
  noteCache(params.cache_control, found);
  const isChat = operation === 'chat' && Array.isArray(params.messages);
  if (operation === 'passthrough') measureHandedThrough(call, found);
  else if (isChat) measureMessages(params.messages as unknown[], found);
  else measureInput(call, found);
  if (form !== undefined) measureForm(form, found);
  else if (upload !== undefined) measureUpload(call, upload, found);
  else if (operation !== 'passthrough') measureOthers(params, isChat ? BESIDE_MESSAGES : BESIDE_INPUT, found);
  return found;
}

/** A cache by its name; an answer that is gone on with, which is read again behind its prompt. */
function isKeptByGoogle({ cachedContent, continuationToken }: Params): boolean {
  return typeof cachedContent === 'string' || typeof continuationToken === 'string';
}

/** Never a part of the prompt. Every other field counts: vendors have names of their own for documents, instructions and schemas. */
const SETTINGS: readonly string[] = [
  ...['model', 'stream', 'stream_options', 'stop', 'stop_sequences', 'user', 'metadata', 'store', 'logit_bias', 'modalities'],
  ...['audio', 'reasoning_effort', 'reasoning', 'thinking', 'verbosity', 'service_tier', 'tool_choice', 'function_call'],
  ...['prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options', 'safety_identifier', 'prediction', 'cache_control'],
  ...['previous_response_id', 'conversation', 'include', 'truncation', 'encoding_format', 'cachedContent', 'safetySettings'],
  ...['voice', 'size', 'quality', 'style', 'background', 'output_format', 'moderation', 'input_fidelity', 'stream_format'],
  ...['background_options', 'speed', 'inference_geo', 'anthropic_beta', 'betas', 'labels', 'models', 'provider', 'priority'],
  'continuationToken',
];
const BESIDE_MESSAGES: ReadonlySet<string> = new Set([...SETTINGS, 'messages']);
const BESIDE_INPUT: ReadonlySet<string> = new Set([...SETTINGS, 'input', 'prompt', 'instructions', 'suffix']);
const TOOLS: ReadonlySet<string> = new Set(['tools', 'functions', 'response_format', 'text']);

/** Whether a call with other params is measured as this one is: they differ in settings only. */
export function measuresAlike({ params, operation, form, upload }: Call, others: Params): boolean {
  if (form !== undefined || upload !== undefined) return true;
  for (const name in others) if (others[name] !== params[name] && isMeasured(name, others[name], operation)) return false;
  for (const name in params) if (!(name in others) && isMeasured(name, params[name], operation)) return false;
  return true;
}

function isMeasured(name: string, value: unknown, operation: Call['operation']): boolean {
  if (MARKS.has(name)) return true;
  if ((typeof value !== 'object' || value === null) && typeof value !== 'string') return false;
  return !(operation === 'chat' ? BESIDE_MESSAGES : BESIDE_INPUT).has(name) || INPUTS.has(name);
}

const INPUTS: ReadonlySet<string> = new Set(['messages', 'input', 'prompt', 'instructions', 'suffix']);
/** Settings that a measure has a mark of. */
const MARKS: ReadonlySet<string> = new Set([
  'cache_control',
  'cachedContent',
  'continuationToken',
  'previous_response_id',
  'conversation',
]);

function measureOthers(params: Params, settings: ReadonlySet<string>, found: Measure): void {
  for (const name in params) {
    const value = params[name];
    const isObject = typeof value === 'object' && value !== null;
    if ((!isObject && typeof value !== 'string') || settings.has(name)) continue;
    const isTools = TOOLS.has(name);
    if (isObject && isTools) found.tools += Array.isArray(value) ? value.length : 1;
    if (isObject || !isTools) add(value, found, 0);
  }
}

function measureMessages(messages: readonly unknown[], found: Measure): void {
  found.messages = messages.length;
  for (const message of messages) {
    if (typeof message !== 'object' || message === null) continue;
    for (const name in message) {
      const value = (message as Record<string, unknown>)[name];
      if (name === 'cache_control') noteCache(value, found);
      else if (name !== 'role') add(value, found, 0);
    }
  }
}

function measureInput(call: Call, found: Measure): void {
  const { params } = call;
  const input = params.input ?? params.prompt;
  found.messages = Array.isArray(input) ? input.length : 1;
  // Arrays of token ids count a token each, as the params of completions and embeddings may hold.
  add(input, found, 0);
  add(params.instructions, found, 0);
  add(params.suffix, found, 0);
  if (call.operation !== 'responses') return;
  const stored = params.previous_response_id ?? params.conversation;
  const template = typeof params.prompt === 'object' && params.prompt !== null;
  found.hiddenContext ||= (stored !== undefined && stored !== null) || template;
}

/** Of a body whose fields nobody knows everything counts; a run also reads its thread, its assistant and their files. */
function measureHandedThrough({ params, passthrough }: Call, found: Measure): void {
  found.messages = 1;
  add(params, found, 0);
  const stored = params.previous_response_id ?? params.conversation;
  const isRun = passthrough?.path.startsWith('/threads/') === true;
  found.hiddenContext = isRun || (stored !== undefined && stored !== null);
}

function measureForm(form: FormData, found: Measure): void {
  for (const value of form.values()) {
    if (typeof value === 'string') found.bytes += Buffer.byteLength(value);
    else if (value.type.startsWith('image/')) found.images.auto += 1;
    else found.audioBytes += value.size;
  }
}

/**
 * What OpenAI takes at most if a body is not known before it is sent: 25 MB of sound
 * (https://platform.openai.com/docs/guides/speech-to-text), 16 images and 32,000 characters (`ImageEditParams` of the
 * openai package, 7.57).
 */
const MOST_SOUND_BYTES = 26_214_400;
const MOST_IMAGES = 16;
const MOST_PROMPT_BYTES = 128_000;

function measureUpload({ operation }: Call, { knownBytes }: Upload, found: Measure): void {
  if (operation === 'passthrough') return;
  if (operation.startsWith('audio.')) {
    found.audioBytes += knownBytes ?? MOST_SOUND_BYTES;
    return;
  }
  found.images.auto += MOST_IMAGES;
  found.bytes += Math.min(knownBytes ?? MOST_PROMPT_BYTES, MOST_PROMPT_BYTES);
}

/** Adds a value of any shape: strings by their bytes, keys and punctuation by theirs, media parts to their counts. */
function add(value: unknown, found: Measure, depth: number): void {
  if (typeof value === 'string') {
    found.bytes += Buffer.byteLength(value);
    return;
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    found.bytes += typeof value === 'number' ? bytesOfNumber(value) : 1 + String(value).length;
    return;
  }
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return;
  if (Array.isArray(value)) {
    addList(value, found, depth + 1);
    return;
  }
  const part = value as Record<string, unknown>;
  noteCache(part.cache_control, found);
  if (addMedia(part, found)) return;
  for (const key in part) {
    if (key === 'cache_control') continue;
    found.bytes += Buffer.byteLength(key) + 6;
    add(part[key], found, depth + 1);
  }
}

/** By index and without making text of numbers: there may be hundreds of thousands of tokens. */
function addList(items: readonly unknown[], found: Measure, depth: number): void {
  found.bytes += items.length;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (typeof item === 'number') found.bytes += bytesOfNumber(item);
    else add(item, found, depth);
  }
}

function bytesOfNumber(value: number): number {
  if (!Number.isInteger(value)) return 24;
  if (value < 0 || value >= MOST_COUNTED) return 1 + String(value).length;
  let bytes = 2;
  for (let least = 10; least <= value; least *= 10) bytes += 1;
  return bytes;
}

/** Below it JavaScript writes each digit of a whole number. */
const MOST_COUNTED = 1e15;

function noteCache(control: unknown, found: Measure): void {
  if (field(control, 'ttl') === '1h') found.hourCache = true;
}

/** Counts a part that is not text; false if it is none. */
function addMedia(part: Record<string, unknown>, found: Measure): boolean {
  switch (part.type) {
    case 'image_url':
    case 'input_image': {
      const detail = part.detail ?? field(part.image_url, 'detail');
      found.images[detail === 'low' || detail === 'high' ? detail : 'auto'] += 1;
      return true;
    }
    case 'input_audio':
      found.audioBytes += decodedBytes(field(part.input_audio, 'data')) ?? 0;
      return true;
    case 'file':
      found.files.push(decodedBytes(field(part.file, 'file_data')));
      noteMedia(field(part.file, 'file_data') ?? field(part.file, 'file_id'), found);
      return true;
    case 'input_file':
      found.files.push(decodedBytes(part.file_data));
      noteMedia(part.file_data ?? part.file_url, found);
      return true;
    case 'video_url':
    case 'input_video':
      found.media.video = true;
      return false;
    default:
      return false;
  }
}

/** What a data URL or the end of an address says of its kind. */
function noteMedia(source: unknown, found: Measure): void {
  if (typeof source !== 'string') return;
  const kind = /^data:(\w+)\//.exec(source)?.[1] ?? (source.length > LONGEST_ADDRESS ? undefined : endingOf(source));
  if (kind === undefined) return;
  if (AUDIO.has(kind)) found.media.audio = true;
  else if (VIDEO.has(kind)) found.media.video = true;
}

const LONGEST_ADDRESS = 2_048;
const AUDIO: ReadonlySet<string> = new Set(['audio', 'mp3', 'wav', 'flac', 'ogg', 'm4a', 'aac', 'opus']);
const VIDEO: ReadonlySet<string> = new Set(['video', 'mp4', 'mov', 'webm', 'mkv', 'avi', 'mpeg']);

function endingOf(address: string): string | undefined {
  return /\.(\w{2,5})(?:[?#]|$)/.exec(address)?.[1]?.toLowerCase();
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function decodedBytes(base64: unknown): number | undefined {
  return typeof base64 === 'string' ? Math.ceil((base64.length * 3) / 4) : undefined;
}
