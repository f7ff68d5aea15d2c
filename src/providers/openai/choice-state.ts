import type { Params } from '../../core/params.ts';
import { argumentsText } from '../arguments-text.ts';
import { type StreamedCall, StreamedCalls } from '../streamed-calls.ts';
import { MOST_TOOL_CALLS, moveReasoning } from './chat-answer.ts';
import { splitContentParts } from './content-parts.ts';
import { ReasoningTagSplitter } from './reasoning-tags.ts';
import { isRecord, type RawMessage, type RawToolCall } from './wire-types.ts';

/** What is known of one choice of a stream, so that its deltas can be repaired one by one. */
export class ChoiceState {
  readonly #answerId: string;
  readonly #splitter: ReasoningTagSplitter | undefined;
  readonly #calls: StreamedCalls;
  /** The latest tool call at each of the vendor's indexes. */
  readonly #callsByIndex = new Map<unknown, StreamedCall>();
  /** Calls whose input is no JSON. */
  #customCalls: Set<StreamedCall> | undefined;
  #roleSent = false;
  finished = false;
  /** A call in OpenAI's older form. */
  hasFunctionCall = false;
  /** Of text, reasoning and arguments so far. */
  characters = 0;

  constructor(answerId: string, index: number, reasoningTag: string | undefined, params: Params) {
    this.#answerId = answerId;
    this.#calls = new StreamedCalls(index, params);
    this.#splitter = reasoningTag === undefined ? undefined : new ReasoningTagSplitter(reasoningTag);
  }

  /** True once the tool calls are more than anyone asks for, or numbered as nobody would. */
  implausible = false;

  /** True once anything was said. */
  get hasSpoken(): boolean {
    return this.characters > 0 || this.#calls.all.length > 0;
  }

  /** Tool calls so far, as the reader has them. */
  get calls(): number {
    return this.#calls.shown;
  }

  /** True if the choice finished with a call that has no name. */
  get hasNameless(): boolean {
    return this.#calls.hasNameless;
  }

  /** Repairs a delta in place; true if it holds content of any kind. */
  repairDelta(delta: RawMessage): boolean {
    if (!this.#roleSent) {
      delta.role = 'assistant';
      this.#roleSent = true;
    } else if (delta.role !== undefined) {
      delta.role = undefined;
    }
    if (delta.reasoning !== undefined || delta.reasoning_content !== undefined) moveReasoning(delta);
    this.#repairContent(delta);
    if (delta.function_call !== undefined) this.#repairFunctionCall(delta);
    if (delta.annotations === null) delta.annotations = undefined;
    if (delta.tool_calls !== undefined) this.#repairToolCalls(delta);
    if (typeof delta.content === 'string') this.characters += delta.content.length;
    if (typeof delta.reasoning_content === 'string') this.characters += delta.reasoning_content.length;
    return hasContent(delta);
  }

  /** Completes the last delta: what was held back of text and calls, and `{}` for calls that never had arguments. */
  finish(delta: RawMessage): void {
    this.finished = true;
    const held = this.#splitter?.flush();
    if (held?.text) delta.content = `${typeof delta.content === 'string' ? delta.content : ''}${held.text}`;
    if (held?.reasoning) delta.reasoning_content = `${delta.reasoning_content ?? ''}${held.reasoning}`;
    this.completeCalls(delta);
  }

  /** Nothing more comes of the calls: `delta` takes up what they lack. */
  completeCalls(delta: RawMessage): void {
    for (const call of this.#calls.all) {
      if (this.#customCalls?.has(call)) continue;
      const isFirst = call.index < 0;
      const text = this.#calls.end(call);
      if (text !== undefined) completeArguments(delta, call, text, isFirst);
    }
  }

  #repairContent(delta: RawMessage): void {
    let { content } = delta;
    if (content === undefined || content === null) return;
    if (typeof content !== 'string') {
      const split = splitContentParts(content as object);
      if (split.reasoning !== '') delta.reasoning_content = split.reasoning;
      content = split.text;
      delta.content = content;
    }
    if (this.#splitter === undefined || content === '') return;
    const { text, reasoning } = this.#splitter.push(content as string);
    if (text !== content) delta.content = text;
    if (reasoning !== '') delta.reasoning_content = reasoning;
  }

  /** OpenAI's older form of a call, of which a choice has one. */
  #repairFunctionCall(delta: RawMessage): void {
    const called = delta.function_call;
    if (!isRecord(called)) delta.function_call = undefined;
    else {
      this.hasFunctionCall = true;
      if (called.arguments !== undefined) called.arguments = argumentsText(called.arguments);
    }
  }

  #repairToolCalls(delta: RawMessage): void {
    if (!Array.isArray(delta.tool_calls) || delta.tool_calls.length === 0) {
      delta.tool_calls = undefined;
      return;
    }
    const calls: unknown[] = delta.tool_calls;
    let kept = 0;
    for (const call of calls) {
      if (!isRecord(call) || !this.#repairToolCall(call)) continue;
      calls[kept] = call;
      kept += 1;
    }
    if (kept === 0) delta.tool_calls = undefined;
    else calls.length = kept;
  }

  /** False if nothing of it is to be handed over, or not yet. */
  #repairToolCall(call: RawToolCall): boolean {
    const called = isRecord(call.function) ? call.function : undefined;
    const text = argumentsText(called?.arguments);
    const known = this.#callOf(call, text);
    const state = known ?? this.#newCall(call);
    if (known !== undefined && typeof called?.name === 'string') this.#calls.addName(known, called.name);
    if (call.type === 'custom' || this.#customCalls?.has(state)) return this.#repairCustomCall(call, state);
    if (state.index < 0) return this.#begin(call, state, text);
    const piece = this.#calls.add(state, text);
    if (piece === undefined) return false;
    if (call.index !== state.index) call.index = state.index;
    if (call.id !== undefined) call.id = undefined;
    if (call.type !== undefined) call.type = undefined;
    if (called === undefined) {
      if (call.function !== undefined) call.function = undefined;
      return true;
    }
    if (called.name !== undefined) called.name = undefined;
    if (called.arguments !== piece) called.arguments = piece;
    this.characters += text.length;
    return true;
  }

  #begin(call: RawToolCall, state: StreamedCall, text: string): boolean {
    const whole = this.#calls.add(state, text);
    if (whole === undefined) return false;
    call.index = state.index;
    call.id = state.id;
    call.type = 'function';
    call.function = Object.assign(isRecord(call.function) ? call.function : {}, { name: state.name, arguments: whole });
    this.characters += whole.length;
    return true;
  }

  #repairCustomCall(call: RawToolCall, state: StreamedCall): boolean {
    if (state.index < 0) {
      this.#customCalls = (this.#customCalls ?? new Set()).add(state);
      // Its name is its own matter, and its input comes as it is.
      state.name ||= 'custom';
      this.#calls.add(state, ' ');
      call.id = state.id;
    }
    call.index = state.index;
    return true;
  }

  /** The call that a delta goes on with; undefined if it begins a new one. */
  #callOf(call: RawToolCall, text: string): StreamedCall | undefined {
    const ownId = typeof call.id === 'string' && call.id !== '' ? call.id : undefined;
    const name = typeof call.function?.name === 'string' && call.function.name !== '' ? call.function.name : undefined;
    if (!Number.isInteger(call.index)) return this.#withoutIndex(ownId, name, text);
    const state = this.#callsByIndex.get(call.index);
    if (ownId === undefined) return state;
    if (state === undefined) return this.#atFurtherIndex(call, ownId, name, text);
    if (state.index < 0 && state.wireId === undefined) return this.#identified(state, ownId);
    if (name === undefined) return state;
    // Gemini's OpenAI route and some hosts give every call the index 0, others give every piece of a call an id.
    const begins = ownId === state.wireId ? isOverAgain(state, text) : !goesOn(state, name, text);
    return begins ? undefined : state;
  }

  /** An index that was not there before goes on with the call of its id, unless it names a call itself. */
  #atFurtherIndex(call: RawToolCall, id: string, name: string | undefined, text: string): StreamedCall | undefined {
    const earlier = this.#calls.byId(id);
    if (earlier === undefined) return undefined;
    const goesOn = name === undefined || (name === earlier.name && earlier.arguments === '' && text !== '');
    if (!goesOn) return undefined;
    this.#callsByIndex.set(call.index, earlier);
    return earlier;
  }

  /** Mistral sends whole calls without an index: an id or a name begins one, anything else goes on with the last. */
  #withoutIndex(ownId: string | undefined, name: string | undefined, text: string): StreamedCall | undefined {
    const last = this.#calls.all.at(-1);
    if (last === undefined) return undefined;
    if (ownId !== undefined) {
      if (last.index < 0 && last.wireId === undefined) return this.#identified(last, ownId);
      return ownId === last.wireId && !(name !== undefined && isOverAgain(last, text)) ? last : undefined;
    }
    return name === undefined || (last.index < 0 && last.name === '') ? last : undefined;
  }

  /** A call that waits for its name takes the id that comes with it. */
  #identified(state: StreamedCall, id: string): StreamedCall {
    if (this.#calls.byId(id) === undefined) state.id = id;
    state.wireId = id;
    return state;
  }

  #newCall(call: RawToolCall): StreamedCall {
    const position = this.#calls.all.length;
    const state = this.#calls.begin(call.id, call.function?.name, this.#answerId);
    const own = Number.isInteger(call.index) ? Number(call.index) : position;
    if (own < 0 || own >= MOST_TOOL_CALLS || position >= MOST_TOOL_CALLS) this.implausible = true;
    if (Number.isInteger(call.index)) this.#callsByIndex.set(call.index, state);
    return state;
  }
}

/** Whether a piece under another id goes on with the arguments of a call, which have begun and are not whole. */
function goesOn({ name: earlier, arguments: before }: StreamedCall, name: string, text: string): boolean {
  return name === earlier && before.trim() !== '' && !text.startsWith('{') && !isWhole(before);
}

/** Whether a piece that names a call again begins its arguments anew: those so far are whole. */
function isOverAgain({ arguments: before }: StreamedCall, text: string): boolean {
  return text.startsWith('{') && isWhole(before);
}

/** Whether arguments so far are all; looked at for each piece, so that those of an object are not parsed until they end like one. */
function isWhole(text: string): boolean {
  return (!text.startsWith('{') || text.trimEnd().endsWith('}')) && isJson(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function hasContent(delta: RawMessage): boolean {
  return Boolean(delta.content || delta.reasoning_content || delta.tool_calls || delta.refusal || delta.function_call);
}

/** Puts the last text of a call into the last delta, in the call's own piece of it if there is one. */
function completeArguments(delta: RawMessage, call: StreamedCall, text: string, isFirst: boolean): void {
  const calls: unknown[] = Array.isArray(delta.tool_calls) ? delta.tool_calls : [];
  const own = calls.find((candidate) => isRecord(candidate) && candidate.index === call.index);
  if (isFirst) calls.push({ index: call.index, id: call.id, type: 'function', function: { name: call.name, arguments: text } });
  else if (isRecord(own) && isRecord(own.function)) own.function.arguments = text;
  else calls.push({ index: call.index, function: { arguments: text } });
  if (calls.length > 0) delta.tool_calls = calls;
}
