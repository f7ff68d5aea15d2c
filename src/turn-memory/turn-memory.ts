import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import type { ReasoningDetail, ToolCall } from '../core/chat.ts';
import type { Clock } from '../core/clock.ts';
import { isRecord } from '../core/json.ts';
import type { Operation } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import type { TurnMemoryPlan } from '../core/plan.ts';
import { BoundedRecords } from './bounded-records.ts';
import { type Carried, type ChatTurn, completeMessages, namedCall, questionBefore } from './chat-turns.ts';
import { callDigest, callerKey, callKey, itemKey, type NamedCall } from './keys.ts';
import { askedBefore, calledIn, completeInput, type KeptItem, keptItem, type ResponseTurn } from './response-turns.ts';

/** A turn of a chat answer as far as it is looked at here. */
export interface AnsweredTurn {
  readonly reasoning_content?: string | null | undefined;
  readonly reasoning_details?: readonly ReasoningDetail[] | null | undefined;
  readonly tool_calls?: readonly ToolCall[] | undefined;
}

/**
 * Remembers, by the ids of their tool calls, what the turns of answers carry that many clients drop: reasoning with its
 * signatures. A later request that has the call without it is completed, so that its maker takes it back. What is one
 * caller's is never given to another. It lives in this process only.
 */
export class TurnMemory {
  readonly #records: BoundedRecords<ChatTurn | ResponseTurn>;

  constructor(clock: Clock) {
    this.#records = new BoundedRecords(clock);
  }

  /** A turn that a chat answered with; kept where it has calls and something that may get lost. */
  keepTurn({ caller, params, plan }: Call, turn: AnsweredTurn): void {
    const { turnMemory } = plan;
    const { reasoning_content: reasoningContent, reasoning_details: reasoningDetails, tool_calls: calls } = turn;
    if (turnMemory === undefined || !calls?.length) return;
    const hasDetails = reasoningDetails !== undefined && reasoningDetails !== null && reasoningDetails.length > 0;
    if (!reasoningContent && !hasDetails && !calls.some((call) => call.extra_content)) return;
    const messages = Array.isArray(params.messages) ? params.messages : [];
    const owner = callerKey(caller);
    const digests = new Map<string, string>();
    const extraContents: [string, NonNullable<ToolCall['extra_content']>][] = [];
    const keys: string[] = [];
    for (const call of calls) {
      const named = namedCall(call);
      if (named === undefined) continue;
      digests.set(named.id, callDigest(named));
      keys.push(callKey(owner, named, () => questionBefore(messages, messages.length)));
      if (call.extra_content) extraContents.push([named.id, call.extra_content]);
    }
    const carried: Carried = {
      reasoningContent: reasoningContent || undefined,
      reasoningDetails: hasDetails ? reasoningDetails : undefined,
      extraContents,
    };
    this.#keep(keys, { kind: 'chat', calls: digests, json: JSON.stringify(carried) }, turnMemory);
  }

  /** A response that was made of a chat; its items are named by clients that take it to be stored. */
  keepResponse({ caller, params, plan }: Call, response: unknown): void {
    const { turnMemory } = plan;
    if (turnMemory === undefined || !isRecord(response) || !Array.isArray(response.output)) return;
    const owner = callerKey(caller);
    const items: KeptItem[] = [];
    const calls = new Map<string, string>();
    const keys: string[] = [];
    for (const item of response.output.filter(isRecord)) {
      items.push(keptItem(item));
      if (typeof item.id === 'string') keys.push(itemKey(owner, item.id));
      const called = calledIn(item);
      if (called === undefined) continue;
      calls.set(called.id, callDigest(called));
      keys.push(callKey(owner, called, () => lastQuestion(params.input)));
    }
    this.#keep(keys, { kind: 'response', items, calls }, turnMemory);
  }

  /** The params with what is known of their turns where it is missing; the same object where nothing is. */
  complete(params: Params, operation: Operation, caller: Caller, turnMemory: TurnMemoryPlan | undefined): Params {
    if (turnMemory === undefined || this.#records.size === 0) return params;
    if (operation === 'chat' && Array.isArray(params.messages))
      return this.#completeChat(params, params.messages, caller, turnMemory);
    if (operation === 'responses' && Array.isArray(params.input))
      return this.#completeResponses(params, params.input, caller, turnMemory);
    return params;
  }

  clear(): void {
    this.#records.clear();
  }

  #keep(keys: readonly string[], turn: ChatTurn | ResponseTurn, limits: TurnMemoryPlan): void {
    if (keys.length === 0) return;
    let bytes = BYTES_OF_A_RECORD;
    for (const json of turn.kind === 'chat' ? [turn.json] : turn.items.map((item) => item.json)) bytes += Buffer.byteLength(json);
    for (const key of keys) bytes += key.length;
    this.#records.keep(keys, turn, bytes, limits);
  }

  #completeChat(params: Params, messages: readonly unknown[], caller: Caller, { ttlMs }: TurnMemoryPlan): Params {
    const owner = callerKey(caller);
    const completed = completeMessages(messages, (call, place) => {
      const turn = this.#records.find(
        callKey(owner, call, () => questionBefore(messages, place)),
        ttlMs,
      );
      return turn?.kind === 'chat' && turn.calls.get(call.id) === callDigest(call) ? turn : undefined;
    });
    return completed === messages ? params : { ...params, messages: completed };
  }

  #completeResponses(params: Params, input: readonly unknown[], caller: Caller, { ttlMs }: TurnMemoryPlan): Params {
    const owner = callerKey(caller);
    const responseAt = (key: string): ResponseTurn | undefined => {
      const turn = this.#records.find(key, ttlMs);
      return turn?.kind === 'response' ? turn : undefined;
    };
    const completed = completeInput(input, {
      byItem: (id) => responseAt(itemKey(owner, id)),
      byCall: (call: NamedCall, place) => {
        const turn = responseAt(callKey(owner, call, () => askedBefore(input, place)));
        return turn?.calls.get(call.id) === callDigest(call) ? turn : undefined;
      },
    });
    return completed === input ? params : { ...params, input: completed };
  }
}

function lastQuestion(input: unknown): string {
  if (typeof input === 'string') return input;
  return Array.isArray(input) ? askedBefore(input, input.length) : '';
}

// What a record takes beside its texts, roughly.
const BYTES_OF_A_RECORD = 500;
