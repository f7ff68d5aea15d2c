import type { ChatChunk, ChatDelta, ChunkChoice } from '../../core/chat.ts';
import { ReadyItems } from '../../core/ready-items.ts';
import type { ServerSentEvent } from '../../core/transport.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { argumentsText } from '../arguments-text.ts';
import { COHERE_FORMAT } from '../chat/reasoning-formats.ts';
import type { StreamTranslation } from '../chunk-source.ts';
import { headOfText } from '../error-body.ts';
import { type StreamedCall, StreamedCalls } from '../streamed-calls.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import {
  type AnswerForm,
  answerForm,
  broken,
  finishReason,
  isBroken,
  MOST_TOOL_CALLS,
  toAnnotations,
  toLogprobs,
} from './from-response.ts';
import { toUsage } from './usage.ts';
import type { StreamEvent } from './wire-types.ts';

/** Cohere's events as chat chunks; `message-end` is the last that matters. */
export class ChatTranslation implements StreamTranslation<ServerSentEvent> {
  readonly chunks = new ReadyItems<ChatChunk>();
  phase: StreamTranslation<ServerSentEvent>['phase'] = 'open';
  readonly #exchange: WireExchange;
  readonly #form: AnswerForm;
  #id: string;
  #begun = false;
  readonly #calls = new StreamedCalls(0);
  readonly #openCalls = new Map<number, OpenCall>();
  #hasJson = false;
  // Text before the call of the JSON tool is no part of the JSON, so it waits until it is known that there is none.
  #heldText = '';
  /** Characters of text, thoughts and arguments so far. */
  #characters = 0;
  #usage: OpenAiUsage | undefined;

  constructor(exchange: WireExchange) {
    this.#exchange = exchange;
    this.#form = answerForm(exchange);
    this.#id = `chatcmpl-${exchange.requestId}`;
  }

  take({ event: name, data }: ServerSentEvent): void {
    if (data === '[DONE]' || name === 'ping') return;
    const event = this.#parse(name, data);
    const message = event.delta?.message;
    switch (event.type) {
      case 'message-start':
        this.#open(event.id);
        break;
      case 'content-start':
      case 'content-delta':
        this.#addContent(event);
        break;
      case 'tool-plan-delta':
        this.#addText(message?.tool_plan);
        break;
      case 'tool-call-start':
        this.#startCall(event);
        break;
      case 'tool-call-delta':
        this.#addArguments(event.index ?? 0, message?.tool_calls?.function?.arguments);
        break;
      case 'tool-call-end':
        this.#endCall(event.index ?? 0);
        break;
      case 'citation-start':
        this.#addCitation(event);
        break;
      case 'message-end':
        this.#end(event);
        break;
      case 'error':
      case undefined:
        throw this.#error('error-in-stream', event);
    }
  }

  reported(): OpenAiUsage | undefined {
    return this.#usage;
  }

  #parse(name: string, data: string): StreamEvent {
    let parsed: unknown;
    try {
      parsed = JSON.parse(data);
    } catch {
      // An error's data may be a plain text.
      throw name === 'error'
        ? this.#error('error-in-stream', { message: headOfText(data) })
        : this.#error('not-an-answer', undefined);
    }
    if (typeof parsed !== 'object' || parsed === null) throw this.#error('not-an-answer', parsed);
    return parsed;
  }

  #error(reason: 'not-an-answer' | 'error-in-stream', body: unknown): UpstreamError {
    return new UpstreamError(reason, this.#exchange.status, this.#exchange.headers, body);
  }

  #open(id: string | undefined): void {
    if (this.#begun) return;
    this.#begun = true;
    if (id) this.#id = id;
    this.#push({ role: 'assistant', content: '' });
  }

  #addContent({ delta, logprobs }: StreamEvent): void {
    const content = delta?.message?.content;
    if (typeof content?.thinking === 'string' && content.thinking !== '') {
      const text = content.thinking;
      this.#characters += text.length;
      this.#push({
        reasoning_content: text,
        reasoning_details: [{ type: 'reasoning.text', text, format: COHERE_FORMAT, index: 0 }],
      });
    }
    this.#addText(content?.text, logprobs ? toLogprobs([logprobs]) : undefined);
  }

  #addText(text: string | undefined, logprobs?: ChunkChoice['logprobs']): void {
    if (typeof text !== 'string' || text === '') return;
    this.#characters += text.length;
    if (this.#form.jsonTool !== undefined) this.#heldText += text;
    else this.#push({ content: text }, logprobs);
  }

  #startCall({ index = 0, delta }: StreamEvent): void {
    const started = delta?.message?.tool_calls;
    const name = started?.function?.name ?? '';
    const isJson = this.#form.jsonTool !== undefined && name === this.#form.jsonTool;
    const call = isJson ? undefined : this.#calls.begin(started?.id, name, this.#id);
    if (call?.name === '' || this.#calls.all.length > MOST_TOOL_CALLS) throw this.#error('not-an-answer', undefined);
    this.#hasJson ||= isJson;
    this.#openCalls.set(index, { call, held: '', hasArguments: false, isEnded: false });
    if (call) this.#pushCall(this.#calls.addAsDelta(call, '', this.#form.legacy));
    this.#addArguments(index, started?.function?.arguments);
  }

  #addArguments(blockIndex: number, piece: unknown): void {
    const open = this.#openCalls.get(blockIndex);
    const text = argumentsText(piece);
    if (!open || text === '') return;
    this.#characters += text.length;
    const whole = open.held + text;
    // `null` stands for no arguments, and may come in pieces.
    if (!open.hasArguments && 'null'.startsWith(whole)) {
      open.held = whole;
      return;
    }
    open.held = '';
    open.hasArguments = true;
    const { call } = open;
    if (call === undefined) this.#push({ content: whole });
    else this.#pushCall(this.#calls.addAsDelta(call, whole, this.#form.legacy));
  }

  #endCall(blockIndex: number): void {
    const open = this.#openCalls.get(blockIndex);
    if (!open || open.isEnded) return;
    open.isEnded = true;
    const { call } = open;
    const rest = open.held === 'null' ? '' : open.held;
    if (call === undefined) {
      if (!open.hasArguments) this.#push({ content: rest || '{}' });
      return;
    }
    if (rest !== '') this.#pushCall(this.#calls.addAsDelta(call, rest, this.#form.legacy));
    this.#pushCall(this.#calls.endAsDelta(call, this.#form.legacy));
  }

  #addCitation({ delta }: StreamEvent): void {
    const citation = delta?.message?.citations;
    const annotations = citation ? toAnnotations(citation) : [];
    if (annotations.length > 0) this.#push({ annotations });
  }

  #end({ delta }: StreamEvent): void {
    const native = delta?.finish_reason;
    if (isBroken(native)) throw broken('error-in-stream', delta ?? {}, this.#exchange);
    for (const blockIndex of this.#openCalls.keys()) this.#endCall(blockIndex);
    if (this.#heldText !== '' && !this.#hasJson) this.#push({ content: this.#heldText });
    const finish = finishReason(native, this.#calls.shown > 0);
    this.#pushChoice({
      index: 0,
      delta: {},
      finish_reason: this.#form.legacy && finish === 'tool_calls' ? 'function_call' : finish,
      native_finish_reason: native ?? null,
    });
    const usage = toUsage(delta?.usage, this.#characters);
    this.#usage = usage;
    if (usage) this.chunks.push({ ...this.#chunk([]), usage });
    this.phase = 'over';
  }

  #pushCall(delta: ChatDelta | undefined): void {
    if (delta !== undefined) this.#push(delta);
  }

  #push(delta: ChatDelta, logprobs?: ChunkChoice['logprobs']): void {
    this.#pushChoice({ index: 0, delta, finish_reason: null, ...(logprobs ? { logprobs } : {}) });
  }

  #pushChoice(choice: ChunkChoice): void {
    if (!this.#begun) this.#open(undefined);
    this.chunks.push(this.#chunk([choice]));
  }

  #chunk(choices: ChunkChoice[]): ChatChunk {
    const { createdSeconds, request } = this.#exchange;
    return { id: this.#id, object: 'chat.completion.chunk', created: createdSeconds, model: request.upstreamModel, choices };
  }
}

interface OpenCall {
  /** Undefined for the JSON tool's. */
  readonly call: StreamedCall | undefined;
  /** Start of the arguments that may yet turn out to be `null`. */
  held: string;
  hasArguments: boolean;
  isEnded: boolean;
}
