import type { ChatChunk, ChatParams, ChunkChoice } from '../../core/chat.ts';
import { ReadyItems } from '../../core/ready-items.ts';
import type { AwsEvent, ServerSentEvent } from '../../core/transport.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { hasError, headOfText, saysError } from '../error-body.ts';
import { Grace } from '../grace.ts';
import { orMalformed } from '../or-malformed.ts';
import { refuseBroken } from '../refuse-broken.ts';
import { type ReportingSource, withReported } from '../reported-usage.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireEvents, WireExchange } from '../wire.ts';
import { CandidateStream } from './candidate-stream.ts';
import { nativeFinish } from './finish.ts';
import { answerHead } from './from-response.ts';
import { asPieceOfText } from './piece-of-text.ts';
import { ToolCallIds } from './signatures.ts';
import { isLegacy } from './tools.ts';
import { laterUsage, toServiceTier, toUsage } from './usage.ts';
import type { GeminiCandidate, GeminiResponse, GeminiUsage } from './wire-types.ts';

/**
 * A `streamGenerateContent` answer as chat chunks. The wire has no end marker: the answer is complete once every
 * candidate has its finish reason, or the prompt was blocked, and the events are over.
 */
export function fromChatStream(events: WireEvents, exchange: WireExchange): ReportingSource<ChatChunk> {
  return new GeminiStream(events, exchange);
}

type Event = ServerSentEvent | AwsEvent;

class GeminiStream implements ReportingSource<ChatChunk> {
  readonly #events: WireEvents;
  readonly #exchange: WireExchange;
  readonly #legacy: boolean;
  readonly #candidates = new Map<number, CandidateStream>();
  #head: ReturnType<typeof answerHead> | undefined;
  #ids: ToolCallIds | undefined;
  #usage: GeminiUsage | undefined;
  #reported: OpenAiUsage | undefined;
  #tier: string | undefined;
  /** Of the whole answer; known at its end. */
  #characters = 0;
  readonly #ready = new ReadyItems<ChatChunk>();
  #isOver = false;
  /** True once any candidate has finished. */
  #hasFinish = false;
  readonly #asked: number;
  #grace: Grace | undefined;

  constructor(events: WireEvents, exchange: WireExchange) {
    this.#events = events;
    this.#exchange = exchange;
    const params = exchange.request.params as ChatParams;
    this.#legacy = isLegacy(params);
    this.#asked = params.n ?? 1;
  }

  next(): ChatChunk | undefined | Promise<ChatChunk | undefined> {
    while (this.#ready.length === 0 && !this.#isOver) {
      let event: Event | undefined | Promise<Event | undefined>;
      try {
        event = this.#events.next();
        if (event instanceof Promise) {
          return (this.#hasFinish ? this.#wait(event) : event).then(this.#resume, this.#resumeFailed);
        }
        this.#accept(event);
      } catch (error) {
        this.#fail(error);
      }
    }
    return this.#ready.take();
  }

  cancel(): void {
    this.#isOver = true;
    this.#ready.clear();
    this.#events.cancel();
  }

  reported(): OpenAiUsage | undefined {
    this.#reported ??= toUsage(this.#usage, this.#characters);
    return this.#reported;
  }

  /** The wire has no marker, so that only the end of the body is missing, or the usage. */
  #wait(pending: Promise<Event | undefined>): Promise<Event | undefined> {
    if (this.#candidates.size < this.#asked || !this.#isFinished()) return pending;
    this.#grace ??= new Grace(this.#exchange.clock);
    return this.#grace.within(pending, this.#events, this.#usage === undefined ? 'usage' : 'marker');
  }

  readonly #resume = (event: Event | undefined): ChatChunk | undefined | Promise<ChatChunk | undefined> => {
    try {
      this.#accept(event);
    } catch (error) {
      this.#fail(error);
    }
    return this.next();
  };

  readonly #resumeFailed = (error: unknown): ChatChunk | undefined | Promise<ChatChunk | undefined> => {
    this.#fail(error);
    return this.next();
  };

  /** After the last finish reason nothing can spoil the answer any more. */
  #fail(error: unknown): void {
    if (this.#isOver) return;
    if (this.#isFinished()) {
      this.#finish();
      this.#events.cancel();
      return;
    }
    this.#isOver = true;
    this.#events.cancel();
    throw withReported(orMalformed(error, this.#exchange), this.reported());
  }

  #accept(event: Event | undefined): void {
    if (this.#isOver) return;
    if (event !== undefined) {
      if (!('event' in event) || event.event !== 'ping') this.#acceptItem(this.#parsed(event));
      return;
    }
    if (!this.#isFinished()) throw this.#error('truncated', undefined, 'the stream ended without a finish reason');
    this.#finish();
  }

  #parsed(event: Event): GeminiResponse {
    const text = 'data' in event ? event.data : Buffer.from(event.payload).toString('utf8');
    const piece = asPieceOfText(text);
    if (piece !== undefined) return piece;
    let item: unknown;
    try {
      item = JSON.parse(text);
    } catch {
      // An error's data may be a plain text; any other may hold what the model wrote.
      if ('event' in event && event.event === 'error') throw this.#error('error-in-stream', { error: headOfText(text) });
      throw this.#error('not-an-answer', undefined, 'an item of the stream is no JSON');
    }
    if (typeof item !== 'object' || item === null) throw this.#error('not-an-answer', item);
    if (('error' in item && hasError(item.error)) || (!('candidates' in item) && saysError(item)))
      throw this.#error('error-in-stream', item);
    return item;
  }

  #acceptItem(item: GeminiResponse): void {
    this.#head ??= answerHead(item, this.#exchange);
    if (item.usageMetadata !== undefined) {
      this.#usage = laterUsage(this.#usage, item.usageMetadata);
      this.#reported = undefined;
      this.#tier ??= toServiceTier(this.#usage);
    }
    for (const candidate of item.candidates ?? []) this.#acceptCandidate(candidate);
    const blockReason = item.promptFeedback?.blockReason;
    if (!blockReason) return;
    this.#candidate(0).block(String(blockReason));
    this.#hasFinish = true;
  }

  #acceptCandidate(candidate: GeminiCandidate): void {
    refuseBroken(nativeFinish(candidate.finishReason), 'error-in-stream', undefined, this.#exchange);
    const state = this.#candidate(candidate.index ?? 0);
    if (!state.accept(candidate)) throw this.#error('not-an-answer', undefined, 'more tool calls than allowed');
    this.#hasFinish ||= state.isFinished;
  }

  #candidate(index: number): CandidateStream {
    const known = this.#candidates.get(index);
    if (known !== undefined) return known;
    this.#ids ??= new ToolCallIds(this.#head?.id ?? this.#exchange.requestId);
    const candidate = new CandidateStream(index, this.#ids, this.#legacy, (choice) => this.#push([choice]));
    this.#candidates.set(index, candidate);
    return candidate;
  }

  #isFinished(): boolean {
    if (this.#candidates.size === 0) return false;
    for (const candidate of this.#candidates.values()) if (!candidate.isFinished) return false;
    return true;
  }

  /** The finish of every candidate, then the usage, which on this wire grows. */
  #finish(): void {
    for (const candidate of this.#candidates.values()) {
      candidate.finish();
      this.#characters += candidate.characters;
    }
    this.#reported = undefined;
    const usage = this.reported();
    if (usage !== undefined) this.#push([], usage);
    this.#isOver = true;
  }

  #push(choices: ChunkChoice[], usage?: OpenAiUsage): void {
    const { id, created, model } = this.#head ?? answerHead({}, this.#exchange);
    // A member that is added later costs every chunk a second object.
    const chunk: ChatChunk =
      this.#tier === undefined
        ? { id, object: 'chat.completion.chunk', created, model, choices }
        : { id, object: 'chat.completion.chunk', created, model, choices, service_tier: this.#tier };
    if (usage !== undefined) chunk.usage = usage;
    this.#ready.push(chunk);
  }

  #error(reason: UpstreamError['reason'], body: unknown, message?: string): UpstreamError {
    return new UpstreamError(reason, this.#exchange.status, this.#exchange.headers, body, message);
  }
}
