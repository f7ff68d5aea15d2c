import { toolCallId } from '../tool-call-id.ts';
import { argumentsText, MOST_TOOL_CALLS, moveReasoning } from './chat-answer.ts';
import { splitContentParts } from './content-parts.ts';
import { ReasoningTagSplitter } from './reasoning-tags.ts';
import { isRecord, type RawMessage, type RawToolCall } from './wire-types.ts';

/** What is known of one choice of a stream, so that its deltas can be repaired one by one. */
export class ChoiceState {
  readonly #answerId: string;
  readonly #index: number;
  readonly #splitter: ReasoningTagSplitter | undefined;
  readonly #calls: CallState[] = [];
  /** The latest tool call at each of the vendor's indexes. */
  readonly #callsByIndex = new Map<unknown, CallState>();
  #roleSent = false;
  finished = false;
  /** Of text, reasoning and arguments so far. */
  characters = 0;

  constructor(answerId: string, index: number, reasoningTag: string | undefined) {
    this.#answerId = answerId;
    this.#index = index;
    this.#splitter = reasoningTag === undefined ? undefined : new ReasoningTagSplitter(reasoningTag);
  }

  /** True once the tool calls are more than anyone asks for, or numbered as nobody would. */
  implausible = false;

  /** Tool calls so far. */
  get calls(): number {
    return this.#calls.length;
  }

  /** Repairs a delta in place; true where it holds content of any kind. */
  repairDelta(delta: RawMessage): boolean {
    if (!this.#roleSent) {
      delta.role = 'assistant';
      this.#roleSent = true;
    } else if (delta.role !== undefined) {
      delta.role = undefined;
    }
    if (delta.reasoning !== undefined || delta.reasoning_content !== undefined) moveReasoning(delta);
    this.#repairContent(delta);
    if (delta.function_call === null) delta.function_call = undefined;
    if (delta.annotations === null) delta.annotations = undefined;
    if (delta.tool_calls !== undefined) this.#repairToolCalls(delta);
    if (typeof delta.content === 'string') this.characters += delta.content.length;
    if (typeof delta.reasoning_content === 'string') this.characters += delta.reasoning_content.length;
    return hasContent(delta);
  }

  /** Completes the last delta: text held back by the tag splitter, and `{}` for calls that never had arguments. */
  finish(delta: RawMessage): void {
    this.finished = true;
    const held = this.#splitter?.flush();
    if (held?.text) delta.content = `${typeof delta.content === 'string' ? delta.content : ''}${held.text}`;
    if (held?.reasoning) delta.reasoning_content = `${delta.reasoning_content ?? ''}${held.reasoning}`;
    for (const call of this.#calls) if (!call.hasArguments) completeArguments(delta, call);
  }

  #repairContent(delta: RawMessage): void {
    let { content } = delta;
    if (content === undefined || content === null) return;
    if (typeof content !== 'string') {
      const split = splitContentParts(Array.isArray(content) ? content : []);
      if (split.reasoning !== '') delta.reasoning_content = split.reasoning;
      content = split.text;
      delta.content = content;
    }
    if (this.#splitter === undefined || content === '') return;
    const { text, reasoning } = this.#splitter.push(content as string);
    if (text !== content) delta.content = text;
    if (reasoning !== '') delta.reasoning_content = reasoning;
  }

  #repairToolCalls(delta: RawMessage): void {
    if (!Array.isArray(delta.tool_calls) || delta.tool_calls.length === 0) {
      delta.tool_calls = undefined;
      return;
    }
    for (const call of delta.tool_calls) if (isRecord(call)) this.#repairToolCall(call);
  }

  #repairToolCall(call: RawToolCall): void {
    const known = this.#callOf(call);
    const state = known ?? this.#newCall(call);
    if (call.index !== state.index) call.index = state.index;
    if (call.type === 'custom') {
      state.hasArguments = true;
      return;
    }
    if (known === undefined) {
      call.id = state.id;
      call.type = 'function';
    } else {
      if (call.id !== undefined) call.id = undefined;
      if (call.type !== undefined) call.type = undefined;
    }
    repairFunction(call, state, known === undefined);
    if (typeof call.function?.arguments === 'string') this.characters += call.function.arguments.length;
  }

  /** The call that a delta goes on with; undefined where it begins a new one. */
  #callOf(call: RawToolCall): CallState | undefined {
    const ownId = typeof call.id === 'string' && call.id !== '' ? call.id : undefined;
    const begins = ownId !== undefined && typeof call.function?.name === 'string' && call.function.name !== '';
    const state = Number.isInteger(call.index) ? this.#callsByIndex.get(call.index) : this.#withoutIndex(call, ownId);
    // Gemini's OpenAI route and some hosts give every call the index 0.
    return state !== undefined && begins && ownId !== state.id ? undefined : state;
  }

  /** Mistral sends whole calls without an index: an id or a name begins one, anything else goes on with the last. */
  #withoutIndex(call: RawToolCall, ownId: string | undefined): CallState | undefined {
    const last = this.#calls.at(-1);
    if (ownId !== undefined) return ownId === last?.id ? last : undefined;
    return call.function?.name ? undefined : last;
  }

  #newCall(call: RawToolCall): CallState {
    const index = this.calls;
    const id = typeof call.id === 'string' && call.id !== '' ? call.id : toolCallId(this.#answerId, this.#index, index);
    const state: CallState = { index, id, named: false, hasArguments: false };
    this.#calls.push(state);
    const own = Number.isInteger(call.index) ? Number(call.index) : index;
    if (own < 0 || own >= MOST_TOOL_CALLS || this.calls > MOST_TOOL_CALLS) this.implausible = true;
    if (Number.isInteger(call.index)) this.#callsByIndex.set(call.index, state);
    return state;
  }
}

interface CallState {
  /** Position among the calls of the choice, from 0. */
  readonly index: number;
  readonly id: string;
  named: boolean;
  hasArguments: boolean;
}

function repairFunction(call: RawToolCall, state: CallState, first: boolean): void {
  if (!isRecord(call.function)) {
    if (!first) return;
    call.function = {};
  }
  const called = call.function;
  const { name } = called;
  if (typeof name === 'string' && name !== '' && !state.named) state.named = true;
  else if (name !== undefined) called.name = undefined;
  if (typeof called.arguments === 'string') {
    if (called.arguments !== '') state.hasArguments = true;
    return;
  }
  const text = argumentsText(called.arguments);
  if (text !== '') state.hasArguments = true;
  called.arguments = text;
}

function hasContent(delta: RawMessage): boolean {
  return Boolean(delta.content || delta.reasoning_content || delta.tool_calls || delta.refusal || delta.function_call);
}

/** Arguments of a call that came without any: `{}`, in the call's own delta where that is the last one. */
function completeArguments(delta: RawMessage, call: CallState): void {
  const calls: unknown[] = Array.isArray(delta.tool_calls) ? delta.tool_calls : [];
  const own = calls.find((candidate) => isRecord(candidate) && candidate.index === call.index);
  if (isRecord(own) && isRecord(own.function)) own.function.arguments = '{}';
  else calls.push({ index: call.index, function: { arguments: '{}' } });
  delta.tool_calls = calls;
}
