import type { ChatChunk, ChatDelta, ChunkChoice, ReasoningDetail } from '../../core/chat.ts';
import { ReadyItems } from '../../core/ready-items.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { argumentsText, wholeArguments } from '../arguments-text.ts';
import type { Missing } from '../grace.ts';
import { refuseBroken } from '../refuse-broken.ts';
import { type StreamedCall, StreamedCalls } from '../streamed-calls.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import { toFinishReason } from './finish-reason.ts';
import { isKnown, MOST_TOOL_CALLS, speaksLegacyFunctions } from './from-response.ts';
import { type BlockFormat, blockFormat, redactedDetail, signatureDetail, thinkingDetail } from './reasoning-details.ts';
import { ANSWER_TOOL } from './structured-output.ts';
import { toAnnotations } from './to-annotations.ts';
import { offersAnswerTool } from './tools.ts';
import { laterUsage, toOpenAiUsage, toServiceTier } from './usage.ts';
import type { AnswerUsage, BlockDelta, Citation, MessagesAnswer, StopDetails, StreamEvent } from './wire-types.ts';

/** A block of the answer that is being written. Blocks are counted all together, calls and details each on their own. */
type OpenBlock =
  | { kind: 'text'; start: number; citations: Citation[] }
  | { kind: 'thinking'; detail: number }
  | { kind: 'call'; call: StreamedCall; input: unknown }
  | { kind: 'answer'; input: unknown; written: boolean }
  | { kind: 'ignored' };

/** One answer's events as chunks. */
export class StreamTranslation {
  /** Chunks made and not yet handed out. */
  readonly chunks = new ReadyItems<ChatChunk>();
  /** The last chunk was made. */
  complete = false;
  readonly #exchange: WireExchange;
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #legacy: boolean;
  /** Text beside an answer tool would spoil the JSON; it is only handed out if the tool was not called. */
  readonly #holdsText: boolean;
  #started = false;
  #heldText = '';
  #answered = false;
  #id: string;
  #model: string;
  #textLength = 0;
  /** Characters of thoughts and arguments. */
  #besideText = 0;
  readonly #calls = new StreamedCalls(0);
  #details = 0;
  readonly #format: BlockFormat;
  #usage: AnswerUsage | undefined;
  #tier: ReturnType<typeof toServiceTier>;
  #reported: OpenAiUsage | undefined;
  #stopReason: string | null = null;
  #hasLastUsage = false;
  #stopDetails: StopDetails | null | undefined;

  constructor(exchange: WireExchange) {
    this.#exchange = exchange;
    this.#id = `chatcmpl-${exchange.requestId}`;
    this.#model = exchange.request.upstreamModel;
    this.#format = blockFormat(this.#model);
    this.#legacy = speaksLegacyFunctions(exchange);
    this.#holdsText = offersAnswerTool(exchange.request);
  }

  take(event: StreamEvent): void {
    if (!this.#started && ANSWERING.has(event.type)) throw this.#notAnAnswer();
    switch (event.type) {
      case 'message_start':
        this.#start(event.message);
        return;
      case 'content_block_start':
        this.#openBlock(event.index, event.content_block);
        return;
      case 'content_block_delta':
        this.#extendBlock(event.index, event.delta);
        return;
      case 'content_block_stop':
        this.#closeBlock(event.index);
        return;
      case 'message_delta':
        this.#stopReason = event.delta?.stop_reason ?? this.#stopReason;
        this.#stopDetails = event.delta?.stop_details ?? this.#stopDetails;
        this.#hasLastUsage ||= event.usage !== undefined;
        this.#takeUsage(event.usage);
        return;
      case 'message_stop':
        this.stop();
        return;
      default:
        // Pings, and events of later versions.
        return;
    }
  }

  /** What is yet to come after the stop reason. */
  get missing(): Missing | undefined {
    if (this.#stopReason === null) return undefined;
    return this.#hasLastUsage ? 'marker' : 'usage';
  }

  reported(): OpenAiUsage | undefined {
    // Until the answer is whole its output may well be zero.
    const characters = this.complete ? this.#textLength + this.#besideText : 0;
    this.#reported ??= toOpenAiUsage(this.#usage, this.#exchange.request.params, characters);
    return this.#reported;
  }

  #start(message: MessagesAnswer | undefined): void {
    if (this.#started) throw this.#notAnAnswer();
    this.#started = true;
    if (message?.id) this.#id = message.id;
    if (message?.model) this.#model = message.model;
    this.#takeUsage(message?.usage);
    this.#emit({ role: 'assistant', content: '' });
  }

  #takeUsage(told: AnswerUsage | undefined): void {
    this.#usage = laterUsage(this.#usage, told);
    this.#tier = toServiceTier(this.#usage);
    this.#reported = undefined;
  }

  #openBlock(index: number, block: { type: string }): void {
    if (!Number.isInteger(index) || index < 0 || index > MOST_BLOCKS || this.#blocks.has(index)) throw this.#notAnAnswer();
    this.#blocks.set(index, this.#toOpenBlock(block));
  }

  #toOpenBlock(block: { type: string }): OpenBlock {
    if (!isKnown(block)) return { kind: 'ignored' };
    switch (block.type) {
      case 'text':
        this.#addText(block.text);
        return { kind: 'text', start: this.#textLength, citations: [...(block.citations ?? [])] };
      case 'thinking': {
        const detail = this.#details++;
        if (block.thinking) this.#addThinking(detail, block.thinking);
        if (block.signature) this.#addDetail(signatureDetail(this.#format, detail, block.signature));
        return { kind: 'thinking', detail };
      }
      case 'redacted_thinking':
        this.#addDetail(redactedDetail(this.#format, this.#details++, block.data));
        return { kind: 'ignored' };
      case 'tool_use':
        if (block.name === ANSWER_TOOL) return { kind: 'answer', input: block.input, written: false };
        return this.#openCall(block);
    }
  }

  #openCall(block: { id?: string; name: string; input: unknown }): OpenBlock {
    const call = this.#calls.begin(block.id, block.name, this.#id);
    if (this.#calls.all.length > MOST_TOOL_CALLS || call.name === '') throw this.#notAnAnswer();
    this.#addArguments(call, '');
    return { kind: 'call', call, input: block.input };
  }

  #extendBlock(index: number, delta: BlockDelta): void {
    const block = this.#blocks.get(index);
    if (!block) throw this.#notAnAnswer();
    switch (delta?.type) {
      case 'text_delta':
        if (block.kind === 'text') this.#addText(delta.text);
        return;
      case 'input_json_delta':
        this.#addInput(block, delta.partial_json);
        return;
      case 'thinking_delta':
        if (block.kind === 'thinking' && delta.thinking) this.#addThinking(block.detail, delta.thinking);
        return;
      case 'signature_delta':
        if (block.kind === 'thinking' && delta.signature)
          this.#addDetail(signatureDetail(this.#format, block.detail, delta.signature));
        return;
      case 'citations_delta':
        if (block.kind === 'text') block.citations.push(delta.citation);
        return;
      default:
        return;
    }
  }

  #closeBlock(index: number): void {
    const block = this.#blocks.get(index);
    if (!block) throw this.#notAnAnswer();
    this.#closeInput(block);
    if (block.kind !== 'text' || block.citations.length === 0) return;
    const annotations = toAnnotations(block.citations, block.start, this.#textLength);
    if (annotations.length > 0) this.#emit({ annotations });
  }

  /** What stood at the head of a block counts if nothing came after it. */
  #closeInput(block: OpenBlock): void {
    if (block.kind === 'answer' && !block.written) this.#addInput(block, wholeArguments(block.input));
    if (block.kind !== 'call') return;
    if (block.call.arguments === '') this.#addArguments(block.call, wholeArguments(block.input));
    this.#emitCall(this.#calls.endAsDelta(block.call, this.#legacy));
  }

  /** The answer is whole: `message_stop` came, or nothing more will. */
  stop(): void {
    refuseBroken(this.#stopReason, 'error-in-stream', undefined, this.#exchange);
    for (const block of this.#blocks.values()) this.#closeInput(block);
    if (this.#heldText !== '' && !this.#answered) this.#emit({ content: this.#heldText });
    const refusal = this.#stopReason === 'refusal' ? this.#stopDetails?.explanation : undefined;
    if (refusal) this.#emit({ refusal });
    const calls = this.#calls.shown === 0 ? 'none' : this.#legacy ? 'function' : 'tools';
    const finish = {
      index: 0,
      delta: {},
      finish_reason: toFinishReason(this.#stopReason, calls),
      native_finish_reason: this.#stopReason,
      logprobs: null,
    };
    this.chunks.push(this.#chunk([finish]));
    const usage = toOpenAiUsage(this.#usage, this.#exchange.request.params, this.#textLength + this.#besideText);
    if (usage) this.chunks.push({ ...this.#chunk([]), usage });
    this.complete = true;
    this.#reported = undefined;
  }

  #addText(text: string): void {
    if (typeof text !== 'string' || text === '') return;
    this.#textLength += text.length;
    if (this.#holdsText) this.#heldText += text;
    else this.#emit({ content: text });
  }

  #addInput(block: OpenBlock, piece: unknown): void {
    const json = argumentsText(piece);
    if (json === '') return;
    if (block.kind === 'call') this.#addArguments(block.call, json);
    if (block.kind !== 'answer') return;
    block.written = true;
    this.#besideText += json.length;
    this.#answered = true;
    this.#emit({ content: json });
  }

  #addArguments(call: StreamedCall, json: string): void {
    this.#besideText += json.length;
    this.#emitCall(this.#calls.addAsDelta(call, json, this.#legacy));
  }

  #emitCall(delta: ChatDelta | undefined): void {
    if (delta !== undefined) this.#emit(delta);
  }

  #addThinking(detail: number, thinking: string): void {
    if (typeof thinking !== 'string') return;
    this.#besideText += thinking.length;
    this.#emit({ reasoning_content: thinking, reasoning_details: [thinkingDetail(this.#format, detail, thinking)] });
  }

  #addDetail(detail: ReasoningDetail): void {
    this.#emit({ reasoning_details: [detail] });
  }

  #emit(delta: ChatDelta): void {
    this.chunks.push(this.#chunk([{ index: 0, delta, finish_reason: null, logprobs: null }]));
  }

  #chunk(choices: ChunkChoice[]): ChatChunk {
    const id = this.#id;
    const model = this.#model;
    const { createdSeconds: created } = this.#exchange;
    // A member that is added later costs every chunk a second object.
    if (this.#tier === undefined) return { id, object: 'chat.completion.chunk', created, model, choices };
    return { id, object: 'chat.completion.chunk', created, model, choices, service_tier: this.#tier };
  }

  #notAnAnswer(): UpstreamError {
    const { status, headers } = this.#exchange;
    return new UpstreamError('not-an-answer', status, headers, undefined, 'events out of order');
  }
}

// Only `message_start` may come first.
const ANSWERING: ReadonlySet<string> = new Set([
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

// Far more than an answer has, server tools and their results included.
const MOST_BLOCKS = 10_000;
