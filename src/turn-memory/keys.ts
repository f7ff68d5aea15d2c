import { ANONYMOUS, type Caller } from '../core/caller.ts';
import { isRecord, type JsonRecord } from '../core/json.ts';
import { digest } from './digest.ts';
import type { Questions } from './questions.ts';

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
 * The key of a call: its id and name, whatever a client has made of the arguments. An id that could be another
 * conversation's too, such as `functions.search:0`, is taken together with the arguments and with what was asked before
 * the place that it has in `questions`, which is their end if left out.
 */
export function callKey(owner: string, call: NamedCall, questions: Questions, place?: number): string {
  if (isRandom(call)) return `${owner}/call/${call.id}/${call.name}`;
  return `${owner}/call/${call.id}/${digest(JSON.stringify([call.name, inOneForm(call.argumentsText), questions.before(place)]))}`;
}

export function itemKey(owner: string, id: string): string {
  return `${owner}/item/${id}`;
}

/** JSON without its spacing and the order of its keys: clients write it anew. */
function inOneForm(json: string): string {
  if (json.trim() === '') return '{}';
  try {
    return JSON.stringify(JSON.parse(json), (_key, value) => (isRecord(value) ? inOrder(value) : value));
  } catch {
    return json;
  }
}

function inOrder(value: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether no other conversation can have the id: 16 letters and digits at least, some of each, that name no tool. */
function isRandom({ id, name }: NamedCall): boolean {
  if (name !== '' && id.includes(name)) return false;
  const characters = id.replace(/[^A-Za-z0-9]/g, '');
  return characters.length >= 16 && /[A-Za-z]/.test(characters) && /\d.*\d.*\d/.test(characters);
}
