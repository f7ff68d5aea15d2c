import type { OpenAiUsage } from '../../core/usage.ts';
import { saysError } from '../error-body.ts';
import type { Missing } from '../grace.ts';
import type { WireExchange } from '../wire.ts';
import { repairHead } from './answer-head.ts';
import { noAnswer, refuseError, upstreamError } from './errors-in-answers.ts';
import { repairTextChoice } from './from-response.ts';
import type { VendorQuirks } from './quirks.ts';
import type { Repair, StreamEnd } from './repaired-source.ts';
import { StreamUsage } from './stream-usage.ts';
import { isRecord, type RawAnswer, type RawChoice } from './wire-types.ts';

/** Repairs the chunks of one legacy text completion; the usage comes once, in a last chunk without choices. */
export class CompletionStreamRepair implements Repair<unknown> {
  readonly #exchange: WireExchange;
  /** Choices by index, true once finished. */
  readonly #choices = new Map<unknown, boolean>();
  #head: RawAnswer | undefined;
  readonly #usage: StreamUsage;
  #characters = 0;
  readonly #asked: number;
  #isFinished = false;

  constructor(exchange: WireExchange, quirks: VendorQuirks) {
    this.#exchange = exchange;
    this.#usage = new StreamUsage(quirks);
    this.#asked = choicesAsked(exchange.request.params);
  }

  item(value: unknown): unknown {
    if (!isRecord(value)) throw noAnswer(value, 'error-in-stream', this.#exchange);
    const chunk: RawAnswer = value;
    refuseError(chunk, 'error-in-stream', this.#exchange);
    this.#usage.takeOf(chunk);
    const { choices } = chunk;
    if (!Array.isArray(choices) || choices.length === 0) {
      if (saysError(chunk)) throw upstreamError('error-in-stream', chunk, this.#exchange);
      return undefined;
    }
    repairHead(chunk, 'text_completion', this.#exchange);
    this.#head ??= { id: chunk.id, object: chunk.object, created: chunk.created, model: chunk.model };
    for (const [position, choice] of choices.entries()) {
      if (!isRecord(choice)) throw upstreamError('not-an-answer', chunk, this.#exchange);
      refuseError(choice, 'error-in-stream', this.#exchange);
      this.#usage.takeOf(choice);
      if (repairTextChoice(choice, position) === 'error') throw upstreamError('error-in-stream', chunk, this.#exchange);
      if (typeof choice.text === 'string') this.#characters += choice.text.length;
      this.#take(choice);
    }
    return Object.assign(value, this.#head);
  }

  get missing(): Missing | undefined {
    if (!this.#isFinished) return undefined;
    return this.#usage.isReported ? 'marker' : 'usage';
  }

  tail(end: StreamEnd): readonly unknown[] {
    if (end === 'closed' && !this.#isFinished) throw upstreamError('truncated', undefined, this.#exchange);
    if (this.#choices.size === 0) throw upstreamError('not-an-answer', undefined, this.#exchange);
    const usage = this.#usage.ofAnswer(this.#characters);
    return usage === undefined ? [] : [{ ...this.#head, choices: [], usage }];
  }

  reported(): OpenAiUsage | undefined {
    return this.#usage.reported();
  }

  /** A choice finishes once. */
  #take(choice: RawChoice): void {
    const { index } = choice;
    if (this.#choices.get(index) === true) {
      choice.finish_reason = null;
      return;
    }
    const isFinished = choice.finish_reason !== null;
    this.#choices.set(index, isFinished);
    this.#isFinished = isFinished && this.#choices.size >= this.#asked && [...this.#choices.values()].every(Boolean);
  }
}

/** `n` for each prompt; a prompt may be a list of tokens. */
function choicesAsked({ n, prompt }: Readonly<Record<string, unknown>>): number {
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(1, prompt.length) : 1;
  return prompts * (typeof n === 'number' ? n : 1);
}
