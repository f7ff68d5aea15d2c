import type { ReasoningDetail, ToolCall } from '../core/chat.ts';
import { isRecord, type JsonRecord } from '../core/json.ts';
import type { NamedCall } from './keys.ts';

/** A turn of a chat answer with calls. What it carries is kept as JSON: nobody can change it, and its size is known. */
export interface ChatTurn {
  readonly kind: 'chat';
  /** A `Carried`. */
  readonly json: string;
}

/** What many clients do not give back. */
export interface Carried {
  readonly reasoningContent?: string | undefined;
  readonly reasoningDetails?: readonly ReasoningDetail[] | undefined;
  /** By the call's id. */
  readonly extraContents: readonly (readonly [string, NonNullable<ToolCall['extra_content']>])[];
}

/** A call of an answer or a history; undefined for one that is no function's. */
export function namedCall(call: unknown): NamedCall | undefined {
  if (!isRecord(call) || !isRecord(call.function)) return undefined;
  const { id, function: called } = call;
  if (typeof id !== 'string' || id === '' || typeof called.name !== 'string') return undefined;
  return { id, name: called.name, argumentsText: textOf(called.arguments) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/**
 * The messages with what their turns carried, if it is missing; the same list if nothing is. `find` gives the turn
 * that the call at a place was of.
 */
export function completeMessages(
  messages: readonly unknown[],
  find: (call: NamedCall, place: number) => ChatTurn | undefined,
): readonly unknown[] {
  let completed: unknown[] | undefined;
  for (let place = 0; place < messages.length; place += 1) {
    const message = messages[place];
    if (!isRecord(message) || message.role !== 'assistant' || !Array.isArray(message.tool_calls)) continue;
    const own = completeMessage(message, message.tool_calls, (call) => find(call, place));
    if (own === message) continue;
    completed ??= messages.slice();
    completed[place] = own;
  }
  return completed ?? messages;
}

function completeMessage(
  message: JsonRecord,
  calls: readonly unknown[],
  find: (call: NamedCall) => ChatTurn | undefined,
): JsonRecord {
  const turn = turnOf(calls, find);
  if (turn === undefined) return message;
  const own: Record<string, unknown> = { ...message };
  const { reasoningContent, reasoningDetails, extraContents } = JSON.parse(turn.json) as Carried;
  if (reasoningContent !== undefined && isMissing(own.reasoning_content) && isMissing(own.reasoning))
    own.reasoning_content = reasoningContent;
  if (reasoningDetails !== undefined && isMissing(own.reasoning_details)) own.reasoning_details = reasoningDetails;
  const signed = new Map(extraContents);
  if (signed.size > 0) own.tool_calls = calls.map((call) => withExtraContent(call, signed));
  return own;
}

/** The turn of the first call that is known. */
function turnOf(calls: readonly unknown[], find: (call: NamedCall) => ChatTurn | undefined): ChatTurn | undefined {
  for (const call of calls) {
    const named = namedCall(call);
    const turn = named && find(named);
    if (turn !== undefined) return turn;
  }
  return undefined;
}

function withExtraContent(call: unknown, extraContents: ReadonlyMap<string, unknown>): unknown {
  if (!isRecord(call) || typeof call.id !== 'string' || !isMissing(call.extra_content)) return call;
  const extraContent = extraContents.get(call.id);
  return extraContent === undefined ? call : { ...call, extra_content: extraContent };
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
