import { isRecord, type JsonRecord } from '../../core/json.ts';
import type { ChannelFacts } from './items-form.ts';

/** A piece of a text in one choice of a chunk. */
export interface ChoiceText {
  readonly facts: ChannelFacts;
  readonly text: string;
  /** The way to it, from the choice on. */
  readonly keys: readonly (string | number)[];
  /** The choice's fields that carry another piece of the same text. */
  carry(text: string): JsonRecord;
}

/** Fields of a delta whose texts are followed; what else one has is read as a whole. */
export const FOLLOWED_FIELDS: ReadonlySet<string> = new Set([
  'role',
  'content',
  'refusal',
  'tool_calls',
  'function_call',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'audio',
]);

const PLAIN_FIELDS: readonly (readonly [field: string, kind: ChannelFacts['kind']])[] = [
  ['content', 'text'],
  ['refusal', 'text'],
  ['reasoning_content', 'reasoning'],
  ['reasoning', 'reasoning'],
];

const NONE: readonly ChoiceText[] = [];

/** The pieces of texts in one choice of a chat or completion chunk. */
export function choiceTexts(choice: JsonRecord): readonly ChoiceText[] {
  const prefix = `choices[${String(choice.index ?? 0)}]`;
  if (typeof choice.text === 'string') {
    return choice.text === '' ? NONE : [plainText(`${prefix}.text`, choice.text)];
  }
  const { delta } = choice;
  if (!isRecord(delta)) return NONE;
  let texts: ChoiceText[] | undefined;
  for (const [field, kind] of PLAIN_FIELDS) {
    const text = delta[field];
    if (typeof text !== 'string' || text === '') continue;
    texts ??= [];
    texts.push(fieldText(`${prefix}.${field}`, field, kind, text));
  }
  const others = delta.tool_calls || delta.function_call || delta.reasoning_details || delta.audio;
  return others ? [...(texts ?? NONE), ...otherTexts(delta, prefix)] : (texts ?? NONE);
}

function plainText(key: string, text: string): ChoiceText {
  return { facts: { key, kind: 'text', isJson: false }, text, keys: ['text'], carry: (piece) => ({ text: piece }) };
}

function fieldText(key: string, field: string, kind: ChannelFacts['kind'], text: string): ChoiceText {
  return { facts: { key, kind, isJson: false }, text, keys: ['delta', field], carry: (piece) => ({ delta: { [field]: piece } }) };
}

function otherTexts(delta: JsonRecord, prefix: string): ChoiceText[] {
  const texts: ChoiceText[] = [];
  for (const [place, call] of listOf(delta.tool_calls)) texts.push(...toolTexts(call, place, prefix));
  for (const [place, detail] of listOf(delta.reasoning_details)) texts.push(...detailTexts(detail, place, prefix));
  const called = delta.function_call;
  if (isRecord(called) && isText(called.arguments)) {
    texts.push({
      facts: { key: `${prefix}.function_call.arguments`, kind: 'tool-call', isJson: true },
      text: called.arguments,
      keys: ['delta', 'function_call', 'arguments'],
      carry: (piece) => ({ delta: { function_call: { arguments: piece } } }),
    });
  }
  const { audio } = delta;
  if (isRecord(audio) && isText(audio.transcript)) {
    texts.push({
      facts: { key: `${prefix}.audio.transcript`, kind: 'text', isJson: false },
      text: audio.transcript,
      keys: ['delta', 'audio', 'transcript'],
      carry: (piece) => ({ delta: { audio: { transcript: piece } } }),
    });
  }
  return texts;
}

function toolTexts(call: JsonRecord, place: number, prefix: string): ChoiceText[] {
  const index = typeof call.index === 'number' ? call.index : place;
  const texts: ChoiceText[] = [];
  for (const [holder, field] of TOOL_FIELDS) {
    const held = call[holder];
    if (!isRecord(held) || !isText(held[field])) continue;
    texts.push({
      facts: { key: `${prefix}.tool_calls[${index}].${field}`, kind: 'tool-call', isJson: field === 'arguments' },
      text: held[field],
      keys: ['delta', 'tool_calls', place, holder, field],
      carry: (piece) => ({ delta: { tool_calls: [{ index, [holder]: { [field]: piece } }] } }),
    });
  }
  return texts;
}

const TOOL_FIELDS = [
  ['function', 'arguments'],
  ['custom', 'input'],
] as const;

function detailTexts(detail: JsonRecord, place: number, prefix: string): ChoiceText[] {
  const index = typeof detail.index === 'number' ? detail.index : 0;
  const texts: ChoiceText[] = [];
  for (const field of ['text', 'summary']) {
    const text = detail[field];
    if (!isText(text)) continue;
    const { signature: _, ...head } = detail;
    texts.push({
      // As whole answers list them: texts follow on each other.
      facts: {
        key: `${prefix}.reasoning_details[${index}].${field}`,
        run: runOf(prefix, field),
        kind: 'reasoning',
        isJson: false,
      },
      text,
      keys: ['delta', 'reasoning_details', place, field],
      carry: (piece) => ({ delta: { reasoning_details: [{ ...head, [field]: piece }] } }),
    });
  }
  return texts;
}

function runOf(prefix: string, field: string): string | undefined {
  return field === 'text' ? `${prefix}.reasoning_details` : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function listOf(value: unknown): [number, JsonRecord][] {
  if (!Array.isArray(value)) return [];
  return [...value.entries()].filter((entry): entry is [number, JsonRecord] => isRecord(entry[1]));
}
