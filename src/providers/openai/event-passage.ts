import type { Operation } from '../../core/operation.ts';
import type { WireExchange } from '../wire.ts';
import { upstreamError } from './errors-in-answers.ts';
import type { Repair, StreamEnd } from './repaired-source.ts';
import { isRecord } from './wire-types.ts';

/**
 * Streams of typed events (Responses, images, speech, transcripts): each parsed event is an item, as it is. Of a stream that
 * is handed through, the failure of what it shows is an item too, and no failure of showing it.
 */
export class EventPassage implements Repair<unknown> {
  readonly #exchange: WireExchange;
  readonly #lastTypes: ReadonlySet<unknown> | undefined;
  #sawItem = false;
  #isOfResponse = false;
  ended = false;

  constructor(exchange: WireExchange) {
    this.#exchange = exchange;
    this.#lastTypes = LAST_TYPES.get(exchange.request.operation);
  }

  item(value: unknown): unknown {
    if (!isRecord(value)) throw upstreamError('not-an-answer', value, this.#exchange);
    const { type } = value;
    const isHandedThrough = this.#exchange.request.operation === 'passthrough';
    if (type === 'response.failed' && !isHandedThrough) throw upstreamError('error-in-stream', value.response, this.#exchange);
    if (type === 'error' || (value.error !== undefined && value.error !== null)) {
      throw upstreamError('error-in-stream', value, this.#exchange);
    }
    this.#sawItem = true;
    if (type === 'response.created' || type === 'response.queued' || type === 'response.in_progress') this.#isOfResponse = true;
    if (this.#lastTypes?.has(type)) this.ended = true;
    return value;
  }

  tail(end: StreamEnd): readonly unknown[] {
    if (this.ended || this.#lastTypes === undefined) return [];
    // A stream whose form nobody knows may end as it likes, but one of Responses events has a last one.
    if (this.#exchange.request.operation === 'passthrough' && !this.#isOfResponse) return [];
    if (end === 'closed' || !this.#sawItem) throw upstreamError('truncated', undefined, this.#exchange);
    return [];
  }
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
