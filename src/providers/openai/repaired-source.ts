import type { ItemSource } from '../../core/item-source.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { Grace, type Missing } from '../grace.ts';
import { letEnd } from '../let-end.ts';
import { orMalformed } from '../or-malformed.ts';
import { type ReportingSource, withReported } from '../reported-usage.ts';
import type { WireExchange } from '../wire.ts';
import { upstreamError } from './errors-in-answers.ts';

/** What makes items of a wire's parsed events. */
export interface Repair<Out> {
  /** The item for one parsed event; undefined if it gives none. Throws `UpstreamError` on an error or nonsense. */
  item(value: unknown): Out | undefined;
  /** Items that come when the events are over. Throws `UpstreamError` if they ended too early. */
  tail(end: StreamEnd): readonly Out[];
  /** Usage that the events have reported so far, in OpenAI's form. */
  reported(): OpenAiUsage | undefined;
  /** True if the last item was the last of all. */
  readonly ended?: boolean;
  /** What is yet to come once the answer itself is whole. */
  readonly missing?: Missing | undefined;
}

/** Whether the stream's own marker ended it, or only the end of the body. */
export type StreamEnd = 'marker' | 'closed';

/** What `read` gives for the marker; for an event that says nothing it gives undefined. */
export const MARKER: unique symbol = Symbol('end of stream');

/** What `read` gives for what is no event of the wire. */
export const UNREADABLE: unique symbol = Symbol('unreadable event');

/** Pulls events, reads each once and hands on what the repair makes of it; synchronously as long as events are there. */
export class RepairedSource<In, Out> implements ReportingSource<Out> {
  readonly #events: ItemSource<In>;
  readonly #read: (event: In) => unknown;
  readonly #repair: Repair<Out>;
  #tail: readonly Out[] = [];
  #tailPosition = 0;
  #ended = false;
  readonly #exchange: WireExchange;
  #grace: Grace | undefined;

  constructor(events: ItemSource<In>, read: (event: In) => unknown, repair: Repair<Out>, exchange: WireExchange) {
    this.#events = events;
    this.#read = read;
    this.#repair = repair;
    this.#exchange = exchange;
  }

  next(): Out | undefined | Promise<Out | undefined> {
    while (!this.#ended) {
      const event = this.#pull();
      if (event instanceof Promise) return this.#wait(event).then(this.#resume, this.#fail);
      const item = this.#take(event);
      if (item !== undefined) return item;
    }
    const item = this.#tail[this.#tailPosition];
    this.#tailPosition += 1;
    return item;
  }

  cancel(): void {
    this.#ended = true;
    this.#tail = [];
    this.#events.cancel();
  }

  reported(): OpenAiUsage | undefined {
    return this.#repair.reported();
  }

  #wait(pending: Promise<In | undefined>): Promise<In | undefined> {
    const { missing } = this.#repair;
    if (missing === undefined) return pending;
    this.#grace ??= new Grace(this.#exchange.clock);
    return this.#grace.within(pending, this.#events, missing);
  }

  #pull(): In | undefined | Promise<In | undefined> {
    try {
      return this.#events.next();
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** A fault of the connection takes nothing from what was reported. */
  readonly #fail = (error: unknown): never => {
    throw withReported(error, this.#repair.reported());
  };

  readonly #resume = (event: In | undefined): Out | undefined | Promise<Out | undefined> => {
    if (this.#ended) return undefined;
    return this.#take(event) ?? this.next();
  };

  #take(event: In | undefined): Out | undefined {
    try {
      if (event === undefined) return this.#end('closed');
      const value = this.#read(event);
      if (value === MARKER) return this.#end('marker');
      if (value === undefined) return undefined;
      if (typeof value !== 'object' && this.#isOver(value)) return this.#end('marker');
      const item = this.#repair.item(value);
      if (this.#repair.ended) this.#end('marker');
      return item;
    } catch (error) {
      this.cancel();
      throw withReported(orMalformed(error, this.#exchange), this.#repair.reported());
    }
  }

  /** Once the answer is whole, whatever is no event of the wire is a marker of the host's own. */
  #isOver(value: unknown): boolean {
    if (this.#repair.missing !== undefined) return true;
    // Neither the data nor the parser's message goes along: both may hold what the model wrote.
    if (value === UNREADABLE) throw upstreamError('not-an-answer', 'malformed JSON in a stream event', this.#exchange);
    return false;
  }

  /** What follows the marker is of no interest. */
  #end(end: StreamEnd): undefined {
    this.#tail = this.#repair.tail(end);
    this.#ended = true;
    if (end === 'marker') letEnd(this.#events);
  }
}
