import { NamedEvent } from '../../core/named-event.ts';
import { toOpenAiUsage } from '../../core/openai-usage.ts';
import type { Operation } from '../../core/operation.ts';
import { largerUsage, type OpenAiUsage, type Usage } from '../../core/usage.ts';
import { hasError, saysError } from '../error-body.ts';
import type { WireExchange } from '../wire.ts';
import { responseUsage, typedUsage } from './answer-usage.ts';
import { hasErrorsAsEvents } from './errors-as-events.ts';
import { noAnswer, upstreamError } from './errors-in-answers.ts';
import { repairOutput } from './repair-output.ts';
import type { Repair, StreamEnd } from './repaired-source.ts';
import { writeTypedUsage } from './typed-usage.ts';
import { isRecord, type RawRecord } from './wire-types.ts';

/**
 * Streams of typed events (Responses, images, speech, transcripts): each parsed event is an item, as it is. Of a stream that
 * is handed through, the failure of what it shows is an item too, and no failure of showing it.
 */
export class EventPassage implements Repair<unknown> {
  readonly #exchange: WireExchange;
  readonly #lastTypes: ReadonlySet<unknown> | undefined;
  readonly #operation: Operation;
  #sawItem = false;
  #isOfResponse = false;
  #usage: Usage | undefined;
  #reported: OpenAiUsage | undefined;
  ended = false;

  constructor(exchange: WireExchange) {
    this.#exchange = exchange;
    this.#operation = exchange.request.operation;
    this.#lastTypes = LAST_TYPES.get(this.#operation);
  }

  item(item: unknown): unknown {
    const value = item instanceof NamedEvent && !item.isOfThread ? item.data : item;
    if (!isRecord(value) && this.#operation === 'passthrough') return item;
    if (!isRecord(value)) throw noAnswer(value, 'error-in-stream', this.#exchange);
    const { type } = value;
    const isHandedThrough = this.#operation === 'passthrough';
    if (!isHandedThrough && saysFailed(value)) throw upstreamError('error-in-stream', value.response, this.#exchange);
    if ((type === 'error' || hasError(value.error)) && !hasErrorsAsEvents(this.#exchange)) {
      throw upstreamError('error-in-stream', value, this.#exchange);
    }
    // The types of events have a dot, those of errors none.
    if (!isHandedThrough && !(typeof type === 'string' && type.includes('.')) && saysError(value)) {
      throw upstreamError('error-in-stream', value, this.#exchange);
    }
    if (this.#operation === 'responses' && !isResponsesEvent(value)) throw upstreamError('not-an-answer', value, this.#exchange);
    this.#sawItem = true;
    if (type === 'response.created' || type === 'response.queued' || type === 'response.in_progress') this.#isOfResponse = true;
    // What only passes through is left as it is.
    if (!isHandedThrough) this.#findUsage(value);
    if (this.#lastTypes?.has(type)) this.ended = true;
    return item;
  }

  tail(end: StreamEnd): readonly unknown[] {
    if (this.ended || this.#lastTypes === undefined) return [];
    // A stream whose form nobody knows may end as it likes, but one of Responses events has a last one.
    if (this.#operation === 'passthrough' && !this.#isOfResponse) return [];
    // Other APIs have hosts that end their streams by the marker of chat alone.
    if (end === 'closed' || !this.#sawItem || this.#operation === 'responses')
      throw upstreamError('truncated', undefined, this.#exchange);
    return [];
  }

  reported(): OpenAiUsage | undefined {
    this.#reported ??= this.#usage && toOpenAiUsage(this.#usage);
    return this.#reported;
  }

  #findUsage(event: RawRecord): void {
    const { response } = event;
    if (isRecord(response)) {
      repairOutput(response);
      this.#takeUsage(response, responseUsage(response));
    } else if (isRecord(event.usage)) this.#takeUsage(event, typedUsage(event, this.#operation));
  }

  /** A later event tells at least what an earlier one did. */
  #takeUsage({ usage: raw }: RawRecord, usage: Usage | undefined): void {
    if (usage === undefined) return;
    this.#reported = undefined;
    const earlier = this.#usage;
    this.#usage = largerUsage(earlier, usage);
    if (earlier !== undefined && this.#usage !== undefined && isRecord(raw)) writeTypedUsage(raw, this.#usage);
  }
}

/** Whether the response of an event has failed, also if the event has the name of one that has not. */
function saysFailed({ type, response }: RawRecord): boolean {
  return type === 'response.failed' || (isRecord(response) && response.status === 'failed');
}

function isResponsesEvent({ type, response }: RawRecord): boolean {
  return typeof type === 'string' && (response === undefined || isRecord(response));
}

const LAST_TYPES: ReadonlyMap<Operation, ReadonlySet<unknown>> = new Map([
  ['responses', new Set(['response.completed', 'response.incomplete', 'response.cancelled'])],
  ['passthrough', new Set(['response.completed', 'response.incomplete', 'response.cancelled', 'response.failed'])],
  ['images.generate', new Set(['image_generation.completed'])],
  ['images.edit', new Set(['image_edit.completed'])],
  ['audio.speech', new Set(['speech.audio.done'])],
  ['audio.transcription', new Set(['transcript.text.done'])],
  ['audio.translation', new Set(['transcript.text.done'])],
]);
