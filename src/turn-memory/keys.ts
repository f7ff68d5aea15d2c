import { createHash } from 'node:crypto';
import { ANONYMOUS, type Caller } from '../core/caller.ts';

/** A tool call as an answer or a history has it. */
export interface NamedCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsText: string;
}

const digests = new WeakMap<Caller, string>();

/** Who a caller is, as the start of every key: all its dimensions, in any order. The same for no two callers. */
export function callerKey(caller: Caller): string {
  if (caller === ANONYMOUS) return '';
  const known = digests.get(caller);
  if (known !== undefined) return known;
  const dimensions = Object.entries(caller).filter(([name, value]) => value !== undefined && name !== 'priority');
  dimensions.sort(([one], [other]) => (one < other ? -1 : 1));
  const key = dimensions.length === 0 ? '' : digest(JSON.stringify(dimensions));
  digests.set(caller, key);
  return key;
}

/**
 * The key of a call. An id that could be another conversation's too, such as `functions.search:0`, is taken together with
 * what was asked, which `question` gives.
 */
export function callKey(owner: string, call: NamedCall, question: () => string): string {
  if (isRandom(call)) return `${owner}/call/${call.id}`;
  return `${owner}/call/${call.id}/${digest(`${callDigest(call)}/${question()}`)}`;
}

export function itemKey(owner: string, id: string): string {
  return `${owner}/item/${id}`;
}

/** Name and arguments of a call, however its JSON is spaced: clients write it anew. */
export function callDigest({ name, argumentsText }: NamedCall): string {
  return digest(`${name}/${withoutSpacing(argumentsText)}`);
}

/** The words of a message or item, whichever way its content is written. */
export function wordsOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts: string[] = [];
  for (const part of content) if (typeof part?.text === 'string') texts.push(part.text);
  return texts.join('\n');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function withoutSpacing(json: string): string {
  if (json === '') return '{}';
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return json;
  }
}

/** Whether no other conversation can have the id: 16 letters and digits at least, some of each, that name no tool. */
function isRandom({ id, name }: NamedCall): boolean {
  if (name !== '' && id.includes(name)) return false;
  const characters = id.replace(/[^A-Za-z0-9]/g, '');
  return characters.length >= 16 && /[A-Za-z]/.test(characters) && /\d.*\d.*\d/.test(characters);
}
