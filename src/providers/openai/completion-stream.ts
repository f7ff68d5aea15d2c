import type { OpenAiUsage } from '../../core/usage.ts';
import { saysError } from '../error-body.ts';
import type { WireExchange } from '../wire.ts';
import { repairHead } from './answer-head.ts';
import { noAnswer, refuseError, upstreamError } from './errors-in-answers.ts';
import { repairTextChoice } from './from-response.ts';
import type { VendorQuirks } from './quirks.ts';
import type { Repair, StreamEnd } from './repaired-source.ts';
import { StreamUsage } from './stream-usage.ts';
import { isRecord, type RawAnswer } from './wire-types.ts';

/** Repairs the chunks of one legacy text completion; the usage comes once, in a last chunk without choices. */
export class CompletionStreamRepair implements Repair<unknown> {
  readonly #exchange: WireExchange;
  /** Choices by index, true once finished. */
  readonly #choices = new Map<unknown, boolean>();
  #head: RawAnswer | undefined;
  readonly #usage: StreamUsage;
  #characters = 0;

  constructor(exchange: WireExchange, quirks: VendorQuirks) {
    this.#exchange = exchange;
    this.#usage = new StreamUsage(quirks);
  }

  item(value: unknown): unknown {
    if (!isRecord(value)) throw noAnswer(value, 'error-in-stream', this.#exchange);
    const chunk: RawAnswer = value;
    refuseError(chunk, 'error-in-stream', this.#exchange);
    if (chunk.usage !== undefined && chunk.usage !== null) {
      this.#usage.take(chunk.usage);
      chunk.usage = undefined;
    }
    const { choices } = chunk;
    if (!Array.isArray(choices) || choices.length === 0) {
      if (saysError(chunk)) throw upstreamError('error-in-stream', chunk, this.#exchange);
      return undefined;
    }
    repairHead(chunk, 'text_completion', this.#exchange);
    this.#head ??= { id: chunk.id, object: chunk.object, created: chunk.created, model: chunk.model };
    for (const [position, choice] of choices.entries()) {
      if (!isRecord(choice)) throw upstreamError('not-an-answer', chunk, this.#exchange);
      if (repairTextChoice(choice, position) === 'error') throw upstreamError('error-in-stream', chunk, this.#exchange);
      if (typeof choice.text === 'string') this.#characters += choice.text.length;
      this.#choices.set(choice.index, this.#choices.get(choice.index) === true || choice.finish_reason !== null);
    }
    return Object.assign(value, this.#head);
  }

  tail(end: StreamEnd): readonly unknown[] {
    const finished = this.#choices.size > 0 && [...this.#choices.values()].every(Boolean);
    if (end === 'closed' && !finished) throw upstreamError('truncated', undefined, this.#exchange);
    const usage = this.#usage.ofAnswer(this.#characters);
    return usage === undefined ? [] : [{ ...this.#head, choices: [], usage }];
  }

  reported(): OpenAiUsage | undefined {
    return this.#usage.reported();
  }
}
