import type { ChatDelta, ChunkChoice, FinishReason, ReasoningDetail, ToolCallDelta } from '../../core/chat.ts';
import { toAnnotations } from './annotations.ts';
import { laterToken, nativeFinish, toExtraContent, toFinishReason } from './finish.ts';
import { toLogprobs } from './logprobs.ts';
import { type AnswerSink, PartReader } from './part-reader.ts';
import type { ToolCallIds } from './signatures.ts';
import type { GeminiCandidate, GeminiGroundingMetadata } from './wire-types.ts';

/** One candidate of a stream: its parts as deltas, its finish held back until the stream is over. */
export class CandidateStream implements AnswerSink {
  readonly #index: number;
  readonly #legacy: boolean;
  readonly #push: (choice: ChunkChoice) => void;
  readonly #reader: PartReader;
  #native: string | undefined;
  #token: string | undefined;
  #isBlocked = false;
  #grounding: GeminiGroundingMetadata | undefined;
  /** Sources point into it by bytes. */
  #text = '';
  /** Characters of thoughts and arguments. */
  #besideText = 0;

  constructor(index: number, ids: ToolCallIds, legacy: boolean, push: (choice: ChunkChoice) => void) {
    this.#index = index;
    this.#legacy = legacy;
    this.#push = push;
    this.#reader = new PartReader(this, ids);
    this.#send({ role: 'assistant', content: '' });
  }

  get isFinished(): boolean {
    return this.#native !== undefined;
  }

  /** Characters of text, thoughts and arguments so far. */
  get characters(): number {
    return this.#text.length + this.#besideText;
  }

  /** False if the candidate has more calls than allowed. */
  accept(candidate: GeminiCandidate): boolean {
    const isReadable = this.#reader.read(candidate.content?.parts ?? []);
    const logprobs = toLogprobs(candidate.logprobsResult);
    if (logprobs !== null) this.#push({ index: this.#index, delta: {}, finish_reason: null, logprobs });
    this.#grounding = candidate.groundingMetadata ?? this.#grounding;
    this.#native = nativeFinish(candidate.finishReason) ?? this.#native;
    this.#token = laterToken(this.#token, candidate);
    return isReadable;
  }

  block(reason: string): void {
    this.#native = reason;
    this.#isBlocked = true;
  }

  finish(): void {
    this.#reader.end();
    const annotations = toAnnotations(this.#grounding, this.#text);
    if (annotations.length > 0) this.#send({ annotations });
    const reason = this.#finishReason();
    const extra = toExtraContent(this.#token, reason);
    this.#push({
      index: this.#index,
      delta: extra === undefined ? {} : { extra_content: extra },
      finish_reason: this.#legacy && reason === 'tool_calls' ? 'function_call' : reason,
      native_finish_reason: this.#native ?? null,
      logprobs: null,
    });
  }

  text(text: string): void {
    this.#text += text;
    this.#send({ content: text });
  }

  reasoning(detail: ReasoningDetail): void {
    const delta: ChatDelta = { reasoning_details: [detail] };
    if (detail.text) {
      delta.reasoning_content = detail.text;
      this.#besideText += detail.text.length;
    }
    this.#send(delta);
  }

  call(index: number, id: string, name: string, signature: string | undefined): void {
    if (this.#legacy) {
      if (index === 0) this.#send({ function_call: { name, arguments: '' } });
      return;
    }
    const call: ToolCallDelta = { index, id, type: 'function', function: { name, arguments: '' } };
    if (signature) call.extra_content = { google: { thought_signature: signature } };
    this.#send({ tool_calls: [call] });
  }

  callArguments(index: number, json: string): void {
    this.#besideText += json.length;
    if (!this.#legacy) this.#send({ tool_calls: [{ index, function: { arguments: json } }] });
    else if (index === 0) this.#send({ function_call: { arguments: json } });
  }

  image(url: string): void {
    this.#send({ images: [{ type: 'image_url', image_url: { url } }] });
  }

  #finishReason(): FinishReason {
    if (this.#isBlocked) return 'content_filter';
    return toFinishReason(this.#native, this.#reader.calls > 0, this.#token !== undefined);
  }

  #send(delta: ChatDelta): void {
    this.#push({ index: this.#index, delta, finish_reason: null, logprobs: null });
  }
}
