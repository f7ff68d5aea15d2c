import { isBridged } from '../../bridges/responses/bridge.ts';
import type { Call } from '../../core/call.ts';
import type { ReasoningDetail, ToolCall } from '../../core/chat.ts';
import { wholeBlocks } from '../../core/reasoning-blocks.ts';
import type { AnsweredTurn, TurnMemory } from '../../turn-memory/turn-memory.ts';
import type { Runtime } from '../runtime.ts';

/** A call of a stream, as far as it has come. */
export interface CallTally {
  readonly id: string;
  readonly name: string;
  readonly fragments: string[];
  extraContent?: ToolCall['extra_content'];
}

/** Hands the turns of one call's answer to the memory, which keeps what their clients may lose. */
export class TurnKeeper {
  readonly #call: Call;
  readonly #memory: TurnMemory;

  constructor(call: Call, memory: TurnMemory) {
    this.#call = call;
    this.#memory = memory;
  }

  keepTurn(turn: AnsweredTurn): void {
    this.#memory.keepTurn(this.#call, turn);
  }

  /** What the pieces of a stream came to: nothing is put together if nothing may get lost. */
  keepStreamed(
    tallies: ReadonlyMap<number, CallTally>,
    reasoning: readonly string[],
    details: readonly ReasoningDetail[] | undefined,
  ): void {
    if (tallies.size === 0) return;
    const calls: ToolCall[] = [];
    let isSigned = false;
    for (const { id, name, fragments, extraContent } of tallies.values()) {
      if (extraContent !== undefined) isSigned = true;
      if (reasoning.length === 0 && details === undefined && !isSigned) continue;
      const call: ToolCall = { id, type: 'function', function: { name, arguments: fragments.join('') } };
      calls.push(extraContent === undefined ? call : { ...call, extra_content: extraContent });
    }
    if (calls.length === 0) return;
    const reasoning_details = details && wholeBlocks(details);
    this.keepTurn({ reasoning_content: reasoning.join(''), reasoning_details, tool_calls: calls });
  }

  /** A vendor's own response is the vendor's to remember; `bridged`: whether it was made of a chat. */
  keepResponse(response: unknown, bridged = isBridged(response, this.#call.requestId)): void {
    if (bridged) this.#memory.keepResponse(this.#call, response);
  }
}

/** Undefined if nothing of the call's answer is to be remembered: there is no call of a tool without tools. */
export function turnKeeper(call: Call, { turnMemory }: Runtime): TurnKeeper | undefined {
  const { operation, params, plan, modelPlan } = call;
  if (plan.turnMemory === undefined) return undefined;
  if (operation === 'responses') return new TurnKeeper(call, turnMemory);
  if (operation !== 'chat' || (params.tools === undefined && modelPlan.params === undefined)) return undefined;
  return new TurnKeeper(call, turnMemory);
}

/**
 * Keeps what there is to keep of a whole answer. `bridged`: whether a response was made of a chat, also for another call, if
 * the answer comes from the cache.
 */
export function keepAnswer(body: unknown, call: Call, runtime: Runtime, bridged?: boolean): void {
  const keeper = turnKeeper(call, runtime);
  if (keeper === undefined) return;
  if (call.operation === 'responses') keeper.keepResponse(body, bridged);
  const { choices } = (body ?? {}) as { choices?: readonly { message?: AnsweredTurn | null }[] };
  if (!Array.isArray(choices)) return;
  for (const choice of choices) if (choice?.message?.tool_calls?.length) keeper.keepTurn(choice.message);
}
