import { isRecord, type JsonRecord } from '../core/json.ts';
import { type NamedCall, wordsOf } from './keys.ts';

/** The output of an answer of the Responses API that the gateway made of a chat. */
export interface ResponseTurn {
  readonly kind: 'response';
  readonly items: readonly KeptItem[];
  /** Digests of the calls, by their id. */
  readonly calls: ReadonlyMap<string, string>;
}

/** An item as JSON: nobody can change it, and its size is known. */
export interface KeptItem {
  readonly id: unknown;
  readonly type: unknown;
  readonly callId: unknown;
  readonly sealed: unknown;
  readonly json: string;
}

export function keptItem(item: JsonRecord): KeptItem {
  const { id, type, call_id: callId, encrypted_content: sealed } = item;
  return { id, type, callId, sealed, json: JSON.stringify(item) };
}

/** How a turn is found again. */
export interface TurnFinder {
  byItem(id: string): ResponseTurn | undefined;
  byCall(call: NamedCall, place: number): ResponseTurn | undefined;
}

/** A call of an output or an input; undefined for any other item. */
export function calledIn(item: JsonRecord): NamedCall | undefined {
  const { type, call_id: id, name, arguments: written } = item;
  if (type !== 'function_call' || typeof id !== 'string' || id === '' || typeof name !== 'string') return undefined;
  return { id, name, argumentsText: typeof written === 'string' ? written : '' };
}

/** The words of the newest message of the user before a place in the input. */
export function askedBefore(input: readonly unknown[], place: number): string {
  for (let position = place - 1; position >= 0; position -= 1) {
    const item = input[position];
    if (isRecord(item) && item.role === 'user') return wordsOf(item.content);
  }
  return '';
}

/**
 * The input with the items that it refers to in their place, and the reasoning of turns whose calls came without it. The
 * same list where nothing is known of any.
 */
export function completeInput(input: readonly unknown[], finder: TurnFinder): readonly unknown[] {
  const resolved = withItems(input, finder);
  return withReasoning(resolved, finder);
}

function withItems(input: readonly unknown[], finder: TurnFinder): readonly unknown[] {
  let changed: unknown[] | undefined;
  for (let place = 0; place < input.length; place += 1) {
    const id = referredId(input[place]);
    const item = id === undefined ? undefined : finder.byItem(id)?.items.find((own) => own.id === id);
    if (item === undefined) continue;
    changed ??= input.slice();
    changed[place] = JSON.parse(item.json);
  }
  return changed ?? input;
}

/** The id that an item refers by; the type of a reference may be left out. */
function referredId(item: unknown): string | undefined {
  if (!isRecord(item) || typeof item.id !== 'string') return undefined;
  const isReference = item.type === 'item_reference' || (item.type === undefined && item.role === undefined);
  return isReference ? item.id : undefined;
}

function withReasoning(input: readonly unknown[], finder: TurnFinder): readonly unknown[] {
  const given = new Set<unknown>();
  for (const item of input) if (isRecord(item) && item.type === 'reasoning') given.add(item.id).add(item.encrypted_content);
  const completed: unknown[] = [];
  const done = new Set<ResponseTurn>();
  let isChanged = false;
  for (const [place, item] of input.entries()) {
    const call = isRecord(item) ? calledIn(item) : undefined;
    const turn = call && finder.byCall(call, place);
    if (call === undefined || turn === undefined) {
      completed.push(item);
      continue;
    }
    // Once for a turn: its calls follow each other.
    const missing = done.has(turn) ? [] : turn.items.filter((own) => isMissing(own, given));
    done.add(turn);
    const own = withSignature(item as JsonRecord, call, turn);
    if (missing.length > 0 || own !== item) isChanged = true;
    completed.push(...missing.map(({ json }) => JSON.parse(json)), own);
  }
  return isChanged ? completed : input;
}

function isMissing({ type, id, sealed }: KeptItem, given: ReadonlySet<unknown>): boolean {
  if (type !== 'reasoning' || given.has(id)) return false;
  return sealed === undefined || !given.has(sealed);
}

function withSignature(item: JsonRecord, { id }: NamedCall, { items }: ResponseTurn): JsonRecord {
  if (item.extra_content !== undefined && item.extra_content !== null) return item;
  const kept = items.find(({ callId }) => callId === id);
  const extraContent = kept && (JSON.parse(kept.json) as JsonRecord).extra_content;
  return extraContent === undefined ? item : { ...item, extra_content: extraContent };
}
