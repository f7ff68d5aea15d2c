import { abortError, deadlineError } from '../../errors/final-error.ts';
import type { CallRecord } from '../record/call-record.ts';
import { toEventError } from '../record/to-event-failure.ts';
import { toldError } from '../record/told-error.ts';
import type { AnswerStream } from './answer.ts';

type Item = IteratorResult<unknown, undefined>;

/** An answer from the cache as a stream. It ends its call once: when it was read, dropped or aborted, or at the deadline. */
export class KeptStream implements AnswerStream {
  readonly #record: CallRecord;
  readonly #detach: () => void;
  #items: readonly unknown[];
  #place = 0;
  /** What ended it early; the next reader is told. */
  #error: Error | undefined;

  constructor(items: readonly unknown[], record: CallRecord) {
    this.#items = items;
    this.#record = record;
    this.#detach = record.call.cancellation.onCancel((reason) => this.#cancelled(reason));
  }

  next(): Promise<Item> {
    if (this.#error !== undefined) {
      const error = toldError(this.#error, this.#record);
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#place < this.#items.length) {
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
    this.#items = [];
    this.#error = late ?? abortError(reason);
    this.#end(late === undefined ? 'aborted' : 'error', this.#error);
  }

  #end(outcome: 'success' | 'aborted' | 'error', error?: Error): void {
    this.#detach();
    this.#record.end(outcome, error && toEventError(error, this.#record.call));
  }
}
