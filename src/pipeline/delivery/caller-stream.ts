import { StreamTimeout } from '../../core/cancellation-reasons.ts';
import { aborted } from '../../core/failure.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { Watchdog } from '../../core/watchdog.ts';
import { ContentBlockedError } from '../../errors/content-blocked-error.ts';
import { abortError, deadlineError } from '../../errors/final-error.ts';
import { StreamInterruptedError } from '../../errors/stream-interrupted-error.ts';
import type { ActiveCall } from '../active-call.ts';
import type { Attempt } from '../attempts/attempt.ts';
import type { OpenStream } from '../attempts/open-stream.ts';
import type { CallRecord } from '../record/call-record.ts';
import { eventBase } from '../record/event-base.ts';
import { toEventError, toEventFailure } from '../record/to-event-failure.ts';
import { toRouteFailure } from '../record/to-route-failure.ts';
import { toldError } from '../record/told-error.ts';
import type { Runtime } from '../runtime.ts';
import { CallerItems } from './caller-items.ts';
import type { Recover } from './recover.ts';

// Longer than any consumer that is merely slow; a stream that is never read must not hold its reservation for ever.
const LONGEST_UNREAD_MS = 300_000;

type Item = IteratorResult<unknown, undefined>;
const DONE: Item = { done: true, value: undefined };

/**
 * The iterator the caller reads: counts what goes by, and ends attempt and call exactly once, whether the stream ends,
 * breaks, is dropped, aborted, or never read. Written by hand: an async generator that was never started skips its `finally`.
 */
export class CallerStream implements AsyncIterator<unknown, undefined> {
  readonly #record: CallRecord;
  readonly #runtime: Runtime;
  readonly #recover: Recover;
  readonly #watchdog: Watchdog<'reader' | 'content'>;
  readonly #detach: () => void;
  #attempt: Attempt;
  #items: CallerItems;
  #waiting: Promise<Item> | undefined;
  #state: 'open' | 'recovering' | 'ended' = 'open';
  #error: unknown;
  #breakRead: ((reason: unknown) => void) | undefined;
  /** True where something was read since the watchdog was set. */
  #wasRead = false;
  /** The end of the call, where the reader left while another attempt was under way. */
  #endLater: (() => void) | undefined;
  #waitingSinceMs = 0;

  constructor(open: OpenStream, { record, runtime }: ActiveCall, recover: Recover) {
    this.#record = record;
    this.#runtime = runtime;
    this.#recover = recover;
    this.#attempt = open.attempt;
    this.#items = new CallerItems(open.stream, record);
    this.#watchdog = new Watchdog(runtime.clock, () => this.#expire());
    this.#watchdog.wait('reader', LONGEST_UNREAD_MS);
    this.#detach = record.call.cancellation.onCancel(() => this.#cancelled());
    this.#attempt.cancellation.onCancel((reason) => this.#breakRead?.(reason));
  }

  next(): Promise<Item> {
    if (this.#waiting) return this.#waiting.then(() => this.next());
    if (this.#state === 'ended') return this.#error === undefined ? Promise.resolve(DONE) : this.#rejectOnce();
    this.#wasRead = true;
    return this.#read();
  }

  /** The reader stops: the upstream is cancelled and what was delivered is charged. */
  return(): Promise<Item> {
    if (this.#state === 'open' && this.#waiting === undefined) this.#items.takeLateUsage();
    if (this.#state !== 'ended') this.#drop(undefined);
    this.#error = undefined;
    return Promise.resolve(DONE);
  }

  /** The item that is already there, or the one that comes. */
  #read(): Promise<Item> {
    let item: unknown;
    try {
      item = this.#items.take();
    } catch (error) {
      return this.#failed(error);
    }
    if (item instanceof Promise) return this.#awaitItem(item);
    return item === undefined ? Promise.resolve(this.#finish()) : Promise.resolve({ done: false, value: item });
  }

  /** A stream spends its time here: the clock is read once before an item and once after it, and no promise is spare. */
  #awaitItem(pending: Promise<unknown>): Promise<Item> {
    this.#attempt.account.lease?.noteReport(this.#items.tally);
    this.#waitingSinceMs = this.#runtime.clock.monotonicMs();
    const leftMs = this.#attempt.timeouts.contentIdleMs - this.#items.contentIdleMs;
    this.#watchdog.wait('content', leftMs, this.#waitingSinceMs);
    // The reason of a cancellation comes at once, whether or not the source heeds it.
    const first = new Promise((resolve, reject) => {
      this.#breakRead = reject;
      pending.then(resolve, reject);
    });
    this.#waiting = first.then(this.#arrived, this.#failed);
    return this.#waiting;
  }

  readonly #arrived = (item: unknown): Item | Promise<Item> => {
    this.#waiting = undefined;
    if (this.#state === 'ended') return this.#ending();
    if (item === undefined) return this.#finish();
    try {
      const nowMs = this.#runtime.clock.monotonicMs();
      const passed = this.#items.arrive(item, nowMs - this.#waitingSinceMs);
      if (passed === undefined) return this.#read();
      this.#attempt.account.lease?.keep(this.#items.tally, nowMs);
      this.#awaitReader(nowMs);
      return { done: false, value: passed };
    } catch (error) {
      return this.#failed(error);
    }
  };

  readonly #failed = (error: unknown): Promise<Item> =>
    this.#wait(error instanceof ContentBlockedError ? this.#blocked(error) : this.#interrupted(error));

  #awaitReader(nowMs: number): void {
    this.#wasRead = false;
    this.#watchdog.wait('reader', LONGEST_UNREAD_MS, nowMs);
  }

  async #wait(pending: Promise<Item>): Promise<Item> {
    this.#waiting = pending;
    try {
      return await pending;
    } finally {
      this.#waiting = undefined;
    }
  }

  #finish(): Item | Promise<Item> {
    if (this.#state === 'ended') return DONE;
    const left = this.#items.end();
    if (left !== undefined) return this.#readLeft(left);
    this.#close();
    const output = this.#record.call.plan.captureContent ? this.#items.partial() : undefined;
    this.#record.delivered(this.#items.tally.finishReason, output);
    this.#attempt.succeedAsStream(this.#items.tally);
    this.#record.end('success');
    return DONE;
  }

  /** What guards held back to the end, which they may need time for; the provider is done by then. */
  #readLeft(left: MaybePromise<true>): Promise<Item> {
    this.#attempt.succeedAsStream(this.#items.tally);
    if (!(left instanceof Promise)) return this.#read();
    this.#waiting = left.then(() => {
      this.#waiting = undefined;
      this.#awaitReader(this.#runtime.clock.monotonicMs());
      return this.#state === 'ended' ? this.#ending() : this.#read();
    }, this.#failed);
    return this.#waiting;
  }

  /** Nothing more leaves; what the provider has done by now is charged. */
  async #blocked(error: ContentBlockedError): Promise<Item> {
    if (this.#state === 'ended') return this.#ending();
    this.#items.takeLateUsage();
    this.#close();
    this.#attempt.fail(DROPPED);
    this.#items.cancel();
    this.#record.end('denied', toEventError(error, this.#record.call));
    throw toldError(error, this.#record);
  }

  async #interrupted(error: unknown): Promise<Item> {
    if (this.#state === 'ended') return this.#ending();
    const failure = this.#attempt.toFailure(error);
    const partial = this.#items.partial();
    this.#items.cancel();
    const usage = this.#attempt.fail(failure)?.usage ?? NO_USAGE;
    const { call } = this.#record;
    this.#runtime.events.emit('stream.interrupt', () => ({
      type: 'stream.interrupt',
      ...eventBase(call, this.#runtime.clock.now()),
      deployment: this.#attempt.deployment.id,
      failure: toEventFailure(failure, call),
      delivered: this.#items.tally.characters,
    }));
    this.#state = 'recovering';
    const recovered = await this.#recover(failure, this.#items.tally);
    if (this.#ended()) {
      recovered?.open.stream.items.cancel();
      recovered?.open.attempt.fail(DROPPED);
      this.#endLater?.();
      return this.#ending();
    }
    if (recovered) return this.#goOn(recovered);
    this.#close();
    const attempts = this.#record.attempts.slice();
    const facts = { partial, usage, resumable: this.#items.tally.onlyText, failure: toRouteFailure(failure), attempts };
    const interruption = new StreamInterruptedError(facts, failure.cause);
    const { message } = toEventFailure(failure, call);
    this.#record.end('error', { code: interruption.code, message: `the stream was interrupted: ${message}` });
    throw toldError(interruption, this.#record);
  }

  #goOn({ open, announce }: { open: OpenStream; announce: readonly unknown[] }): Promise<Item> {
    this.#state = 'open';
    this.#attempt = open.attempt;
    this.#attempt.cancellation.onCancel((reason) => this.#breakRead?.(reason));
    const stream = { ...open.stream, held: [...announce, ...open.stream.held] };
    const { chunks } = this.#items;
    this.#items = new CallerItems(stream, this.#record, this.#record.isSpliced ? this.#items : undefined);
    this.#items.chunks = chunks;
    this.#awaitReader(this.#runtime.clock.monotonicMs());
    return this.#read();
  }

  /** The caller's signal, the deadline or `close` ended the call. */
  #cancelled(): void {
    if (this.#state === 'ended') return;
    const { reason } = this.#record.call.cancellation;
    this.#drop(deadlineError(reason) ?? abortError(reason));
  }

  #expire(): void {
    if (this.#waiting === undefined) {
      if (this.#wasRead) this.#awaitReader(this.#runtime.clock.monotonicMs());
      else this.#drop(deadlineError(new StreamTimeout('stream_unread', LONGEST_UNREAD_MS)));
      return;
    }
    const { contentIdleMs } = this.#attempt.timeouts;
    this.#attempt.cancellation.cancel(new StreamTimeout('content_idle_timeout', contentIdleMs));
  }

  #drop(error: Error | undefined): void {
    const { call } = this.#record;
    const isRecovering = this.#state === 'recovering';
    this.#error = error;
    this.#close();
    this.#attempt.fail(DROPPED);
    this.#items.cancel();
    const timedOut = deadlineError(call.cancellation.reason) !== undefined;
    const end = () => this.#record.end(timedOut ? 'error' : 'aborted', error && { code: codeOf(error), message: error.message });
    if (isRecovering) {
      // The attempt under way is to be accounted for first.
      this.#endLater = end;
      call.cancellation.cancel(DROPPED);
    } else end();
  }

  #close(): void {
    this.#state = 'ended';
    this.#record.streamed(this.#items.chunks);
    this.#watchdog.stop();
    this.#detach();
  }

  // A method, so that a state that changed during an `await` is looked at anew.
  #ended(): boolean {
    return this.#state === 'ended';
  }

  #ending(): Item | Promise<Item> {
    return this.#error === undefined ? DONE : this.#rejectOnce();
  }

  #rejectOnce(): Promise<Item> {
    const error = this.#error;
    this.#error = undefined;
    return Promise.reject(toldError(error, this.#record));
  }
}

const DROPPED = aborted('the stream was dropped');

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'aborted';
}
