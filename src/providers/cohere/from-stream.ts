import type { ChatChunk, ChatDelta, ChunkChoice, ToolCallDelta } from '../../core/chat.ts';
import type { ServerSentEvent } from '../../core/transport.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { COHERE_FORMAT } from '../chat/reasoning-formats.ts';
import type { StreamTranslation } from '../chunk-source.ts';
import { toolCallId } from '../tool-call-id.ts';
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
  readonly chunks: ChatChunk[] = [];
  phase: StreamTranslation<ServerSentEvent>['phase'] = 'open';
  readonly #exchange: WireExchange;
  readonly #form: AnswerForm;
  #id: string;
  #begun = false;
  readonly #calls = new Map<number, OpenCall>();
  #callCount = 0;
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

  take({ data }: ServerSentEvent): void {
    if (data === '[DONE]') return;
    const event = this.#parse(data);
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
        this.#addArguments(event.index ?? 0, message?.tool_calls?.function?.arguments ?? '');
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
      case undefined:
        throw this.#error('error-in-stream', event);
    }
  }

  reported(): OpenAiUsage | undefined {
    return this.#usage;
  }

  #parse(data: string): StreamEvent {
    let parsed: unknown;
    try {
      parsed = JSON.parse(data);
    } catch {
      throw this.#error('not-an-answer', undefined);
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
    if (content?.thinking) {
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
    if (!text) return;
    this.#characters += text.length;
    if (this.#form.jsonTool !== undefined) this.#heldText += text;
    else this.#push({ content: text }, logprobs);
  }

  #startCall({ index = 0, delta }: StreamEvent): void {
    const started = delta?.message?.tool_calls;
    const name = started?.function?.name ?? '';
    const isJson = this.#form.jsonTool !== undefined && name === this.#form.jsonTool;
    const callIndex = isJson ? -1 : this.#callCount++;
    if (callIndex >= MOST_TOOL_CALLS) throw this.#error('not-an-answer', undefined);
    this.#hasJson ||= isJson;
    this.#calls.set(index, { index: callIndex, held: '', hasArguments: false, isEnded: false });
    if (!isJson) {
      const id = started?.id || toolCallId(this.#id, 0, callIndex);
      this.#pushCall({ index: callIndex, id, type: 'function', function: { name, arguments: '' } });
    }
    this.#addArguments(index, started?.function?.arguments ?? '');
  }

  #addArguments(blockIndex: number, text: string): void {
    const call = this.#calls.get(blockIndex);
    if (!call || text === '') return;
    this.#characters += text.length;
    const whole = call.held + text;
    // `null` stands for no arguments, and may come in pieces.
    if (!call.hasArguments && 'null'.startsWith(whole)) {
      call.held = whole;
      return;
    }
    call.held = '';
    call.hasArguments = true;
    if (call.index < 0) this.#push({ content: whole });
    else this.#pushCall({ index: call.index, function: { arguments: whole } });
  }

  #endCall(blockIndex: number): void {
    const call = this.#calls.get(blockIndex);
    if (!call || call.isEnded) return;
    call.isEnded = true;
    if (call.hasArguments) return;
    const rest = call.held === '' || call.held === 'null' ? '{}' : call.held;
    if (call.index < 0) this.#push({ content: rest });
    else this.#pushCall({ index: call.index, function: { arguments: rest } });
  }

  #addCitation({ delta }: StreamEvent): void {
    const citation = delta?.message?.citations;
    const annotations = citation ? toAnnotations(citation) : [];
    if (annotations.length > 0) this.#push({ annotations });
  }

  #end({ delta }: StreamEvent): void {
    const native = delta?.finish_reason;
    if (isBroken(native)) throw broken('error-in-stream', native, delta?.usage, this.#exchange);
    for (const blockIndex of this.#calls.keys()) this.#endCall(blockIndex);
    if (this.#heldText !== '' && !this.#hasJson) this.#push({ content: this.#heldText });
    const finish = finishReason(native, this.#callCount > 0, this.#hasJson);
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

  #pushCall(call: ToolCallDelta): void {
    if (!this.#form.legacy) this.#push({ tool_calls: [call] });
    else if (call.function) this.#push({ function_call: call.function });
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
  /** Index of OpenAI's call; -1 for the JSON tool's. */
  readonly index: number;
  /** Start of the arguments that may yet turn out to be `null`. */
  held: string;
  hasArguments: boolean;
  isEnded: boolean;
}
