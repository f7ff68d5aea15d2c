import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import type { ReasoningDetail, ToolCall } from '../core/chat.ts';
import type { Clock } from '../core/clock.ts';
import { isRecord } from '../core/json.ts';
import type { Operation } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import type { TurnMemoryPlan } from '../core/plan.ts';
import { BoundedRecords } from './bounded-records.ts';
import { type Carried, type ChatTurn, completeMessages, namedCall } from './chat-turns.ts';
import { callerKey, callKey, itemKey } from './keys.ts';
import { Questions } from './questions.ts';
import { calledIn, completeInput, type KeptItem, keptItem, type ResponseTurn } from './response-turns.ts';

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

  /** Puts bounds in force. Without any, all is forgotten and nothing is kept, of calls under way neither. */
  bound(limits: TurnMemoryPlan | undefined): void {
    this.#records.bound(limits);
  }

  /** A turn that a chat answered with; kept if it has calls and something that may get lost. */
  keepTurn({ caller, params }: Call, turn: AnsweredTurn): void {
    const { reasoning_content: reasoningContent, reasoning_details: reasoningDetails, tool_calls: calls } = turn;
    if (!calls?.length) return;
    const hasDetails = reasoningDetails !== undefined && reasoningDetails !== null && reasoningDetails.length > 0;
    if (!reasoningContent && !hasDetails && !calls.some((call) => call.extra_content)) return;
    const questions = new Questions(params.messages);
    const owner = callerKey(caller);
    const extraContents: [string, NonNullable<ToolCall['extra_content']>][] = [];
    const keys: string[] = [];
    for (const call of calls) {
      const named = namedCall(call);
      if (named === undefined) continue;
      keys.push(callKey(owner, named, questions));
      if (call.extra_content) extraContents.push([named.id, call.extra_content]);
    }
    const carried: Carried = {
      reasoningContent: reasoningContent || undefined,
      reasoningDetails: hasDetails ? reasoningDetails : undefined,
      extraContents,
    };
    this.#keep(keys, { kind: 'chat', json: JSON.stringify(carried) });
  }

  /** A response that was made of a chat; its items are named by clients that take it to be stored. */
  keepResponse({ caller, params }: Call, response: unknown): void {
    if (!isRecord(response) || !Array.isArray(response.output)) return;
    const owner = callerKey(caller);
    const questions = new Questions(params.input);
    const items: KeptItem[] = [];
    const keys: string[] = [];
    for (const item of response.output.filter(isRecord)) {
      items.push(keptItem(item));
      if (typeof item.id === 'string') keys.push(itemKey(owner, item.id));
      const called = calledIn(item);
      if (called !== undefined) keys.push(callKey(owner, called, questions));
    }
    this.#keep(keys, { kind: 'response', items });
  }

  /** The params with what is known of their turns if it is missing; the same object if nothing is. */
  complete(params: Params, operation: Operation, caller: Caller): Params {
    if (this.#records.size === 0) return params;
    if (operation === 'chat' && Array.isArray(params.messages)) return this.#completeChat(params, params.messages, caller);
    if (operation === 'responses' && Array.isArray(params.input)) return this.#completeResponses(params, params.input, caller);
    return params;
  }

  #keep(keys: readonly string[], turn: ChatTurn | ResponseTurn): void {
    if (keys.length === 0) return;
    let bytes = BYTES_OF_A_RECORD;
    for (const json of turn.kind === 'chat' ? [turn.json] : turn.items.map((item) => item.json)) bytes += Buffer.byteLength(json);
    for (const key of keys) bytes += key.length;
    this.#records.keep(keys, turn, bytes);
  }

  #completeChat(params: Params, messages: readonly unknown[], caller: Caller): Params {
    const owner = callerKey(caller);
    const questions = new Questions(messages);
    const completed = completeMessages(messages, (call, place) => {
      const turn = this.#records.find(callKey(owner, call, questions, place));
      return turn?.kind === 'chat' ? turn : undefined;
    });
    return completed === messages ? params : { ...params, messages: completed };
  }

  #completeResponses(params: Params, input: readonly unknown[], caller: Caller): Params {
    const owner = callerKey(caller);
    const questions = new Questions(input);
    const responseAt = (key: string): ResponseTurn | undefined => {
      const turn = this.#records.find(key);
      return turn?.kind === 'response' ? turn : undefined;
    };
    const completed = completeInput(input, {
      byItem: (id) => responseAt(itemKey(owner, id)),
      byCall: (call, place) => responseAt(callKey(owner, call, questions, place)),
    });
    return completed === input ? params : { ...params, input: completed };
  }
}

// What a record takes beside its texts, roughly.
const BYTES_OF_A_RECORD = 500;
