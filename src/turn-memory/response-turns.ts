import { isRecord, type JsonRecord } from '../core/json.ts';
import type { NamedCall } from './keys.ts';

/** The output of an answer of the Responses API that the gateway made of a chat. */
export interface ResponseTurn {
  readonly kind: 'response';
  readonly items: readonly KeptItem[];
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

/**
 * The input with the items that it refers to in their place, and the reasoning of turns whose calls came without it. The
 * same list if nothing is known of any.
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
  for (const item of input) if (isReasoning(item)) given.add(item.id).add(item.encrypted_content);
  const completed: unknown[] = [];
  const done = new Set<ResponseTurn>();
  let isChanged = false;
  let turnStart = 0;
  for (const [place, item] of input.entries()) {
    const call = isRecord(item) ? calledIn(item) : undefined;
    const turn = call && finder.byCall(call, place);
    // Once for a turn: its calls follow each other.
    if (turn && !done.has(turn) && giveReasoning(completed, turnStart, missingOf(turn, given))) isChanged = true;
    if (turn) done.add(turn);
    const own = call && turn ? withSignature(item as JsonRecord, call, turn) : item;
    if (own !== item) isChanged = true;
    completed.push(own);
    if (isOfModel(item)) continue;
    turnStart = completed.length;
    done.clear();
  }
  return isChanged ? completed : input;
}

/** The reasoning of a turn that is not among what was given, or only without what is sealed in it. */
function missingOf({ items }: ResponseTurn, given: ReadonlySet<unknown>): readonly JsonRecord[] {
  const missing = items.filter(({ type, id, sealed }) => type === 'reasoning' && !given.has(sealed ?? id));
  return missing.map(({ json }) => JSON.parse(json) as JsonRecord);
}

/** Adds reasoning to the turn that begins at a place; what a client has left of it gives way. True if there was any. */
function giveReasoning(completed: unknown[], turnStart: number, missing: readonly JsonRecord[]): boolean {
  for (const item of missing) {
    const summary = JSON.stringify(item.summary);
    const at = completed.findIndex((own, place) => place >= turnStart && isRestOf(own, item, summary));
    if (at < 0) completed.push(item);
    else completed[at] = item;
  }
  return missing.length > 0;
}

function isRestOf(own: unknown, { id }: JsonRecord, summary: string): boolean {
  return isReasoning(own) && !own.encrypted_content && (own.id === id || JSON.stringify(own.summary) === summary);
}

function isReasoning(item: unknown): item is JsonRecord {
  return isRecord(item) && item.type === 'reasoning';
}

function isOfModel(item: unknown): boolean {
  return isRecord(item) && (item.role === 'assistant' || item.type === 'reasoning' || item.type === 'function_call');
}

function withSignature(item: JsonRecord, { id }: NamedCall, { items }: ResponseTurn): JsonRecord {
  if (item.extra_content !== undefined && item.extra_content !== null) return item;
  const kept = items.find(({ callId }) => callId === id);
  const extraContent = kept && (JSON.parse(kept.json) as JsonRecord).extra_content;
  return extraContent === undefined ? item : { ...item, extra_content: extraContent };
}
