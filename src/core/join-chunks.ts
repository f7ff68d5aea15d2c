import { isRecord } from './json.ts';

type Fields = Record<string, unknown>;

/** The chat completion that a stream of chunks was; undefined if these are no chunks. */
export function joinChatChunks(chunks: readonly unknown[]): unknown {
  return joinAnswer(chunks, 'chat.completion', (choice, part) => {
    choice.message ??= { role: 'assistant', content: null, refusal: null };
    if (isRecord(part.delta)) addDelta(choice.message as Fields, part.delta);
  });
}

/** The text completion that a stream of chunks was; undefined if these are no chunks. */
export function joinCompletionChunks(chunks: readonly unknown[]): unknown {
  return joinAnswer(chunks, 'text_completion', (choice, part) => {
    choice.text = `${choice.text ?? ''}${typeof part.text === 'string' ? part.text : ''}`;
  });
}

function joinAnswer(chunks: readonly unknown[], object: string, addPart: (choice: Fields, part: Fields) => void): unknown {
  const answer: Fields = {};
  const choices: Fields[] = [];
  for (const chunk of chunks) {
    if (!isRecord(chunk) || !Array.isArray(chunk.choices)) return undefined;
    const { choices: parts, obfuscation: _padding, ...head } = chunk;
    for (const [name, value] of Object.entries(head)) if (value !== null && value !== undefined) answer[name] = value;
    for (const part of parts as Fields[]) {
      const index = typeof part.index === 'number' ? part.index : 0;
      const choice = choices.find((own) => own.index === index) ?? addChoice(choices, index);
      addPart(choice, part);
      addChoiceFields(choice, part);
    }
  }
  if (choices.length === 0) return undefined;
  const { usage, ...head } = answer;
  const ordered = choices.sort((one, other) => Number(one.index) - Number(other.index));
  return { ...head, object, choices: ordered, ...(usage === undefined ? undefined : { usage }) };
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

function joinLists(earlier: unknown, later: Readonly<Fields>): Fields {
  const joined: Fields = isRecord(earlier) ? { ...earlier } : {};
  for (const [name, value] of Object.entries(later)) {
    const before = joined[name];
    if (Array.isArray(value)) joined[name] = [...(Array.isArray(before) ? before : []), ...value];
    else joined[name] = value ?? before ?? null;
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
