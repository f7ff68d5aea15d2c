import type { ReasoningDetail } from '../../core/chat.ts';
import { wholeArguments } from '../arguments-text.ts';
import { GEMINI_FORMAT } from '../chat/reasoning-formats.ts';
import { PartialArguments } from './partial-arguments.ts';
import { type ToolCallIds, toSignatureDetail } from './signatures.ts';
import type { GeminiFunctionCall, GeminiPart } from './wire-types.ts';

/** Takes what the parts of one candidate say, in their order. */
export interface AnswerSink {
  text(text: string): void;
  /** A thought with its text, or a signature with none. */
  reasoning(detail: ReasoningDetail): void;
  /** A call begins; its arguments follow in one piece. */
  call(index: number, id: string, name: string, signature: string | undefined): void;
  callArguments(index: number, json: string): void;
  image(url: string): void;
}

// More calls than OpenAI allows tools in a request; beyond it an answer is a fault.
const MOST_CALLS = 128;

/** Reads one candidate's parts, of a whole answer or of a stream's items one after the other. */
export class PartReader {
  readonly #sink: AnswerSink;
  readonly #ids: ToolCallIds;
  #textLength = 0;
  #detailIndex = -1;
  #isThinking = false;
  #calls = 0;
  /** The arguments of a call that comes in pieces. */
  #open: PartialArguments | undefined;
  /** Name and arguments of the calls that came in one piece, by the wire's ids. */
  #wholeCalls: Map<string, string> | undefined;

  constructor(sink: AnswerSink, ids: ToolCallIds) {
    this.#sink = sink;
    this.#ids = ids;
  }

  get calls(): number {
    return this.#calls;
  }

  /** False if an answer has more calls than any request could have meant. */
  read(parts: readonly GeminiPart[]): boolean {
    for (const part of parts) {
      if (part.functionCall) this.#readCall(part.functionCall, part.thoughtSignature);
      else if (part.thought) this.#readThought(part);
      else if (part.inlineData) this.#readMedia(part.inlineData);
      else this.#readText(part);
    }
    return this.#calls <= MOST_CALLS;
  }

  /** No more parts: a call that is still open stays as it came, cut off. */
  end(): void {
    this.#closeCall(false);
  }

  #readThought({ text: said, thoughtSignature }: GeminiPart): void {
    const text = typeof said === 'string' ? said : '';
    if (text === '' && !thoughtSignature) return;
    if (!this.#isThinking) this.#detailIndex += 1;
    this.#isThinking = !thoughtSignature;
    const detail: ReasoningDetail = { type: 'reasoning.text', text, format: GEMINI_FORMAT, index: this.#detailIndex };
    if (thoughtSignature) detail.signature = thoughtSignature;
    this.#sink.reasoning(detail);
  }

  #readText({ text: said, thoughtSignature: signature }: GeminiPart): void {
    const text = typeof said === 'string' ? said : '';
    const start = this.#textLength;
    this.#textLength += text.length;
    if (text !== '') this.#sink.text(text);
    if (text !== '' || signature) this.#isThinking = false;
    if (!signature) return;
    this.#detailIndex += 1;
    this.#sink.reasoning(toSignatureDetail({ start, end: this.#textLength, signature }, this.#detailIndex));
  }

  #readMedia({ mimeType, data }: NonNullable<GeminiPart['inlineData']>): void {
    if (data && mimeType?.startsWith('image/')) this.#sink.image(`data:${mimeType};base64,${data}`);
  }

  #readCall(call: GeminiFunctionCall, signature: string | undefined): void {
    this.#isThinking = false;
    if (call.name) {
      if (this.#isOverAgain(call)) return;
      this.#closeCall(false);
      this.#sink.call(this.#calls, this.#ids.next(call.id), call.name, signature);
      this.#calls += 1;
      const isPartial = call.willContinue === true || call.partialArgs !== undefined;
      if (!isPartial) {
        this.#sink.callArguments(this.#calls - 1, wholeArguments(call.args));
        return;
      }
      this.#open = new PartialArguments();
    }
    this.#open?.add(call.partialArgs ?? []);
    if (call.willContinue !== true) this.#closeCall(true);
  }

  /** A call that was there before under the same id, with the same arguments. */
  #isOverAgain({ id, name, args }: GeminiFunctionCall): boolean {
    if (!id || args === undefined) return false;
    const whole = `${name} ${JSON.stringify(args)}`;
    if (this.#wholeCalls?.get(id) === whole) return true;
    this.#wholeCalls = (this.#wholeCalls ?? new Map()).set(id, whole);
    return false;
  }

  #closeCall(isComplete: boolean): void {
    if (this.#open !== undefined) this.#sink.callArguments(this.#calls - 1, this.#open.toJson(isComplete));
    this.#open = undefined;
  }
}
