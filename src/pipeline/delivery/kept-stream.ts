import { StreamTimeout } from '../../core/cancellation-reasons.ts';
import type { Clock } from '../../core/clock.ts';
import { abortError, deadlineError } from '../../errors/final-error.ts';
import type { CallRecord } from '../record/call-record.ts';
import { toEventError } from '../record/to-event-failure.ts';
import { toldError } from '../record/told-error.ts';
import type { AnswerStream } from './answer.ts';
import { LONGEST_UNREAD_MS, StreamWatch } from './stream-watch.ts';

type Item = IteratorResult<unknown, undefined>;

/**
 * An answer from the cache as a stream. It ends its call once: when it was read, dropped or aborted, at
 * the deadline, or if nobody reads it.
 */
export class KeptStream implements AnswerStream {
  readonly #record: CallRecord;
  readonly #detach: () => void;
  readonly #watch: StreamWatch;
  #items: readonly unknown[];
  #place = 0;
  /** What ended it early; the next reader is told. */
  #error: Error | undefined;

  constructor(items: readonly unknown[], record: CallRecord, clock: Clock) {
    this.#items = items;
    this.#record = record;
    // Nothing is awaited of a provider.
    this.#watch = new StreamWatch(clock, { onIdle: () => {}, onUnread: () => this.#dropUnread() });
    this.#detach = record.call.cancellation.onCancel((reason) => this.#cancelled(reason));
  }

  next(): Promise<Item> {
    if (this.#error !== undefined) {
      const error = toldError(this.#error, this.#record);
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#place < this.#items.length) {
      this.#watch.noteRead();
      this.#place += 1;
      return Promise.resolve({ done: false, value: this.#items[this.#place - 1] });
    }
    this.#end('success');
    return Promise.resolve({ done: true, value: undefined });
  }

  return(): Promise<Item> {
    this.#items = [];
    this.#error = undefined;
    this.#end('aborted');
    return Promise.resolve({ done: true, value: undefined });
  }

  #cancelled(reason: unknown): void {
    const late = deadlineError(reason);
    this.#drop(late ?? abortError(reason), late === undefined ? 'aborted' : 'error');
  }

  #dropUnread(): void {
    const reason = new StreamTimeout('stream_unread', LONGEST_UNREAD_MS);
    this.#drop(deadlineError(reason) ?? reason, 'aborted');
  }

  #drop(error: Error, outcome: 'aborted' | 'error'): void {
    this.#items = [];
    this.#error = error;
    this.#end(outcome, error);
  }

  #end(outcome: 'success' | 'aborted' | 'error', error?: Error): void {
    this.#detach();
    this.#watch.stop();
    this.#record.end(outcome, error && toEventError(error, this.#record.call));
  }
}
