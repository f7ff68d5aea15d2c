import type { Call } from '../core/call.ts';
import { StreamRecorder } from './stream-recorder.ts';
import type { AnswerFacts, WholeAnswer } from './whole-answer.ts';

/** What a lead tells the cache that gave it. */
export interface LeadKeeper {
  keep(answer: WholeAnswer, facts: AnswerFacts): void;
  begun(): void;
  failed(): void;
  left(): void;
}

/**
 * The right and duty of a call that was not answered from the cache: it asks a provider, and says once how that went. Whatever
 * it says after the first word is ignored, so that an end that is reported twice does no harm.
 */
export class Lead {
  /** Of the nearest question whose answer is kept and was not taken; undefined if there is none. */
  readonly similarity: number | undefined;
  readonly #call: Call;
  readonly #keeper: LeadKeeper;
  readonly #maxBytes: number;
  #isOver = false;

  constructor(call: Call, keeper: LeadKeeper, maxBytes: number, similarity?: number) {
    this.#call = call;
    this.#keeper = keeper;
    this.#maxBytes = maxBytes;
    this.similarity = similarity;
  }

  /** A whole answer is there. It is looked at at once, and not held on to. */
  remember(answer: WholeAnswer, facts: AnswerFacts): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keeper.keep(answer, facts);
  }

  /** A stream is about to be handed out: nobody may join from now on. Every item goes to the recorder. */
  record(contentType: string | undefined): StreamRecorder {
    if (!this.#isOver) this.#keeper.begun();
    return new StreamRecorder(this.#call.operation, contentType, this.#maxBytes);
  }

  /** The stream has ended as it should. */
  rememberStream(recorder: StreamRecorder, facts: AnswerFacts): void {
    const whole = recorder.whole();
    this.remember(whole ?? NOTHING, facts);
  }

  /** The call failed: its error is its own. */
  fail(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keeper.failed();
  }

  /** The caller left, or the call was refused for a reason of its own (a budget, a guard). */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keeper.left();
  }
}

const NOTHING: WholeAnswer = { kind: 'object', body: undefined };
