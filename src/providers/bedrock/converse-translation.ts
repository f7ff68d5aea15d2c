import type { ChatChunk, ChatDelta, ChunkChoice } from '../../core/chat.ts';
import { ReadyItems } from '../../core/ready-items.ts';
import { joinedBase64 } from '../../core/reasoning-blocks.ts';
import type { AwsEvent } from '../../core/transport.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { argumentsText } from '../arguments-text.ts';
import type { StreamTranslation } from '../chunk-source.ts';
import { refuseBroken } from '../refuse-broken.ts';
import { type StreamedCall, StreamedCalls } from '../streamed-calls.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import { statusOfException } from './explain.ts';
import { type AnswerForm, answerForm, finishReason, MOST_TOOL_CALLS, toAnnotation } from './from-response.ts';
import { reasoningFormat } from './reasoning-blocks.ts';
import { tierFields, toUsage } from './usage.ts';
import type { ContentBlockDelta, ContentBlockStart, MessageStop, Metadata } from './wire-types.ts';

/**
 * ConverseStream's events as chat chunks. The answer is whole when `messageStop` was seen; `metadata` with the usage
 * may follow it.
 */
export class ConverseTranslation implements StreamTranslation<AwsEvent> {
  readonly chunks = new ReadyItems<ChatChunk>();
  phase: StreamTranslation<AwsEvent>['phase'] = 'open';
  readonly #exchange: WireExchange;
  readonly #form: AnswerForm;
  #begun = false;
  readonly #calls = new StreamedCalls(0);
  readonly #callsByBlock = new Map<number, StreamedCall>();
  readonly #jsonBlocks = new Set<number>();
  /** Redacted blocks that are still open: they may come in several pieces. */
  readonly #redacted = new Map<number, string>();
  #textLength = 0;
  /** Characters of thoughts and arguments. */
  #besideText = 0;
  #usage: OpenAiUsage | undefined;
  // Text before the call of the JSON tool is no part of the JSON, so it waits until it is known that there is none.
  #heldText = '';

  constructor(exchange: WireExchange) {
    this.#exchange = exchange;
    this.#form = answerForm(exchange);
  }

  take({ headers, payload }: AwsEvent): void {
    const kind = headers.get(':message-type');
    if (kind === 'exception' || kind === 'error') throw this.#toError(headers, payload, kind);
    this.#translate(headers.get(':event-type'), payload);
  }

  reported(): OpenAiUsage | undefined {
    return this.#usage;
  }

  #translate(type: string | undefined, payload: Uint8Array): void {
    switch (type) {
      case 'messageStart':
        this.#open();
        break;
      case 'contentBlockStart':
        this.#startBlock(this.#parse(payload));
        break;
      case 'contentBlockDelta':
        this.#addDelta(this.#parse(payload));
        break;
      case 'contentBlockStop':
        this.#stopBlock(this.#parse<ContentBlockStart>(payload).contentBlockIndex ?? 0);
        break;
      case 'messageStop':
        this.#stop(this.#parse(payload));
        break;
      case 'metadata':
        this.#addMetadata(this.#parse(payload));
        break;
    }
  }

  #parse<T extends object>(payload: Uint8Array): T {
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
    try {
      return JSON.parse(text) as T;
    } catch {
      return this.#reject('an event that is no JSON');
    }
  }

  #reject(message: string): never {
    throw new UpstreamError('not-an-answer', this.#exchange.status, this.#exchange.headers, undefined, message);
  }

  #open(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#push({ role: 'assistant', content: '' });
  }

  #startBlock({ contentBlockIndex = 0, start }: ContentBlockStart): void {
    this.#open();
    const use = start?.toolUse;
    if (!use || use.type === 'server_tool_use') return;
    if (this.#form.jsonTool !== undefined && use.name === this.#form.jsonTool) {
      this.#jsonBlocks.add(contentBlockIndex);
      return;
    }
    if (this.#calls.all.length >= MOST_TOOL_CALLS) this.#reject('more tool calls than any model makes');
    const call = this.#calls.begin(use.toolUseId, use.name, this.#form.id);
    if (call.name === '') this.#reject('a tool call without a name');
    this.#callsByBlock.set(contentBlockIndex, call);
    this.#pushCall(this.#calls.addAsDelta(call, '', this.#form.legacy));
  }

  #addDelta({ contentBlockIndex = 0, delta }: ContentBlockDelta): void {
    this.#open();
    if (!delta) return;
    if (typeof delta.text === 'string') this.#addText(delta.text);
    else if (delta.toolUse) this.#addArguments(contentBlockIndex, argumentsText(delta.toolUse.input));
    else if (delta.reasoningContent) this.#addReasoning(contentBlockIndex, delta.reasoningContent);
    else if (delta.citation) {
      const annotation = toAnnotation(delta.citation, 0, this.#textLength);
      if (annotation) this.#push({ annotations: [annotation] });
    }
  }

  #addText(text: string): void {
    if (text === '') return;
    this.#textLength += text.length;
    if (this.#form.jsonTool === undefined) this.#push({ content: text });
    else this.#heldText += text;
  }

  #addArguments(blockIndex: number, text: string): void {
    if (text === '') return;
    this.#besideText += text.length;
    if (this.#jsonBlocks.has(blockIndex)) {
      this.#push({ content: text });
      return;
    }
    const call = this.#callsByBlock.get(blockIndex);
    if (call) this.#pushCall(this.#calls.addAsDelta(call, text, this.#form.legacy));
  }

  #addReasoning(index: number, { text: said, signature, redactedContent }: NonNullable<DeltaReasoning>): void {
    const text = typeof said === 'string' ? said : '';
    const format = reasoningFormat(this.#form.family);
    this.#besideText += text.length;
    if (text) this.#push({ reasoning_content: text, reasoning_details: [{ type: 'reasoning.text', text, format, index }] });
    if (signature) this.#push({ reasoning_details: [{ type: 'reasoning.text', signature, format, index }] });
    if (redactedContent) this.#redacted.set(index, joinedBase64(this.#redacted.get(index) ?? '', redactedContent));
  }

  #stopBlock(blockIndex: number): void {
    const call = this.#callsByBlock.get(blockIndex);
    if (call) this.#endCall(call);
    this.#endRedacted(blockIndex);
  }

  #endCall(call: StreamedCall): void {
    this.#pushCall(this.#calls.endAsDelta(call, this.#form.legacy));
  }

  #endRedacted(blockIndex: number): void {
    const data = this.#redacted.get(blockIndex);
    if (data === undefined) return;
    this.#redacted.delete(blockIndex);
    const format = reasoningFormat(this.#form.family);
    this.#push({ reasoning_details: [{ type: 'reasoning.encrypted', data, format, index: blockIndex }] });
  }

  #stop({ stopReason }: MessageStop): void {
    if (this.phase !== 'open') return;
    refuseBroken(stopReason, 'error-in-stream', undefined, this.#exchange);
    this.#open();
    // A call whose block was never closed still has to have arguments, and a redacted block its place.
    for (const call of this.#calls.all) this.#endCall(call);
    for (const blockIndex of [...this.#redacted.keys()]) this.#endRedacted(blockIndex);
    if (this.#heldText !== '' && this.#jsonBlocks.size === 0) this.#push({ content: this.#heldText });
    const finish = finishReason(stopReason, this.#calls.shown > 0);
    this.#pushChoice({
      index: 0,
      delta: {},
      finish_reason: this.#form.legacy && finish === 'tool_calls' ? 'function_call' : finish,
      native_finish_reason: stopReason ?? null,
    });
    this.phase = this.#usage === undefined ? 'complete' : 'over';
  }

  #addMetadata({ usage: raw, serviceTier }: Metadata): void {
    const usage = toUsage(raw, this.#textLength + this.#besideText);
    this.#usage = usage ?? this.#usage;
    if (usage) this.chunks.push({ ...this.#chunk([]), usage, ...tierFields(serviceTier?.type, usage) });
    if (this.phase === 'complete') this.phase = 'over';
  }

  #pushCall(delta: ChatDelta | undefined): void {
    if (delta !== undefined) this.#push(delta);
  }

  #push(delta: ChatDelta): void {
    this.#pushChoice({ index: 0, delta, finish_reason: null });
  }

  #pushChoice(choice: ChunkChoice): void {
    this.chunks.push(this.#chunk([choice]));
  }

  #chunk(choices: ChunkChoice[]): ChatChunk {
    const { id, model } = this.#form;
    return { id, object: 'chat.completion.chunk', created: this.#exchange.createdSeconds, model, choices };
  }

  #toError(headers: AwsEvent['headers'], payload: Uint8Array, kind: 'exception' | 'error'): UpstreamError {
    const type = headers.get(':exception-type') ?? headers.get(':error-code') ?? 'internalServerException';
    const message = kind === 'error' ? headers.get(':error-message') : messageOf(payload);
    return new UpstreamError('error-in-stream', statusOfException(type), this.#exchange.headers, { __type: type, message });
  }
}

type DeltaReasoning = NonNullable<ContentBlockDelta['delta']>['reasoningContent'];

function messageOf(payload: Uint8Array): string | undefined {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  try {
    const body: unknown = JSON.parse(text);
    const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return text === '' ? undefined : text;
  }
}
