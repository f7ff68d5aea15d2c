import type { ChatChunk, ChunkChoice } from '../../core/chat.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { hasError, saysError } from '../error-body.ts';
import type { Missing } from '../grace.ts';
import type { WireExchange } from '../wire.ts';
import { repairHead, repairTier } from './answer-head.ts';
import { finishBeside, isCutShort, NAMELESS, repairLogprobs } from './chat-answer.ts';
import { ChoiceState } from './choice-state.ts';
import { noAnswer, refuseError, upstreamError } from './errors-in-answers.ts';
import { toFinishReason } from './finish-reason.ts';
import type { VendorQuirks } from './quirks.ts';
import type { Repair, StreamEnd } from './repaired-source.ts';
import { StreamUsage } from './stream-usage.ts';
import { isRecord, type RawAnswer, type RawChoice, type RawMessage } from './wire-types.ts';

/**
 * Repairs the chunks of one chat stream in place. They share id, model and creation time, the role comes once, each
 * choice finishes once, and the usage comes once, in a last chunk without choices, wherever the vendor puts it.
 */
export class ChatStreamRepair implements Repair<ChatChunk> {
  readonly #exchange: WireExchange;
  readonly #quirks: VendorQuirks;
  readonly #choices = new Map<number, ChoiceState>();
  #head: RawAnswer | undefined;
  readonly #usage: StreamUsage;
  /** The vendor's own usage chunk, kept for what else it holds. */
  #usageChunk: RawAnswer | undefined;
  #isFinished = false;

  constructor(exchange: WireExchange, quirks: VendorQuirks) {
    this.#exchange = exchange;
    this.#quirks = quirks;
    this.#usage = new StreamUsage(quirks);
  }

  item(value: unknown): ChatChunk | undefined {
    if (!isRecord(value)) throw noAnswer(value, 'error-in-stream', this.#exchange);
    const chunk: RawAnswer = value;
    refuseError(chunk, 'error-in-stream', this.#exchange);
    const { choices } = chunk;
    if (!Array.isArray(choices) || choices.length === 0) {
      if (this.#usage.takeOf(chunk)) this.#usageChunk = chunk;
      if (saysError(chunk)) throw upstreamError('error-in-stream', chunk, this.#exchange);
      return undefined;
    }
    this.#usage.takeOf(chunk);
    this.#repairHead(chunk);
    for (let position = 0; position < choices.length; position += 1) {
      if (this.#repairChoice(choices[position], position, value)) continue;
      choices.splice(position, 1);
      position -= 1;
    }
    return choices.length === 0 ? undefined : (value as unknown as ChatChunk);
  }

  tail(end: StreamEnd): readonly ChatChunk[] {
    if (end === 'closed' && !this.#isFinished) throw upstreamError('truncated', undefined, this.#exchange);
    if (this.#choices.size === 0) throw upstreamError('not-an-answer', undefined, this.#exchange);
    const chunks: ChatChunk[] = [];
    let characters = 0;
    for (const [index, state] of this.#choices) {
      const rest = state.finished ? restOf(index, state) : finishOf(index, state);
      if (rest !== undefined) chunks.push(this.#chunk([rest]));
      if (state.hasNameless && state.calls === 0) throw upstreamError('not-an-answer', NAMELESS, this.#exchange);
      characters += state.characters;
    }
    const usage = this.#usage.ofAnswer(characters);
    if (usage !== undefined) chunks.push(this.#lastChunk(usage));
    return chunks;
  }

  reported(): OpenAiUsage | undefined {
    return this.#usage.reported();
  }

  get missing(): Missing | undefined {
    if (!this.#isFinished) return undefined;
    return this.#usage.isReported ? 'marker' : 'usage';
  }

  /** True if all choices that were asked for have come to their finish. */
  #finished(): boolean {
    const { n } = this.#exchange.request.params;
    if (this.#choices.size < (typeof n === 'number' ? n : 1)) return false;
    for (const state of this.#choices.values()) if (!state.finished) return false;
    return true;
  }

  #repairHead(chunk: RawAnswer): void {
    const head = this.#head;
    if (head === undefined) {
      repairHead(chunk, 'chat.completion.chunk', this.#exchange);
      this.#head = { id: chunk.id, created: chunk.created, model: chunk.model };
      keepTier(this.#head, chunk);
      return;
    }
    if (chunk.id !== head.id) chunk.id = head.id;
    if (chunk.created !== head.created) chunk.created = head.created;
    if (chunk.model !== head.model) chunk.model = head.model;
    if (chunk.object !== 'chat.completion.chunk') chunk.object = 'chat.completion.chunk';
    repairTier(chunk);
    if (chunk.service_tier !== undefined) keepTier(head, chunk);
  }

  /** False if the choice adds nothing and is to be left out. */
  #repairChoice(choice: unknown, position: number, chunk: RawAnswer): boolean {
    if (!isRecord(choice)) throw upstreamError('not-an-answer', chunk, this.#exchange);
    const raw: RawChoice = choice;
    if (hasError(raw.error)) throw upstreamError('error-in-stream', { error: raw.error }, this.#exchange);
    if (raw.usage !== undefined) this.#usage.takeOf(raw);
    const state = this.#stateOf(raw, position, chunk);
    // Some hosts send a whole answer as an event; others repeat in the end what they have said.
    if (!isRecord(raw.delta)) raw.delta = isRecord(raw.message) && !state.hasSpoken ? raw.message : {};
    const says = state.repairDelta(raw.delta);
    if (state.implausible) throw upstreamError('not-an-answer', undefined, this.#exchange);
    if (raw.message !== undefined) raw.message = undefined;
    if (raw.logprobs !== undefined && raw.logprobs !== null) raw.logprobs = repairLogprobs(raw.logprobs);
    return this.#repairFinish(raw, state, chunk) || says;
  }

  /** True if the choice finishes with this chunk or had not finished before. */
  #repairFinish(raw: RawChoice, state: ChoiceState, chunk: RawAnswer): boolean {
    const native = raw.finish_reason;
    if (state.finished || typeof native !== 'string' || native === '') {
      if (native !== null) raw.finish_reason = null;
      return !state.finished;
    }
    const reason = toFinishReason(native);
    if (reason === 'error') throw upstreamError('error-in-stream', chunk, this.#exchange);
    raw.native_finish_reason ??= native;
    if (isRecord(raw.delta)) state.finish(raw.delta);
    raw.finish_reason = state.hasFunctionCall ? reason : finishBeside(reason, state.calls > 0, this.#quirks);
    // One that was cut off may have lost the name too.
    if (state.hasNameless && !isCutShort(reason)) throw upstreamError('not-an-answer', NAMELESS, this.#exchange);
    this.#isFinished = this.#finished();
    return true;
  }

  #stateOf(raw: RawChoice, position: number, chunk: RawAnswer): ChoiceState {
    const index = Number.isInteger(raw.index) ? Number(raw.index) : position;
    if (raw.index !== index) raw.index = index;
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    if (index < 0 || index >= MOST_CHOICES) throw upstreamError('not-an-answer', undefined, this.#exchange);
    const state = new ChoiceState(`${chunk.id}`, index, this.#quirks.reasoningTag, this.#exchange.request.params);
    this.#choices.set(index, state);
    this.#isFinished = false;
    return state;
  }

  #chunk(choices: ChunkChoice[]): ChatChunk {
    const head: RawAnswer = {};
    repairHead(head, 'chat.completion.chunk', this.#exchange);
    return { ...head, ...this.#head, choices } as ChatChunk;
  }

  #lastChunk(usage: OpenAiUsage): ChatChunk {
    const own = this.#usageChunk;
    if (own === undefined) return { ...this.#chunk([]), usage };
    this.#repairHead(own);
    return Object.assign(own, { choices: [], usage }) as unknown as ChatChunk;
  }
}

/** Chunks that are made of what came before tell the tier too: it has a price. */
function keepTier(head: RawAnswer, { service_tier: tier, native_service_tier: native }: RawAnswer): void {
  if (tier) head.service_tier = tier;
  if (native) head.native_service_tier = native;
}

// OpenAI allows `n` up to 128.
const MOST_CHOICES = 128;

/** A finish for a choice that the vendor ended by its marker alone. */
function finishOf(index: number, state: ChoiceState): ChunkChoice {
  const delta = {};
  state.finish(delta);
  return { index, delta, finish_reason: state.calls > 0 ? 'tool_calls' : 'stop', native_finish_reason: null };
}

/** Calls that began after their choice had finished. */
function restOf(index: number, state: ChoiceState): ChunkChoice | undefined {
  const delta: RawMessage = {};
  state.completeCalls(delta);
  return delta.tool_calls === undefined ? undefined : ({ index, delta, finish_reason: null } as ChunkChoice);
}
