import type { GuardPart } from '../../core/guard.ts';
import { isRecord, type JsonRecord } from '../../core/json.ts';
import { SEALED_FIELD, sealedTexts, unsealed } from './sealed-texts.ts';

/** A text and the way to it. */
export interface FoundText {
  readonly part: GuardPart;
  readonly keys: readonly (string | number)[];
}

/** What stands around a value. */
interface Place {
  readonly kind: GuardPart['kind'];
  readonly role: string | undefined;
  readonly tool: string | undefined;
  /** Name of the field, or of the list's. */
  readonly field: string;
}

const TOP: Place = { kind: 'other', role: undefined, tool: undefined, field: '' };

/** Params that are the input itself, or speak to the model. */
const TEXT_FIELDS: ReadonlySet<string> = new Set([
  'content',
  'text',
  'input',
  'prompt',
  'instructions',
  'refusal',
  'suffix',
  'transcript',
  'revised_prompt',
  'output_text',
]);

const REASONING_FIELDS: ReadonlySet<string> = new Set(['reasoning_content', 'reasoning', 'reasoning_details', 'thinking']);

/** Words of the protocol, names of models and ids: they are compared by others, so that nothing may be put in their place. */
const PROTOCOL_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'type',
  'role',
  'id',
  'object',
  'call_id',
  'tool_call_id',
  'item_id',
  'previous_response_id',
  'file_id',
  'status',
  'finish_reason',
  'native_finish_reason',
  'service_tier',
  'system_fingerprint',
  'reasoning_effort',
  'effort',
  'format',
  'detail',
  'response_format',
  'voice',
  'quality',
  'size',
  'background',
  'completion_window',
  'continuation_id',
  'encoding_format',
  'mime_type',
  'prompt_cache_key',
  'cache_control',
]);

/** What only its maker can read: sealed reasoning, signatures, and media in base64. */
const SEALED_FIELDS: ReadonlySet<string> = new Set([
  'encrypted_content',
  'signature',
  'thought_signature',
  'continuation_token',
  'continuationToken',
  'b64_json',
  'file_data',
  'data',
  'result',
]);

/** What has an address of media. */
const ADDRESS_FIELDS: ReadonlySet<string> = new Set(['url', 'image_url', 'video_url', 'audio_url', 'file_url', 'input_image']);

/** Every text of params or of an answer that says something, in the order in which it stands there. */
export function readTexts(value: unknown): FoundText[] {
  const found: FoundText[] = [];
  walk(value, [], TOP, found);
  return found;
}

function walk(value: unknown, keys: readonly (string | number)[], place: Place, found: FoundText[]): void {
  if (typeof value === 'string') addText(value, keys, place, found);
  if (typeof value === 'string') return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, [...keys, index], place, found);
    return;
  }
  if (!isRecord(value)) return;
  const around = placeOf(value, place);
  for (const name of Object.keys(value)) {
    const item = value[name];
    if (item === null || typeof item === 'number' || typeof item === 'boolean') continue;
    if (isSchema(name) || !isSilent(name, item, place)) walk(item, [...keys, name], fieldOf(name, around), found);
  }
  if (value[SEALED_FIELD] === undefined) return;
  for (const { text, keys: within } of sealedTexts(value))
    addText(text, [...keys, ...within], { ...around, kind: 'reasoning', field: 'reasoning' }, found);
}

/** A schema speaks to the model, too: its descriptions do. */
function isSchema(name: string): boolean {
  return name === 'json_schema' || name === 'schema' || name === 'parameters';
}

function isSilent(name: string, item: unknown, { field }: Place): boolean {
  if (name === 'logprobs') return true;
  if (name === 'response_format' || name === 'format') return typeof item === 'string';
  // In the user's own objects every name may stand for anything.
  if (field === 'metadata' || field === 'arguments' || field === 'properties') return false;
  if (SEALED_FIELDS.has(name)) return typeof item === 'string' && !(name === 'data' && item.includes(' '));
  return PROTOCOL_FIELDS.has(name) && typeof item === 'string';
}

/** A picture or a file within its address; a sentence may begin with the same word. */
const DATA_URL = /^data:[\w.+-]+\/[\w.+-]+[;,]\S*$/;

function addText(text: string, keys: readonly (string | number)[], place: Place, found: FoundText[]): void {
  const { kind, role, tool } = place;
  if (text === '' || (ADDRESS_FIELDS.has(place.field) && DATA_URL.test(text))) return;
  found.push({ part: { kind, text, role, tool, path: pathOf(keys) }, keys });
}

/** What an object says of all that stands in it. */
function placeOf(value: JsonRecord, place: Place): Place {
  const role = typeof value.role === 'string' ? value.role : place.role;
  const type = typeof value.type === 'string' ? value.type : '';
  const tool = typeof value.name === 'string' ? value.name : place.tool;
  if (role === 'tool' || role === 'function' || type.endsWith('call_output'))
    return { ...place, role, kind: 'tool-result', tool };
  if (type.startsWith('reasoning') || type === 'summary_text') return { ...place, role, kind: 'reasoning' };
  if (type.endsWith('_call')) return { ...place, role, kind: 'tool-call', tool };
  return role === place.role && tool === place.tool ? place : { ...place, role, tool };
}

function fieldOf(field: string, place: Place): Place {
  if (field === 'arguments') return { ...place, field, kind: 'tool-call' };
  if (REASONING_FIELDS.has(field)) return { ...place, field, kind: 'reasoning' };
  const speaks = TEXT_FIELDS.has(field) && place.kind === 'other';
  if (speaks) return { ...place, field, kind: 'text' };
  return { ...place, field };
}

/** Whether a text is JSON, as arguments of tools are. */
export function isArguments({ keys }: FoundText): boolean {
  return keys.at(-1) === 'arguments';
}

/** `messages[0].content` */
function pathOf(keys: readonly (string | number)[]): string {
  let path = '';
  for (const key of keys) path += typeof key === 'number' ? `[${key}]` : path === '' ? key : `.${key}`;
  return path;
}

/** Another text for one that stands at some place. */
export interface PlacedText {
  readonly keys: readonly (string | number)[];
  readonly text: string;
  /** It shows more than what stood there, so that nothing beside it tells what is to be hidden. */
  readonly isRestored?: boolean;
}

/** The same value with other texts; what holds none of them is shared. What a reasoning item seals of a hidden text is left out. */
export function withTexts<T>(value: T, changes: readonly PlacedText[]): T {
  if (changes.length === 0) return value;
  const copies = new Map<unknown, unknown>();
  const root = copyOf(value, copies);
  for (const change of changes) put(change, root as Container, copies);
  return root as T;
}

type Container = Record<string | number, unknown>;

function put({ keys, text, isRestored }: PlacedText, root: Container, copies: Map<unknown, unknown>): void {
  let container = root;
  for (const key of keys.slice(0, -1)) {
    if (isRestored !== true) unsealed(container);
    if (key === SEALED_FIELD) return;
    const copied = copyOf(container[key], copies);
    container[key] = copied;
    container = copied as Container;
  }
  const last = keys.at(-1);
  if (last !== undefined) container[last] = text;
}

/** One copy of each container; a copy is its own. */
function copyOf(value: unknown, copies: Map<unknown, unknown>): unknown {
  const known = copies.get(value);
  if (known !== undefined) return known;
  const copy: unknown = Array.isArray(value) ? [...value] : { ...(value as object) };
  copies.set(value, copy);
  copies.set(copy, copy);
  return copy;
}
