import { isRecord } from './json.ts';
import type { Operation } from './operation.ts';

type Fields = Record<string, unknown>;

/** The operations of which a whole answer can be made of a stream: a response's last event has all of it. */
export function mayBeJoined(operation: Operation): operation is 'chat' | 'completions' | 'responses' {
  return operation === 'chat' || operation === 'completions' || operation === 'responses';
}

/** Puts the chunks of a stream together, as they come, to the whole answer that it would have been. */
export class ChunkJoin {
  readonly #operation: 'chat' | 'completions';
  readonly #head: Fields = {};
  readonly #choices: Fields[] = [];
  #areChunks = true;

  constructor(operation: 'chat' | 'completions') {
    this.#operation = operation;
  }

  add(chunk: unknown): void {
    if (!isRecord(chunk) || !Array.isArray(chunk.choices)) {
      this.#areChunks = false;
      return;
    }
    const { choices, obfuscation: _padding, ...head } = chunk;
    for (const [name, value] of Object.entries(head)) if (value !== null && value !== undefined) this.#head[name] = value;
    for (const part of choices as Fields[]) this.#addPart(part);
  }

  /** Undefined if there was no choice, or anything that is no chunk. */
  get answer(): object | undefined {
    if (!this.#areChunks || this.#choices.length === 0) return undefined;
    const { usage, ...head } = this.#head;
    const object = this.#operation === 'chat' ? 'chat.completion' : 'text_completion';
    const choices = this.#choices.toSorted((one, other) => Number(one.index) - Number(other.index));
    return { ...head, object, choices, ...(usage === undefined ? undefined : { usage }) };
  }

  #addPart(part: Fields): void {
    const index = typeof part.index === 'number' ? part.index : 0;
    const choice = this.#choices.find((own) => own.index === index) ?? addChoice(this.#choices, index);
    if (this.#operation === 'completions') {
      choice.text = `${choice.text ?? ''}${typeof part.text === 'string' ? part.text : ''}`;
    } else {
      choice.message ??= { role: 'assistant', content: null, refusal: null };
      if (isRecord(part.delta)) addDelta(choice.message as Fields, part.delta);
    }
    addChoiceFields(choice, part);
  }
}

function addChoice(choices: Fields[], index: number): Fields {
  const choice: Fields = { index, logprobs: null, finish_reason: null };
  choices.push(choice);
  return choice;
}

/** All of a choice but what it says. */
function addChoiceFields(choice: Fields, part: Fields): void {
  for (const [name, value] of Object.entries(part)) {
    if (name === 'delta' || name === 'text' || name === 'index' || value === null || value === undefined) continue;
    if (name === 'logprobs' && isRecord(value)) choice.logprobs = joinLists(choice.logprobs, value);
    else choice[name] = value;
  }
}

/** Its lists are its own, and grow in place: those of a long answer come item by item. */
function joinLists(earlier: unknown, later: Readonly<Fields>): Fields {
  const joined: Fields = isRecord(earlier) ? earlier : {};
  for (const [name, value] of Object.entries(later)) {
    const before = joined[name];
    if (!Array.isArray(value)) joined[name] = value ?? before ?? null;
    else if (Array.isArray(before)) for (const item of value) before.push(item);
    else joined[name] = [...value];
  }
  return joined;
}

/** Fields that come once, or again the same. */
const SET_ONCE: ReadonlySet<string> = new Set(['role', 'id', 'type', 'name', 'format', 'expires_at', 'signature']);

/** Texts are added up, lists joined by the index of their items, the rest is taken as it came last. */
function addDelta(whole: Fields, delta: Readonly<Fields>): void {
  for (const [name, value] of Object.entries(delta)) {
    const before = whole[name];
    if (value === null || value === undefined) continue;
    if (typeof value === 'string' && typeof before === 'string' && !SET_ONCE.has(name)) whole[name] = before + value;
    else if (Array.isArray(value)) whole[name] = addItems(Array.isArray(before) ? before : [], value, name);
    else if (isRecord(value)) {
      const own: Fields = isRecord(before) ? { ...before } : {};
      addDelta(own, value);
      whole[name] = own;
    } else if (!(SET_ONCE.has(name) && value === '' && before !== undefined)) whole[name] = value;
  }
}

function addItems(before: unknown[], added: readonly unknown[], list: string): unknown[] {
  const items = [...before];
  for (const item of added) {
    if (list === 'tool_calls' && isRecord(item)) addCall(items as Fields[], item);
    else if (list === 'reasoning_details' && isRecord(item)) addDetail(items as Fields[], item);
    else items.push(item);
  }
  return items;
}

/** The position of a call in the list is its index. */
function addCall(calls: Fields[], { index, ...delta }: Readonly<Fields>): void {
  const place = typeof index === 'number' && index >= 0 && index <= calls.length ? index : calls.length;
  const call = calls[place] ?? { id: '', type: 'function' };
  calls[place] = call;
  addDelta(call, delta);
}

/** Pieces of one block bear its index and type, and follow each other. */
function addDetail(details: Fields[], piece: Readonly<Fields>): void {
  const last = details.at(-1);
  const goesOn = last !== undefined && piece.index !== undefined && last.index === piece.index && last.type === piece.type;
  if (goesOn) addDelta(last, piece);
  else details.push({ ...piece });
}
